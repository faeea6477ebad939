"""Every rule by name, and which of them shipments, transfers and reserve break."""

from __future__ import annotations

import pandas as pd

from models.judge.lookup import Lookup, open_lookup, with_reserve
from models.judge.shipments import (
    confidence,
    limits,
    moved,
    moves,
    parcels,
    protected,
    quotas,
    rows,
    stock,
)
from models.judge.shipments.columns import columns_follow
from models.scenario import Scenario

RULES = (
    rows.names_are_known,
    rows.quantities_ship,
    rows.sites_ship,
    rows.services_are_entitled,
    rows.arrivals_are_accepted,
    rows.lines_are_due,
    rows.costs_are_accepted,
    moved.moved_promises_hold,
    limits.lines_within_order,
    stock.stock_suffices,
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
"""One function for each rule or close family of rules.

Each is given the lookup of all that ships or is held, and returns its findings.
"""
TRANSFER_RULES = (
    moves.transfers_have_a_way,
    moves.transfers_are_counted,
    moves.transfers_fit_a_day,
    stock.no_transfer_lifts_itself,
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
        and ``quantity`` [unit]; ``promised_ship_date`` and ``promised_arrival_date`` of promises
        that are moved; ``arrival_date``, ``on_time``, ``days_late``, ``tier``, ``cost`` and
        ``rank`` are checked where they are given.
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
    lookup = open_lookup(scenario, shipments, transfers)
    whole = lookup if reserve is None else with_reserve(lookup, shipments, reserve, transfers)
    return rules_broken_by(lookup, whole, shipments, transfers)


def rules_broken_by(
    lookup: Lookup, whole: Lookup, shipments: pd.DataFrame, transfers: pd.DataFrame | None
) -> list[str]:
    """Judge what moves at all by every rule, and what ships by its columns.

    ``lookup`` is that of shipments and transfers, ``whole`` the one with the reserve.
    """
    findings = [sentence for rule in RULES for sentence in rule(whole)]
    findings += columns_follow(lookup, shipments)
    if transfers is not None and len(transfers):
        findings += [sentence for rule in TRANSFER_RULES for sentence in rule(whole)]
        findings += moves.transfers_follow(lookup, transfers)
    return findings
