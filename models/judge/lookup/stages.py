"""Stages of relationships: how customers moved from one to another, and what a plan adds to that.

Everybody's days are gone through together, one day after the other.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.relationship import StageName
from models.scenario import Scenario
from models.solution import STAGES

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

NEVER = 10**9
NAMES = list(StageName)
OVER = {name: "develop" if name == "recovery" else "commit" for name in NAMES}


class _Customers:
    """Where all customers stand on a day; days count from the first of the horizon."""

    def __init__(self, scenario: Scenario) -> None:
        customers, signals = scenario["customers"], scenario["signals"]
        self.settings = scenario.settings
        self.start = pd.Timestamp(self.settings.horizon.start)
        self.names = customers["customer"].to_numpy()
        self.day = (signals["date"] - self.start).dt.days.to_numpy(dtype="int64")
        self.who = pd.Index(self.names).get_indexer(signals["customer"])
        self.kind, self.value = signals["kind"], signals["value"]
        self.stage = np.array([NAMES.index(name) for name in customers["stage"]], dtype="int64")
        since = (customers["stage_since"] - self.start).dt.days
        first = pd.Series(self.day[self.day <= 0]).groupby(self.who[self.day <= 0]).min()
        unknown = first.reindex(range(len(customers))).fillna(0)
        self.begun = since.fillna(unknown).to_numpy(dtype="int64", copy=True)
        self.counted_from = self.begun.copy()
        lasts = [self.settings.stages[name].expires_after_days or NEVER for name in NAMES]
        self.lasts = np.array(lasts)
        known = since.fillna(NEVER).to_numpy(dtype="int64")
        self.ends = known + self.lasts[self.stage]

    def next_day(self, day: int) -> int | None:
        """Return the next day, up to today, on which a signal, an end or a quiet time counts."""
        waits = {rule.quiet_days for rule in self.settings.stage_rules if rule.quiet_days}
        parts = [self.day, self.ends, *(days + q for q in waits for days in (self.begun, self.day))]
        later = np.concatenate(parts)
        later = later[(later > day) & (later <= 0)]
        return int(later.min()) if len(later) else None

    def move(self, who: Flags, to: Ints, day: int, *, used_up: bool) -> None:
        """Let some customers begin another stage on a day."""
        self.stage[who] = to[who]
        self.begun[who] = day
        self.counted_from[who] = day + used_up
        self.ends[who] = day + self.lasts[self.stage[who]]

    def whom_rule_moves(self, nth: int, day: int) -> Flags:
        """Say whom a rule moves on a day."""
        rule = self.settings.stage_rules[nth]
        at = [NAMES.index(name) for name in rule.stages or NAMES if name != rule.to]
        counts = self.day <= day
        if rule.kinds:
            counts &= self.kind.isin(rule.kinds).to_numpy()
        if rule.value_at_least is not None:
            counts &= (self.value >= rule.value_at_least).to_numpy()
        if rule.value_at_most is not None:
            counts &= (self.value <= rule.value_at_most).to_numpy()
        alive = np.isin(self.stage, at) & (self.begun <= day)
        if rule.quiet_days is None:
            recent = counts & (self.day > day - rule.window)
            recent &= self.day >= self.counted_from[self.who]
            times = np.bincount(self.who[recent], minlength=len(self.names))
            return alive & (times >= rule.times)
        last = self.begun.copy()
        np.maximum.at(last, self.who[counts], self.day[counts])
        return alive & (day - last >= rule.quiet_days)


def moves_between_stages(scenario: Scenario) -> pd.DataFrame:
    """List each move of each customer until the first day: the columns of ``stages.csv``."""
    people, rows = _Customers(scenario), []
    over = np.array([NAMES.index(StageName(OVER[name])) for name in NAMES])
    day = people.next_day(-NEVER)
    while day is not None:
        before = people.stage.copy()
        expired = people.ends == day
        people.move(expired, over[people.stage], day, used_up=False)
        rows += _as_rows(people, expired, before, day, "expired")
        waiting = np.ones(len(before), dtype=bool)
        for nth, rule in enumerate(people.settings.stage_rules):
            before = people.stage.copy()
            moves = waiting & people.whom_rule_moves(nth, day)
            to = np.full(len(before), NAMES.index(rule.to))
            people.move(moves, to, day, used_up=True)
            rows += _as_rows(people, moves, before, day, f"rule {nth + 1}: {rule.words}")
            waiting &= ~moves
        day = people.next_day(day)
    frame = pd.DataFrame(rows, columns=list(STAGES)).astype(STAGES)
    return frame.sort_values(["customer", "date"], kind="stable", ignore_index=True)


def _as_rows(
    people: _Customers, moved: Flags, before: Ints, day: int, reason: str
) -> list[tuple[str, pd.Timestamp, str, str, str]]:
    """List the moves of a day as rows of ``stages.csv``."""
    date = people.start + pd.Timedelta(days=day)
    return [
        (people.names[n], date, str(NAMES[before[n]]), str(NAMES[people.stage[n]]), reason)
        for n in np.flatnonzero(moved)
    ]


def current_stages(scenario: Scenario) -> pd.Series:
    """Name the stage of each customer on the first day, by customer."""
    given = scenario["customers"].set_index("customer")["stage"]
    last = moves_between_stages(scenario).drop_duplicates("customer", keep="last")
    return last.set_index("customer")["to_stage"].reindex(given.index).fillna(given)
