"""Pyomo components over integer-coded ranges, with their numbers kept as arrays.

Every set is a range 0..n-1: the rows of one frame. Every parameter is a column of it; every indexed
set lists members of another range. So a rule is ordinary Pyomo and can be evaluated once as a
template and expanded by numpy (:mod:`optimizer.compiling`) from ``arrays``, ``listings`` and
``domains``; or, with ``whole=True``, be expanded by Pyomo itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyomo.environ as pyo


@dataclass(frozen=True, eq=False)
class Listing:
    """Members of another range for each row: row r has ``members[start[r]:start[r + 1]]``."""

    start: np.ndarray
    members: np.ndarray

    def of(self, row: int) -> list[int]:
        """Members of one row."""
        members: list[int] = self.members[self.start[row] : self.start[row + 1]].tolist()
        return members


@dataclass(frozen=True, eq=False)
class Domain:
    """Upper bound and integrality of each element of a variable; every lower bound is 0."""

    upper: np.ndarray
    whole: np.ndarray


@dataclass(eq=False)
class Declared:
    """A Pyomo model and the arrays behind its components, by component name.

    Parameters
    ----------
    whole
        Materialise every indexed set, so that Pyomo can expand the rules itself (for tests: slow).
    """

    whole: bool = False
    model: Any = field(default_factory=lambda: pyo.ConcreteModel(name="allocation"))
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    listings: dict[str, Listing] = field(default_factory=dict)
    domains: dict[str, Domain] = field(default_factory=dict)

    def count(self, name: str) -> int:
        """Rows of a range."""
        return len(self.model.component(name))

    def totals(self, listing: str, values: np.ndarray) -> np.ndarray:
        """Sum ``values`` of the members of each row of a listing."""
        found = self.listings[listing]
        size = np.diff(found.start)
        owner = np.repeat(np.arange(len(size)), size)
        return np.bincount(owner, values[found.members], minlength=len(size))

    def rows(self, name: str, count: int, doc: str) -> None:
        """Declare a range."""
        self.model.add_component(name, pyo.RangeSet(0, count - 1, doc=doc))

    def column(self, name: str, over: str, values: Any, doc: str) -> None:
        """Declare a parameter over a range; ``values`` has one number for each row."""
        array = np.asarray(values)
        self.arrays[name] = array
        index = self.model.component(over)
        param = pyo.Param(index, default=lambda _, i: array[i].item(), within=pyo.Any, doc=doc)
        self.model.add_component(name, param)

    def listing(self, name: str, over: str, keys: Any, members: Any, doc: str) -> None:
        """Declare which ``members`` belong to each row of a range: pairs (keys[n], members[n])."""
        keys, members = np.asarray(keys), np.asarray(members)
        order = np.argsort(keys, kind="stable")
        count = len(self.model.component(over))
        start = np.searchsorted(keys[order], np.arange(count + 1))
        listing = Listing(start, members[order])
        self.listings[name] = listing
        index = self.model.component(over)
        shown = {i: listing.of(i) for i in range(count)} if self.whole else {0: [0]}
        self.model.add_component(
            name, pyo.Set(index, initialize=shown if count else {}, dimen=1, doc=doc)
        )

    def variable(self, name: str, over: str, upper: Any, whole: Any, doc: str) -> None:
        """Declare a variable over a range, 0 to ``upper``, whole where ``whole`` says so."""
        index = self.model.component(over)
        domain = Domain(
            np.broadcast_to(np.asarray(upper, dtype=float), len(index)),
            np.broadcast_to(np.asarray(whole, dtype=bool), len(index)),
        )
        self.domains[name] = domain
        self.model.add_component(
            name,
            pyo.Var(
                index,
                dense=self.whole,
                domain=lambda _, i: pyo.Integers if domain.whole[i] else pyo.Reals,
                bounds=lambda _, i: (0, domain.upper[i].item()),
                doc=doc,
            ),
        )
