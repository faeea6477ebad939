"""The verdict: rules first, then every figure, goal and reason of an answer."""

from __future__ import annotations

import pandas as pd

from models.errors import RuleViolationError
from models.judge.figures.fairness import reachable_is_possible
from models.judge.figures.measuring import measure
from models.judge.lookup.scenario_lookup import Lookup, open_lookup
from models.judge.shipments import (
    confidence,
    limits,
    moves,
    parcels,
    protected,
    quotas,
    rows,
    supply,
)
from models.judge.shipments.columns import columns_follow
from models.judge.shipments.look_ahead import look_ahead, reserve_holds
from models.judge.statements import agreement, remedies, shortages
from models.judge.statements.proof import goals_agree
from models.scenario import Scenario
from models.solution import Solution

RULES = (
    rows.names_are_known,
    rows.quantities_ship,
    rows.sites_ship,
    rows.services_are_entitled,
    rows.arrivals_are_accepted,
    rows.costs_are_accepted,
    limits.lines_within_order,
    supply.stock_suffices,
    confidence.supply_is_certain,
    limits.site_capacity_suffices,
    limits.lane_capacity_suffices,
    limits.lines_complete,
    limits.orders_complete,
    parcels.orders_in_few_parcels,
    quotas.quotas_hold,
    quotas.stage_caps_hold,
    protected.protected_supply_is_left,
)
"""One function for each rule or close family of rules; all get the same book."""
TRANSFER_RULES = (
    moves.transfers_have_a_way,
    moves.transfers_are_counted,
    moves.transfers_fit_a_day,
    supply.no_transfer_lifts_itself,
)
"""The same, for plans with transfers."""


def broken_rules(
    scenario: Scenario,
    shipments: pd.DataFrame,
    transfers: pd.DataFrame | None = None,
    reserve: pd.DataFrame | None = None,
) -> list[str]:
    """Say which rules the shipments, transfers and what is held for forecast demand break.

    Parameters
    ----------
    scenario
        The question.
    shipments
        At least the columns ``order``, ``line``, ``item``, ``site``, ``service``, ``ship_date``
        and ``quantity`` [unit]; ``arrival_date``, ``on_time``, ``days_late``, ``tier``, ``cost``
        and ``rank`` are checked where they are given.
    transfers
        At least the columns ``from_site``, ``to_site``, ``item``, ``ship_date`` and ``quantity``
        [unit]; ``arrival_date`` is checked where it is given. None by default.
    reserve
        The columns of :data:`models.solution.RESERVE`; nothing by default.

    Returns
    -------
    list of str
        One sentence for each broken rule: its worst offender and how many there are.
    """
    book = open_lookup(scenario, shipments, transfers)
    whole = book if reserve is None else look_ahead(book, shipments, reserve, transfers).book
    return _broken(book, whole, shipments, transfers)


def judge(scenario: Scenario, solution: Solution) -> list[str]:
    """Say which rules an answer breaks and which of its statements the shipments do not bear out.

    Returns
    -------
    list of str
        One sentence for each finding; empty for an answer that may leave the house.
    """
    book = open_lookup(scenario, solution.shipments, solution.transfers)
    ahead = look_ahead(book, solution.shipments, solution.reserve, solution.transfers)
    figures, settings = measure(book, ahead, solution.fairness), scenario.settings
    return [
        *_broken(book, ahead.book, solution.shipments, solution.transfers),
        *reserve_holds(scenario, solution.reserve, ahead),
        *agreement.names_agree(settings, solution),
        *agreement.lines_agree(solution, figures),
        *agreement.service_agrees(solution, figures),
        *agreement.fairness_agrees(solution, figures),
        *reachable_is_possible(book, figures.fairness),
        *agreement.metrics_agree(solution, figures),
        *agreement.contracts_agree(solution, figures),
        *agreement.moves_agree(solution, figures),
        *agreement.signals_agree(solution, figures),
        *remedies.remedies_hold(book, solution),
        *remedies.notices_hold(book, solution),
        *agreement.totals_agree(solution, figures),
        *goals_agree(settings, solution, figures),
        *agreement.transfers_are_sorted(solution),
        *agreement.lines_have_reasons(book, solution),
        *shortages.shortages_balance(book, ahead.book, solution),
        *agreement.shipments_have_reasons(book, solution),
        *agreement.reachable_agrees(solution, figures),
    ]


def _broken(
    book: Lookup, whole: Lookup, shipments: pd.DataFrame, transfers: pd.DataFrame | None
) -> list[str]:
    """Judge what moves at all by every rule, and what ships by its columns."""
    findings = [sentence for rule in RULES for sentence in rule(whole)]
    findings += columns_follow(book, shipments)
    if transfers is not None and len(transfers):
        findings += [sentence for rule in TRANSFER_RULES for sentence in rule(whole)]
        findings += moves.transfers_follow(book, transfers)
    return findings


def assert_obeys(scenario: Scenario, solution: Solution) -> None:
    """Raise unless the judge finds nothing.

    Raises
    ------
    RuleViolationError
        Carries every finding.
    """
    findings = judge(scenario, solution)
    if findings:
        raise RuleViolationError(findings)
