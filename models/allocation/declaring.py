"""Pyomo components over integer-coded ranges, with their numbers kept as arrays.

Every set is a range 0..n-1: the rows of one frame. Every parameter is a column of it; every indexed
set lists members of another range. So a rule is ordinary Pyomo and can be evaluated once as a
template and expanded by numpy (:mod:`optimizer.compiling.matrix`) from ``arrays``, ``listings`` and
``domains``; or be expanded by Pyomo itself, which builds each element when a rule asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyomo.environ as pyo


@dataclass(frozen=True, eq=False)
class Listing:
    """Members of another range for each row, as pairs: row ``owners[n]`` lists ``listed[n]``.

    Parameters
    ----------
    rows
        How many rows there are, those that list nothing included.
    owners, listed
        The pairs, in any order, shape (pairs,). Sums over them need no order.
    """

    rows: int
    owners: np.ndarray
    listed: np.ndarray

    @cached_property
    def start(self) -> np.ndarray:
        """Where each row begins in ``members``, and the end of the last, shape (rows + 1,)."""
        return np.append(0, np.cumsum(np.bincount(self.owners, minlength=self.rows)))

    @cached_property
    def members(self) -> np.ndarray:
        """What is listed, row by row: row r has ``members[start[r]:start[r + 1]]``."""
        return self.listed[np.argsort(self.owners, kind="stable")]

    def of(self, row: int) -> list[int]:
        """Members of one row."""
        members: list[int] = self.members[self.start[row] : self.start[row + 1]].tolist()
        return members


@dataclass(frozen=True, eq=False)
class _OnDemand(Mapping[int, list[int]]):
    """A listing as Pyomo takes it: no set is built before a rule asks for it."""

    listing: Listing

    def __getitem__(self, row: int) -> list[int]:
        return self.listing.of(row)

    def __iter__(self) -> Iterator[int]:
        return iter(())

    def __len__(self) -> int:
        return 0


@dataclass(frozen=True, eq=False)
class Domain:
    """Upper bound and integrality of each element of a variable; every lower bound is 0.

    Whole elements are multiples of their step.
    """

    upper: np.ndarray
    whole: np.ndarray
    step: np.ndarray


@dataclass(eq=False)
class Declared:
    """A Pyomo model and the arrays behind its components, by component name.

    Parameters
    ----------
    whole
        Build every element of variables and indexed sets, so that Pyomo can expand the rules
        itself (for tests: slow).
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
        return np.bincount(found.owners, values[found.listed], minlength=found.rows)

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
        index = self.model.component(over)
        pairs = (np.asarray(side, dtype=np.int32) for side in (keys, members))
        listing = Listing(len(index), *pairs)
        self.listings[name] = listing
        rows = range(listing.rows)
        shown = {i: listing.of(i) for i in rows} if self.whole else {i: [0] for i in rows[:1]}
        self.model.add_component(name, pyo.Set(index, initialize=shown, dimen=1, doc=doc))

    def open_listings(self) -> None:
        """Let Pyomo see true listings, for rules that it expands itself.

        A template needs none: until this is called the sets are placeholders.
        """
        for name, listing in self.listings.items():
            closed = self.model.component(name)
            index, doc = closed.index_set(), closed.doc
            self.model.del_component(closed)
            true = pyo.Set(index, initialize=_OnDemand(listing), dimen=1, doc=doc)
            self.model.add_component(name, true)

    def variable(
        self, name: str, over: str, upper: Any, whole: Any, doc: str, *, step: Any = 1.0
    ) -> None:
        """Declare a variable over a range, 0 to ``upper``, in steps where ``whole`` says so.

        Pyomo itself knows steps of 1 only; see the maths card on packs.
        """
        index = self.model.component(over)
        domain = Domain(
            *(
                np.broadcast_to(np.asarray(values, dtype=dtype), len(index))
                for values, dtype in ((upper, float), (whole, bool), (step, float))
            )
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
