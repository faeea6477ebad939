"""Incumbent rules: fill order by order in a fixed sequence and never revise.

Each policy is a sequence of lines; the common greedy walks it. Add a policy: its sequence in
``SEQUENCES`` and its name in :class:`models.settings.Policy`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pandas as pd

from models.problem import Problem
from models.settings import GoalName, Policy
from optimizer.remaining import TINY, Remaining

SEQUENCES: dict[Policy, Callable[[pd.DataFrame], list[pd.Series]]] = {
    Policy.FCFS: lambda lines: [lines["ordered_on"]],
    Policy.EDD: lambda lines: [lines["requested"]],
    Policy.SEGMENT_PRIORITY: lambda lines: [
        lines["tier"],
        lines["requested"],
        lines["ordered_on"],
    ],
    Policy.REVENUE: lambda lines: [-lines["unit_value"]],
    Policy.FAIR_SHARE: lambda lines: [lines["requested"]],
}
"""Sort keys of each policy, the most important first; ties go by order and line id."""


def allocate(problem: Problem, policy: Policy) -> np.ndarray:
    """Fill the lines in the policy's sequence.

    Parameters
    ----------
    problem
        Integer-coded.
    policy
        Any but ``optimal``.

    Returns
    -------
    numpy.ndarray
        Shipped units by option [unit], shape (options,); obeys every rule.
    """
    greedy = _Greedy(problem)
    keys = SEQUENCES[policy](problem.lines)
    sequence = np.lexsort([np.arange(len(problem.lines)), *reversed(keys)]).tolist()
    if policy is Policy.FAIR_SHARE:
        for line in sequence:
            greedy.fill_share(line)
    for together, lines in _in_turn(problem, sequence):
        greedy.fill(lines, together=together)
    return greedy.remaining.shipped


def topped_up(problem: Problem, x: np.ndarray) -> np.ndarray:
    """Add to a plan what still fits, in the sequence of ``segment_priority``; take nothing back.

    Parameters
    ----------
    problem
        Integer-coded.
    x
        Shipped units by option [unit], shape (options,); obeys every rule.

    Returns
    -------
    numpy.ndarray
        At least ``x``; no goal is worse but ``value``, and that one only for the sake of ``fill``.
    """
    options = problem.options
    pays = (options["unit_worth"] >= options["unit_cost"]).to_numpy()
    greedy = _Greedy(problem, pays | (GoalName.FILL in problem.settings.goals))
    greedy.begin(x)
    keys = SEQUENCES[Policy.SEGMENT_PRIORITY](problem.lines)
    sequence = np.lexsort([np.arange(len(problem.lines)), *reversed(keys)]).tolist()
    for together, lines in _in_turn(problem, sequence):
        greedy.fill(lines, together=together)
    return greedy.remaining.shipped


def _in_turn(problem: Problem, sequence: list[int]) -> Iterator[tuple[bool, list[int]]]:
    """Lines one by one; a ship-complete order as a whole when its first line comes up."""
    order_of = problem.lines["order"].tolist()
    complete = problem.orders["ship_complete"].tolist()
    members = problem.lines.groupby("order").indices
    done: set[int] = set()
    for line in sequence:
        order = order_of[line]
        if not complete[order]:
            yield False, [line]
        elif order not in done:
            done.add(order)
            yield True, np.asarray(members[order]).tolist()


class _Greedy:
    """Fills lines from what remains, each by its best options first."""

    def __init__(self, problem: Problem, usable: np.ndarray | None = None) -> None:
        lines = problem.lines
        options = problem.options if usable is None else problem.options[usable]
        keys = ["line", "days_late", "day", "unit_cost", "site", "service"]
        best_first = np.asarray(options.sort_values(keys, kind="stable").index)
        by_line = problem.options["line"].to_numpy()[best_first]
        start = np.searchsorted(by_line, np.arange(len(lines) + 1))
        self.choices = [best_first[a:b].tolist() for a, b in pairwise(start)]
        self.remaining = Remaining(problem)
        self._line = problem.options["line"].tolist()
        self.left = lines["quantity"].tolist()
        self.least = lines["least"].tolist()
        self.share = _fair_shares(problem)

    def begin(self, x: np.ndarray) -> None:
        """Start from a plan; a line that has something needs no least any more."""
        line = self._line
        for option in np.flatnonzero(x > TINY).tolist():
            self.remaining.book(option, float(x[option]))
            self.left[line[option]] -= float(x[option])
            self.least[line[option]] = 0.0

    def fill_share(self, line: int) -> None:
        """Give the line its fair share."""
        for _, units in self._take(line, self.share[line]):
            self.left[line] -= units

    def fill(self, lines: list[int], *, together: bool) -> None:
        """Fill what is left of the lines; when they go together, all in full or none."""
        taken: list[tuple[int, float]] = []
        for line in lines:
            got = self._take(line, self.left[line])
            filled = sum(units for _, units in got)
            taken += got
            if filled < (self.left[line] if together else self.least[line]) - TINY:
                for option, units in taken:
                    self.remaining.book(option, -units)
                return
            self.left[line] -= filled

    def _take(self, line: int, wanted: float) -> list[tuple[int, float]]:
        """Ship up to ``wanted`` by the line's options, best first."""
        taken = []
        for option in self.choices[line]:
            units = min(wanted, self.remaining.free(option))
            if units > TINY:
                self.remaining.book(option, units)
                taken.append((option, units))
                wanted -= units
            if wanted <= TINY:
                break
        return taken


def _fair_shares(problem: Problem) -> list[float]:
    """Units of each line under the same share of its item's supply for all; none of whole lots."""
    lines = problem.lines
    demand = lines.groupby("item")["quantity"].sum()
    supply = problem.pairs.groupby("item")["supply"].sum().reindex(demand.index, fill_value=0.0)
    share = (supply / demand).clip(upper=1.0).loc[lines["item"]].to_numpy()
    bound = problem.orders["ship_complete"].to_numpy()[lines["order"]] | (lines["least"] > 0)
    units = share * lines["quantity"].to_numpy()
    units = np.where(lines["whole"], np.floor(units + TINY), units)
    shares: list[float] = np.where(bound, 0.0, units).tolist()
    return shares
