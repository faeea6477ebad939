"""Floors, targets and reserves, and the accounts in which what is served for them is counted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from models.problem import Problem


class Family(StrEnum):
    """The kinds of promises."""

    FLOORS = "floor"
    TARGETS = "target"
    RESERVES = "reserve"
    """Targets with the forecast counted in."""


@dataclass(frozen=True, slots=True)
class Account:
    """A count of what a party gets; a party has one for each way in which its promises count."""

    segment: int
    """Row of ``Problem.segments``."""
    base: str
    on_time: bool
    backlog: bool
    """Only what is overdue counts."""
    waived: bool
    """What is overdue counts late, too."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A floor or target of one segment, or its target with what is forecast."""

    account: Account
    family: Family
    tier: int
    need: float
    """Promised service [base unit]."""
    total: float
    """What was ordered of what counts [base unit]."""

    @property
    def segment(self) -> int:
        """Row of ``Problem.segments``."""
        return self.account.segment


def promises(problem: Problem) -> list[Promise]:
    """List the floors, targets and reserves by segment."""
    segments, floors = problem.segments, problem.floors
    overdue = np.unique(problem.lines["segment"].to_numpy()[problem.overdue])
    by_segment: dict[int, list[Promise]] = {}
    tiers = segments["tier"].tolist()
    for row in floors.to_dict("records"):
        code = int(row["segment"])
        waived = bool(row["waived"]) and code in overdue
        account = Account(code, row["base"], row["on_time"], row["backlog"], waived)
        floor = Promise(account, Family.FLOORS, tiers[code], row["need"], row["total"])
        by_segment.setdefault(code, []).append(floor)
    names = ["base", "on_time", "backlog", "total", "target_need", "reserve_need"]
    found: list[Promise] = []
    columns = zip(*(segments[name].tolist() for name in names), strict=True)
    for code, (base, on_time, backlog, total, target, reserve) in enumerate(columns):
        found += by_segment.get(code, [])
        account = Account(code, base, on_time, backlog, waived=False)
        for family, need in ((Family.TARGETS, target), (Family.RESERVES, reserve)):
            if not np.isnan(need):
                found.append(Promise(account, family, tiers[code], need, total))
    return found


def accounts(problem: Problem) -> list[Account]:
    """List the accounts of all promises, each once, by segment."""
    return list(dict.fromkeys(promise.account for promise in promises(problem)))


def tier_promises(problem: Problem) -> list[tuple[Family, int, tuple[int, ...]]]:
    """List the promises of each family and tier that has any: one row each."""
    given = promises(problem)
    rows = []
    for family in Family:
        for tier in problem.tiers:
            members = tuple(n for n, q in enumerate(given) if q.family is family and q.tier == tier)
            if members:
                rows.append((family, tier, members))
    return rows
