"""Prepare a scenario: the whole way from its tables to the integer-coded problem."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from models.forecast import with_forecast
from models.problem import CONTRACTS, Problem
from models.scenario import Scenario
from optimizer.common.steps import steps_within
from optimizer.preparing.commitment_arrivals import (
    commitments_with_arrivals,
    frozen_with_arrivals,
    with_days_of_must,
)
from optimizer.preparing.due_windows import with_due_windows
from optimizer.preparing.eligible_items import eligible_items, item_steps
from optimizer.preparing.limits import frozen_use, lane_limits, site_limits
from optimizer.preparing.names import Names, code, names_of
from optimizer.preparing.options import CodedScenario, OptionList, cheapest_cost
from optimizer.preparing.order_book import OrderBook, order_book
from optimizer.preparing.parcels import parcels_of
from optimizer.preparing.parties import with_parties, with_promises
from optimizer.preparing.preferences import precedence, preferences
from optimizer.preparing.promised_options import possible_options
from optimizer.preparing.quotas import quota_limits
from optimizer.preparing.stock_epochs import certainty_levels, latest_epoch, supply_of
from optimizer.scenario.free_supply import with_free_supply


@dataclass(frozen=True, eq=False)
class LimitedOptions:
    """Options with all their columns, and the frames of the limits that they use."""

    options: dict[str, np.ndarray]
    site_days: pd.DataFrame
    lane_days: pd.DataFrame
    quotas: pd.DataFrame
    quota_uses: pd.DataFrame
    parcels: pd.DataFrame


def prepare(scenario: Scenario) -> Problem:
    """Code the scenario and list every option that its dates, lanes, services and stock allow.

    Parameters
    ----------
    scenario
        Validated.

    Returns
    -------
    Problem
        Independent of the order of rows in the scenario's tables.
    """
    scenario = with_free_supply(with_forecast(scenario))
    names = names_of(scenario)
    book = order_book(scenario, names)
    supply = supply_of(scenario, names)
    coded = _coded_scenario(scenario, names, book, supply.pairs)
    parties, lines, orders = with_parties(scenario, coded.lines, coded.orders)
    coded = replace(coded, lines=lines, orders=orders)
    lines = with_days_of_must(scenario, coded)
    commitments = book.commitments[lines["due"].to_numpy()[book.commitments["line"]]]
    frozen = frozen_with_arrivals(scenario, coded, supply.epochs, book.frozen)
    listed = possible_options(scenario, coded, frozen)
    limited = _limit_options(scenario, names, coded, listed, supply.epochs, frozen)
    segments, floors = with_promises(scenario, parties, lines, orders)
    frames = {
        "segments": segments,
        "floors": floors,
        "orders": orders,
        "lines": lines.assign(precedence=precedence(scenario, lines)),
        "pairs": supply.pairs,
        "epochs": supply.epochs,
        "moves": supply.moves,
        "move_days": supply.move_days,
        "frozen": frozen,
        "committed": commitments_with_arrivals(scenario, coded, commitments),
        "site_days": limited.site_days,
        "lane_days": limited.lane_days,
        "quotas": limited.quotas,
        "quota_uses": limited.quota_uses,
        "parcels": limited.parcels,
    }
    typed = {name: _as_contract(frame, CONTRACTS[name]) for name, frame in frames.items()}
    return Problem(
        settings=scenario.settings,
        sites=names.sites,
        services=names.services,
        items=names.items,
        regions=names.regions,
        options=_option_frame(limited.options, CONTRACTS["options"]),
        **typed,
    )


def within_reach(scenario: Scenario) -> pd.DataFrame:
    """List what the options of a scenario draw from, leaving all limits aside.

    Returns
    -------
    pandas.DataFrame
        A row for each row of ``prepare(scenario).options``, were all lines due: ``line``,
        ``on_time``, and as much as the supply of its ``pair`` until then would deliver: ``units``
        [unit delivered].
    """
    scenario = with_free_supply(scenario)
    names = names_of(scenario)
    book = order_book(scenario, names)
    supply = supply_of(scenario, names)
    coded = _coded_scenario(scenario, names, book, supply.pairs)
    coded = replace(coded, lines=coded.lines.assign(due=True))
    frozen = frozen_with_arrivals(scenario, coded, supply.epochs, book.frozen)
    listed = possible_options(scenario, coded, frozen)
    options = listed.columns
    epoch = latest_epoch(supply.epochs, listed.pair, options["day"])
    units = supply.epochs["reach"].to_numpy()[epoch] * options["gives"]
    columns = {name: options[name] for name in ("line", "on_time")}
    return pd.DataFrame({**columns, "pair": listed.pair, "units": units})


def _coded_scenario(
    scenario: Scenario, names: Names, book: OrderBook, pairs: pd.DataFrame
) -> CodedScenario:
    segments = scenario.settings.segments.values()
    certain = np.searchsorted(
        certainty_levels(scenario.settings), [s.min_confidence for s in segments]
    )
    coded = CodedScenario(
        book.orders,
        book.lines,
        eligible_items(scenario, names, book.lines),
        pairs,
        _lanes(scenario, names),
        certain,
        names.sites,
        names.services,
        names.regions,
    )
    return replace(coded, lines=with_due_windows(scenario, coded))


def _limit_options(
    scenario: Scenario,
    names: Names,
    coded: CodedScenario,
    listed: OptionList,
    epochs: pd.DataFrame,
    frozen: pd.DataFrame,
) -> LimitedOptions:
    """Complete the options with their epochs, steps and limits, and list those limits."""
    options = listed.columns
    step, item, kept = item_steps(scenario, names), options["item"], options["frozen"] >= 0
    options["step"] = step.pack[item]
    options["step"][kept] = step.unit[item[kept]]  # what was promised need not fill packs
    ahead = coded.lines["virtual"].to_numpy()[options["line"]]
    options["step"][ahead] = 0.0
    options["unit_cost"][ahead] = cheapest_cost(scenario, coded)[options["line"][ahead]]
    options["effort"] = step.effort[item]
    options["preference"] = preferences(scenario, coded, options)
    options["epoch"] = latest_epoch(epochs, listed.pair, options["day"])
    use = frozen_use(options, frozen)
    site_days = site_limits(scenario, names, options, use)
    lane_days = lane_limits(scenario, names, coded.lanes, listed.lane, options, use)
    quotas, uses = quota_limits(scenario, names, coded.orders, coded.lines, options, use)
    cost = coded.lanes["parcel_cost"].to_numpy()[listed.lane]
    parcels = parcels_of(coded.orders, coded.lines, cost, options)
    options["upper"] = _upper(options, coded.lines, epochs, site_days, lane_days)
    promised = frozen["quantity"].to_numpy()[options["frozen"][kept]]
    options["upper"][kept] = np.minimum(options["upper"][kept], promised)
    return LimitedOptions(options, site_days, lane_days, quotas, uses, parcels)


def _option_frame(columns: dict[str, np.ndarray], contract: dict[str, str]) -> pd.DataFrame:
    """Make the frame of options without copying columns that have the right dtype already."""
    typed = {name: columns.pop(name).astype(dtype, copy=False) for name, dtype in contract.items()}
    return pd.DataFrame(typed, copy=False)


def _as_contract(frame: pd.DataFrame, contract: dict[str, str]) -> pd.DataFrame:
    """Give a frame the columns and dtypes of its contract, numbered from 0."""
    rows = frame[[*contract]].reset_index(drop=True)
    wrong = {name: dtype for name, dtype in contract.items() if rows[name].dtype != dtype}
    return rows.astype(wrong) if wrong else rows


def _lanes(scenario: Scenario, names: Names) -> pd.DataFrame:
    lanes = scenario["lanes"]
    surcharge = np.array([scenario.settings.services[s].surcharge_per_unit for s in names.services])
    service = code(names.services, lanes["service"])
    return pd.DataFrame(
        {
            "site": code(names.sites, lanes["site"]),
            "region": code(names.regions, lanes["region"]),
            "service": service,
            "transit": lanes["transit_days"],
            "working": lanes["transit"] == "working",
            "unit_cost": lanes["cost_per_unit"] + surcharge[service],
            "parcel_cost": lanes["cost_per_shipment"],
            "kg_co2": lanes["kg_co2_per_unit"],
        }
    )


def _upper(
    options: dict[str, np.ndarray],
    lines: pd.DataFrame,
    epochs: pd.DataFrame,
    site_days: pd.DataFrame,
    lane_days: pd.DataFrame,
) -> np.ndarray:
    """Units that each option can ship at most, from its line, its supply and each capacity."""
    upper = lines["most"].to_numpy()[options["line"]]
    upper /= options["gives"]
    np.minimum(upper, epochs["reach"].to_numpy()[options["epoch"]], out=upper)
    by_site = np.append(site_days["most"].to_numpy(), np.inf)[options["site_day"]]
    with np.errstate(divide="ignore", invalid="ignore"):
        by_site /= options["effort"]
    np.fmin(upper, by_site, out=upper)  # nothing by nothing is no limit
    by_lane = np.append(lane_days["most"].to_numpy(), np.inf)
    for column in ("lane_day", "lane_total"):
        np.minimum(upper, by_lane[options[column]], out=upper)
    return steps_within(upper, options["step"])
