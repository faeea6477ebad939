"""The verdict: rules first, then every figure, goal and reason of an answer."""

from __future__ import annotations

import pandas as pd

from models.errors import RuleViolationError
from models.rules import agreement, limits, rows
from models.rules.book import Book, open_book
from models.rules.columns import columns_follow
from models.rules.goals import goals_agree
from models.rules.measuring import measure
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
    limits.stock_suffices,
    limits.site_capacity_suffices,
    limits.lane_capacity_suffices,
    limits.lines_complete,
    limits.orders_complete,
)
"""One function for each rule or close family of rules; all get the same book."""


def broken_rules(scenario: Scenario, shipments: pd.DataFrame) -> list[str]:
    """Say which rules the shipments break.

    Parameters
    ----------
    scenario
        The question.
    shipments
        At least the columns ``order``, ``line``, ``item``, ``site``, ``service``, ``ship_date``
        and ``quantity`` [unit]; ``arrival_date``, ``on_time``, ``days_late``, ``tier``, ``cost``
        and ``rank`` are checked where they are given.

    Returns
    -------
    list of str
        One sentence for each broken rule: its worst offender and how many there are.
    """
    return _broken(open_book(scenario, shipments), shipments)


def judge(scenario: Scenario, solution: Solution) -> list[str]:
    """Say which rules an answer breaks and which of its statements the shipments do not bear out.

    Returns
    -------
    list of str
        One sentence for each finding; empty for an answer that may leave the house.
    """
    book = open_book(scenario, solution.shipments)
    figures, settings = measure(book), scenario.settings
    return [
        *_broken(book, solution.shipments),
        *agreement.names_agree(settings, solution),
        *agreement.lines_agree(solution, figures),
        *agreement.service_agrees(solution, figures),
        *agreement.totals_agree(solution, figures),
        *goals_agree(settings, solution, figures),
        *agreement.lines_have_reasons(solution),
        *agreement.shipments_have_reasons(book, solution),
        *agreement.reachable_agrees(solution, figures),
    ]


def _broken(book: Book, shipments: pd.DataFrame) -> list[str]:
    findings = [sentence for rule in RULES for sentence in rule(book)]
    return findings + columns_follow(book, shipments)


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
