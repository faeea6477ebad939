"""What is done, and what could be offered, for lines that would be late or short.

Usual is the cheapest lane to the customer's region by a service that the segment is entitled to,
from whatever open site, whether it has the item or not.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.problem import Problem
from models.relationship import Remedy
from models.scenario import Scenario
from models.solution import AS_ASKED, NOT_DUE, REMEDIES
from models.tolerances import DECIMALS, INTEGRALITY, UNIT
from optimizer.answering.availability import spare_units
from optimizer.preparing.names import code

CHOSEN, OFFER = "chosen", "offer"
RANK = {str(remedy): nth for nth, remedy in enumerate(Remedy)}

Floats = NDArray[np.float64]


def remedies_of(
    scenario: Scenario,
    problem: Problem,
    x: Floats,
    lines: pd.DataFrame,
) -> pd.DataFrame:
    """List the remedies in a plan, and those that could be offered beside it, each alone.

    Parameters
    ----------
    scenario
        The question.
    problem
        Prepared from it, with transfers carried out.
    x
        Units shipped by option, shape (options,).
    lines
        What each line of the problem gets, as in ``lines.csv``.

    Returns
    -------
    pandas.DataFrame
        The columns of :data:`models.solution.REMEDIES`, sorted by order, line, remedy and state.
    """
    usual = _usual(scenario, problem, lines)
    chosen, offers = _chosen(problem, x, lines, usual), _offers(problem, x, lines, usual)
    parts = [
        _in_names(problem, chosen),
        _in_names(problem, offers),
        _credits(scenario, problem, lines),
    ]
    rows = pd.concat(parts, ignore_index=True)
    rows = rows.assign(rank=rows["remedy"].map(RANK))
    keys = ["order", "line", "rank", "state", "ship_date", "item", "site", "service"]
    rows = rows.sort_values(keys, ignore_index=True)[list(REMEDIES)]
    return rows.astype(REMEDIES)


def _usual(scenario: Scenario, problem: Problem, lines: pd.DataFrame) -> pd.DataFrame:
    """Usual ``site`` of each line, and the usual ``transit`` from there [day]; -1 where none is."""
    settings, sites = scenario.settings, scenario["sites"]
    surcharges = {name: s.surcharge_per_unit for name, s in settings.services.items()}
    entitled = pd.DataFrame(
        [(name, service) for name, s in settings.segments.items() for service in s.services],
        columns=["segment", "service"],
    )
    lanes = scenario["lanes"]
    lanes = lanes[lanes["site"].isin(sites["site"][sites["open"]])]
    lanes = lanes.assign(cost=lanes["cost_per_unit"] + lanes["service"].map(surcharges))
    ways = lanes.merge(entitled, on="service").sort_values(["cost", "transit_days", "site"])
    first = ways.drop_duplicates(["segment", "region"])
    regions = scenario["customers"].set_index("customer")["region"]
    asked = lines[["segment"]].assign(region=lines["customer"].map(regions))
    usual = asked.merge(first, on=["segment", "region"], how="left")
    transit = usual["transit_days"].fillna(-1).astype("int64")
    return pd.DataFrame({"site": code(problem.sites, usual["site"]), "transit": transit})


def _kinds(problem: Problem, rows: pd.DataFrame, usual: pd.DataFrame) -> NDArray[np.str_]:
    """Name what is unusual about shipments; blank where nothing is."""
    line = rows["line"].to_numpy()
    site, transit = (usual[name].to_numpy()[line] for name in ("site", "transit"))
    same_site = (rows["site"] == site).to_numpy()
    cases = {
        Remedy.SUBSTITUTE: rows["item"].to_numpy() != problem.lines["item"].to_numpy()[line],
        Remedy.EXPRESS: (site >= 0) & same_site & (rows["transit"] < transit).to_numpy(),
        Remedy.OTHER_SITE: (site >= 0) & ~same_site,
        Remedy.LATER_DATE: ~rows["on_time"].to_numpy(),
    }
    return np.select(list(cases.values()), [str(remedy) for remedy in cases], "")


def _chosen(problem: Problem, x: Floats, lines: pd.DataFrame, usual: pd.DataFrame) -> pd.DataFrame:
    """Shipments of the plan that are not the usual ones, or only a part."""
    rows = problem.options[x > 0].assign(units=x[x > 0])
    kind = _kinds(problem, rows, usual)
    part = (lines["status"] == "partial").to_numpy()[rows["line"]]
    kind = np.where((kind == "") & part, str(Remedy.SHIP_PART), kind)
    rows = rows.assign(remedy=kind, state=CHOSEN, fee=0.0)[kind != ""]
    keys = ["line", "item", "site", "service", "day"]
    units = rows.groupby(keys)["units"].transform("sum")
    return rows.assign(units=units).drop_duplicates(keys)


def _offers(problem: Problem, x: Floats, lines: pd.DataFrame, usual: pd.DataFrame) -> pd.DataFrame:
    """For each line that is late or short, the best option left of each kind."""
    options = problem.options
    late = ~lines["status"].isin([*AS_ASKED, "held"]).to_numpy()
    at = np.flatnonzero(late[options["line"]] & (options["frozen"] < 0).to_numpy())
    if len(at) == 0:
        return options.iloc[:0].assign(units=0.0, remedy="", state=OFFER, fee=0.0)
    punctual = (lines["delivered_on_time"] < lines["delivered"]).to_numpy()[options["line"]]
    own = punctual & ~options["on_time"].to_numpy() & (options["frozen"] < 0).to_numpy()
    rows = options.iloc[at].assign(units=spare_units(problem, x, own)[at])
    rows["units"] = np.minimum(rows["units"], _missing(problem, rows, lines))
    kind = _kinds(problem, rows, usual)
    kind = np.where(_bound_by_rules(problem)[rows["line"]], str(Remedy.SHIP_PART), kind)
    parcel = rows["parcel"].to_numpy()
    sent = np.unique(options["parcel"].to_numpy()[x > 0])
    fees = np.append(problem.parcels["cost"].to_numpy(), 0.0)[parcel]
    rows = rows.assign(remedy=kind, state=OFFER, fee=np.where(np.isin(parcel, sent), 0.0, fees))
    rows = rows[(rows["units"] > UNIT) & (kind != "")]
    rows = rows.assign(late=~rows["on_time"], few=-rows["units"] * rows["gives"])
    best = ["line", "remedy", "late", "few", "unit_cost", "arrival", "day"]
    return rows.sort_values(best, kind="stable").drop_duplicates(["line", "remedy"])


def _missing(problem: Problem, rows: pd.DataFrame, lines: pd.DataFrame) -> Floats:
    """Units, in whole steps, that each option could add to its line; on time replaces late."""
    line, gives, step = (rows[name].to_numpy() for name in ("line", "gives", "step"))
    punctual, ever = (lines[name].to_numpy()[line] for name in ("delivered_on_time", "delivered"))
    got = np.where(rows["on_time"], punctual, ever)
    units = np.maximum(problem.lines["limit"].to_numpy()[line] - got, 0.0) / gives
    steps = np.where(step > 0, step, 1.0)
    return np.where(step > 0, np.floor(units / steps + INTEGRALITY) * steps, units)


def _bound_by_rules(problem: Problem) -> NDArray[np.bool_]:
    """Lines of which a part cannot ship unless a rule of the order is waived, bool (lines,)."""
    lines, orders = problem.lines, problem.orders
    together = (orders["ship_complete"] | np.isfinite(orders["max_shipments"])).to_numpy()
    least = (lines["least"] > 0) | lines["complete"]
    bound: NDArray[np.bool_] = least.to_numpy() | together[lines["order"]]
    return bound


def _in_names(problem: Problem, rows: pd.DataFrame) -> pd.DataFrame:
    """Give rows of options with names for codes."""
    line = problem.lines.iloc[rows["line"]]
    start = pd.Timestamp(problem.settings.horizon.start)
    return pd.DataFrame(
        {
            "order": problem.orders["order"].to_numpy()[line["order"]],
            "line": line["line"].to_numpy(),
            "remedy": rows["remedy"].to_numpy(),
            "state": rows["state"].to_numpy(),
            "item": problem.items[rows["item"]],
            "site": problem.sites[rows["site"]],
            "service": problem.services[rows["service"]],
            "ship_date": (start + pd.to_timedelta(rows["day"], unit="D")).to_numpy(),
            "arrival_date": (start + pd.to_timedelta(rows["arrival"], unit="D")).to_numpy(),
            "quantity": (rows["units"] * rows["gives"]).round(DECIMALS).to_numpy(),
            "on_time": rows["on_time"].to_numpy(),
            "cost": (rows["units"] * rows["unit_cost"] + rows["fee"]).round(DECIMALS).to_numpy(),
        }
    ).astype(REMEDIES)


def _credits(scenario: Scenario, problem: Problem, lines: pd.DataFrame) -> pd.DataFrame:
    """Credits for what is late or short, where the segment is entitled to them."""
    shares = {n: s.credit for n, s in scenario.settings.segments.items() if s.credit is not None}
    share = lines["segment"].map(shares).astype(float)
    missing = lines["ordered"] - lines["delivered_on_time"]
    missing = missing.where(lines["status"] != NOT_DUE, 0.0)
    worth = problem.lines["unit_value"].to_numpy()
    rows = lines.assign(quantity=missing, cost=(missing * worth * share).round(DECIMALS))
    rows = rows[share.notna() & (missing > UNIT)]
    offers = rows.assign(remedy=str(Remedy.CREDIT), state=OFFER, on_time=False)
    offers[["item", "site", "service"]] = ""
    offers[["ship_date", "arrival_date"]] = pd.NaT
    return offers[list(REMEDIES)].astype(REMEDIES)
