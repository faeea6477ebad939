"""Contracts: targets that are met or missed, what that costs, and how far the last one is."""

from __future__ import annotations

import numpy as np

from models.allocation.declaring import Declared
from models.allocation.goals import counted_contracts, even_tiers
from models.allocation.promises import Family, promises, tier_promises
from models.problem import Problem


def declare_contracts(d: Declared, p: Problem) -> None:
    """Declare which contracts are missed, penalties, and the share that all of a tier reach."""
    given, counted = promises(p), counted_contracts(p)
    penalties = [list(p.settings.segments.values())[of].penalty for of in p.segments["of"]]
    per_unit = [
        penalty.per_unit if penalty and promise.family is Family.TARGETS else 0.0
        for promise, penalty in ((q, penalties[q.segment]) for q in given)
    ]
    of_contract = (penalties[given[q].segment] for q in counted)
    d.column("penalty", "PROMISES", per_unit, "of a base unit that is missing [currency]")
    d.rows("CONTRACTS", len(counted), "targets that are met or missed")
    d.column(
        "contract", "CONTRACTS", np.array(counted, dtype=int), "the target, a row of `PROMISES`"
    )
    d.column("flat", "CONTRACTS", [c.flat if c else 0.0 for c in of_contract], "if missed")
    d.variable("missed", "CONTRACTS", 1, True, "the target is missed")
    place = {q: c for c, q in enumerate(counted)}
    rows = [(g, q) for g, (_, _, members) in enumerate(tier_promises(p)) for q in members]
    mine = [(g, place[q]) for g, q in rows if q in place]
    keys, members = np.array(mine, dtype=int).reshape(-1, 2).T
    d.listing("contracts_of_goal", "TIER_PROMISES", keys, members, "its contracts")
    _even(d, p)


def _even(d: Declared, p: Problem) -> None:
    """Declare the share of its target that every contract of a tier reaches, where asked for."""
    given, segments = promises(p), p.segments
    tiers = even_tiers(p)
    rows = [(g, q) for g, members in enumerate(tiers.values()) for q in members]
    owner = np.array([given[q].segment for _, q in rows], dtype=int)
    before = segments[["target", "total", "ordered_before", "served_before"]].to_numpy()[owner]
    target, total, ordered, served = before.T
    promised_to = d.arrays["promised_to"]
    d.rows("EVEN", len(tiers), "tiers whose contracts come as close to their targets as each other")
    d.variable("level", "EVEN", 1.0, False, "share of its target that every contract reaches")
    d.rows("LEVELS", len(rows), "contracts of those tiers")
    tier = np.array([g for g, _ in rows], dtype=int)
    contract = np.array([q for _, q in rows], dtype=int)
    d.column("tier_of_level", "LEVELS", tier, "the tier, a row of `EVEN`")
    d.column("achieved_of_level", "LEVELS", promised_to[contract], "its service")
    d.column("due", "LEVELS", target * (total + ordered), "promised of the period [base unit]")
    d.column("served_before", "LEVELS", served, "of the period before today [base unit]")
