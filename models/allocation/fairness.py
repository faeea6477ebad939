"""Fairness between the customers of a segment: what each gets of what it could get alone."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from models.allocation.declaring import Declared
from models.allocation.listing import alone
from models.problem import Problem
from models.settings import Fairness
from models.tolerances import UNIT

STEPS = 10
"""Smallest shares that ``max_min`` raises one after another; later goals settle the others."""


@dataclass(frozen=True, eq=False)
class Sharing:
    """The customers who take part in the fairness of a segment.

    Parameters
    ----------
    segment
        Name of the segment.
    way
        What is fair.
    customers
        Their names, shape (customers,).
    reachable
        What each could get alone [unit], above 0, shape (customers,).
    """

    segment: str
    way: Fairness
    customers: np.ndarray
    reachable: np.ndarray

    @property
    def steps(self) -> int:
        """How many of the smallest shares are raised, one after another; 0 if none are."""
        if self.way is not Fairness.MAX_MIN or len(self.customers) < 2:
            return 0
        return min(len(self.customers), STEPS)

    @property
    def proportional(self) -> bool:
        """Whether all are to get the same share, and there is more than one."""
        return self.way is Fairness.PROPORTIONAL and len(self.customers) > 1


def fair_customers(problem: Problem) -> pd.DataFrame:
    """List the customers of the segments that ask for fairness and ordered anything.

    Returns
    -------
    pandas.DataFrame
        Columns ``of`` (position of the segment in the header), ``customer``, ``ordered`` and
        ``reachable`` [unit], sorted by the first two.
    """
    asks = [s.fairness is not Fairness.NONE for s in problem.settings.segments.values()]
    if not any(asks):
        return pd.DataFrame(columns=["of", "customer", "ordered", "reachable"])
    lines = problem.lines
    rows = pd.DataFrame(
        {
            "of": problem.segments["of"].to_numpy()[lines["segment"]],
            "customer": problem.orders["customer"].to_numpy()[lines["order"]],
            "ordered": lines["quantity"],
            "reachable": alone(problem),
        }
    )
    rows = rows[np.array(asks)[rows["of"]] & problem.counted]
    return rows.groupby(["of", "customer"])[["ordered", "reachable"]].sum().reset_index()


def sharing(problem: Problem) -> list[Sharing]:
    """List who takes part in which segment's fairness, in the order of the header."""
    rows = fair_customers(problem)
    rows = rows[rows["reachable"] > UNIT]
    found = []
    for of, (name, segment) in enumerate(problem.settings.segments.items()):
        if segment.fairness is not Fairness.NONE:
            mine = rows[rows["of"] == of]
            reachable = mine["reachable"].to_numpy(dtype=float)
            found.append(Sharing(name, segment.fairness, mine["customer"].to_numpy(), reachable))
    return found


def declare_fairness(d: Declared, p: Problem) -> None:
    """Declare shares of customers, where a segment with several asks for fairness; else nothing."""
    groups = [group for group in sharing(p) if group.proportional or group.steps]
    first = np.cumsum([0, *(len(group.customers) for group in groups)])
    reachable = np.concatenate([np.empty(0), *(group.reachable for group in groups)])
    d.rows("FAIR_CUSTOMERS", len(reachable), "customers between whom a segment is fair")
    d.column("reachable", "FAIR_CUSTOMERS", reachable, "could be delivered alone [unit]")
    d.variable("served", "FAIR_CUSTOMERS", 1.0, False, "share of that which is delivered")
    _options_of(d, p, groups)
    spans = [range(*span) for span in pairwise(first)]
    _proportional(d, [s for s, g in zip(spans, groups, strict=True) if g.proportional], reachable)
    _least(d, [(s, k + 1) for s, g in zip(spans, groups, strict=True) for k in range(g.steps)])


def _options_of(d: Declared, p: Problem, groups: list[Sharing]) -> None:
    """List the options of each customer."""
    names = [name for group in groups for name in group.customers]
    place = pd.Index(names, dtype="str").get_indexer(p.orders["customer"])
    line = p.options["line"].to_numpy()
    row = place[p.lines["order"].to_numpy()[line]]
    mine = np.flatnonzero((row >= 0) & p.counted[line])
    d.listing("options_of_customer", "FAIR_CUSTOMERS", row[mine], mine, "its options")


def _proportional(d: Declared, spans: list[range], reachable: np.ndarray) -> None:
    """Declare the share of each segment as a whole, and what its customers lag behind it."""
    customer = np.array([c for span in spans for c in span], dtype=int)
    segment = np.repeat(np.arange(len(spans)), [len(span) for span in spans])
    whole = np.bincount(segment, reachable[customer], len(spans))
    d.rows("PROPORTIONAL", len(spans), "segments whose customers get the same share")
    d.column("reachable_by_all", "PROPORTIONAL", whole, "what they could get together [unit]")
    d.variable("overall", "PROPORTIONAL", 1.0, False, "share of that which is delivered")
    d.listing("sharing", "PROPORTIONAL", segment, customer, "its customers")
    d.rows("LAGGING", len(customer), "customers of those segments")
    d.column("customer_lagging", "LAGGING", customer, "the customer, a row of `FAIR_CUSTOMERS`")
    d.column("segment_lagging", "LAGGING", segment, "its segment, a row of `PROPORTIONAL`")
    d.variable("behind", "LAGGING", reachable[customer], False, "less than its share [unit]")
    d.listing("lagging", "PROPORTIONAL", segment, np.arange(len(customer)), "rows of `LAGGING`")


def _least(d: Declared, steps: list[tuple[range, int]]) -> None:
    """Declare, by segment and number k, the k-th smallest share and who is how far below it."""
    customer = np.array([c for span, _ in steps for c in span], dtype=int)
    step = np.repeat(np.arange(len(steps)), [len(span) for span, _ in steps])
    counts = np.array([k for _, k in steps], dtype=float)
    d.rows("LEAST", len(steps), "segments and numbers of customers with the smallest shares")
    d.column("customers_least", "LEAST", counts, "how many customers")
    d.variable("least_share", "LEAST", 1.0, False, "the largest of their shares")
    d.rows("BELOW", len(step), "customers of those segments, once for each number")
    d.column("customer_below", "BELOW", customer, "the customer, a row of `FAIR_CUSTOMERS`")
    d.column("step_below", "BELOW", step, "the row of `LEAST`")
    d.variable("below", "BELOW", 1.0, False, "how far its share is below that one")
    d.listing("belows", "LEAST", step, np.arange(len(step)), "rows of `BELOW`")
