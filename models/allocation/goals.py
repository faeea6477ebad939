"""The goals in order of importance, each an expression to minimise.

Add a goal: its family and kind in :mod:`models.goals`, its expression here (:data:`EXPRESSIONS`),
and a case in ``_goals_of`` that says which goals the family becomes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, assert_never

import numpy as np

from models.allocation.declaring import Declared
from models.allocation.equals import delay, delay_weights, places_behind, unpreferred
from models.allocation.fairness import sharing
from models.allocation.must import is_must, unmet
from models.allocation.promised import broken, changes, delayed, may_be_late
from models.allocation.promises import Family, promises, tier_promises
from models.goals import GoalKind, GoalName
from models.problem import Problem
from models.relationship import LedgerMode
from models.tolerances import UNIT


@dataclass(frozen=True, slots=True)
class GoalSpec:
    """One goal: which expression, over which row, measured against which base."""

    name: str
    """As in ``result.json``: ``floor:1``, ``value``; other names for steps beside the goals."""
    expression: str
    """Name of the function below; empty where nothing can be gained or lost."""
    row: int
    """Row of the expression's range."""
    base: float
    """What the gap refers to [base unit]; 0 = the value delivered."""
    promises: tuple[int, ...] = ()
    """Promises whose shortfalls the goal adds up."""
    reported: bool = True
    """Whether it is a goal of its own in ``result.json``; else it is searched and held only."""
    kind: GoalKind | None = None
    """What it is about; None for steps that belong to no goal."""

    @property
    def settles(self) -> bool:
        """Whether it decides between plans that reach every goal equally, and proves nothing."""
        return self.expression in ("delay", "unpreferred")

    @property
    def takes_value(self) -> bool:
        """Whether it may lower the value reached before it, as far as ``give_up`` says."""
        return self.kind is not None and self.kind.facts.family.takes_value

    @property
    def sign(self) -> float:
        """Factor from the expression, which is minimised, to the value of the goal."""
        return -1.0 if self.kind is not None and self.kind.facts.more_is_better else 1.0


def counts_whole(problem: Problem, spec: GoalSpec) -> bool:
    """Whether the value of a goal is always a whole number; promises have steps of their own."""
    whole = problem.lines["whole"]
    match spec.expression:
        case "unfilled":
            own = (problem.lines["tier"] == problem.tiers[spec.row]) & problem.counted
            return bool(whole[own].all())
        case "unmet":
            must = problem.lines[is_must(problem)]
            return bool((must["whole"] & (must["quantity"] % 1 == 0)).all())
        case "broken" | "delayed":
            return bool(whole[problem.frozen["line"]].all())
        case expression:
            return expression in ("changes", "missed_contracts")


def goal_list(problem: Problem) -> list[GoalSpec]:
    """Goals in the order of the scenario's ``goals``, tiers ascending within a family."""
    return [step for step in _steps(problem) if step.reported]


def search_steps(problem: Problem) -> list[GoalSpec]:
    """Goals and what is searched and held beside them.

    These are the further steps of ``max_min`` fairness, and, where later goals may give up some of
    ``value``, what of it can be had without loss for them. Last come ties and preferred services.
    """
    steps = _steps(problem)
    kinds = [step.kind for step in steps]
    after = steps[kinds.index(GoalKind.VALUE) + 1 :] if GoalKind.VALUE in kinds else []
    if problem.settings.give_up.value > 0 and any(step.takes_value for step in after):
        steps.append(replace(_goal(GoalKind.VALUE, "loss"), name="value regained", reported=False))
    return [*steps, *_between_equals(problem)]


def _between_equals(problem: Problem) -> Iterator[GoalSpec]:
    """Yield what decides between plans that reach every goal equally, where it can decide."""
    put_off, _, most = delay_weights(problem)
    if put_off.any():
        yield GoalSpec("ties", "delay", 0, most, reported=False)
    if places_behind(problem).any():
        base = float(problem.lines["quantity"].max())
        yield GoalSpec("services", "unpreferred", 0, base, reported=False)


def _steps(problem: Problem) -> list[GoalSpec]:
    return [step for family in problem.settings.goals for step in _goals_of(problem, family)]


def _goals_of(problem: Problem, family: GoalName) -> Iterator[GoalSpec]:
    """Yield the goals that a family becomes, and the steps beside them."""
    match family:
        case GoalName.COMMITMENTS:
            yield from _commitments(problem)
        case GoalName.FLOORS:
            yield from _promised(problem, Family.FLOORS).values()
        case GoalName.TARGETS:
            yield from _targets(problem)
        case GoalName.FILL:
            yield from _fill(problem)
        case GoalName.VALUE:
            yield _goal(GoalKind.VALUE, "loss")
        case GoalName.FAIRNESS:
            yield from _fairness(problem)
        case GoalName.STABILITY:
            yield from _stability(problem)
        case _:
            assert_never(family)


def _goal(
    kind: GoalKind,
    expression: str,
    row: int = 0,
    base: float = 0.0,
    promises: tuple[int, ...] = (),
    *,
    party: object = "",
) -> GoalSpec:
    """Make a goal of a kind, about a tier, a segment or the whole plan."""
    return GoalSpec(kind.named(party), expression, row, base, promises, kind=kind)


def _promised(problem: Problem, family: Family) -> dict[int, GoalSpec]:
    """Give the goal of a kind of promises by tier."""
    kind = {
        Family.FLOORS: GoalKind.FLOOR,
        Family.TARGETS: GoalKind.TARGET,
        Family.RESERVES: GoalKind.RESERVE,
    }[family]
    return {
        tier: _goal(kind, "shortfall", row, _base(problem, tier, family), members, party=tier)
        for row, (own, tier, members) in enumerate(tier_promises(problem))
        if own is family
    }


def _targets(problem: Problem) -> Iterator[GoalSpec]:
    """Yield the targets tier by tier, each with its contracts and its reserve."""
    reserves = _promised(problem, Family.RESERVES)
    for tier, target in _promised(problem, Family.TARGETS).items():
        yield from _with_contracts(problem, tier, target)
        if tier in reserves:
            yield reserves[tier]


def _fill(problem: Problem) -> Iterator[GoalSpec]:
    """Yield the units that each tier ordered and does not get."""
    lines = problem.lines[problem.counted]
    for row, tier in enumerate(problem.tiers):
        units = float(lines["quantity"][lines["tier"] == tier].sum())
        yield _goal(GoalKind.FILL, "unfilled", row, units, party=tier)


def _stability(problem: Problem) -> Iterator[GoalSpec]:
    """Yield the lines that change; nothing where none has a commitment."""
    if counted := problem.committed["line"].nunique():
        yield _goal(GoalKind.STABILITY, "changes", 0, float(counted))


def _with_contracts(problem: Problem, tier: int, target: GoalSpec) -> Iterator[GoalSpec]:
    """Yield the target of a tier, and what counts before it or decides between equals."""
    mode = problem.settings.ledger.mode
    orders = problem.segments["total"].to_numpy() > 0
    given = promises(problem)
    contracts = float(sum(orders[given[p].segment] for p in target.promises))
    due = bool(set(target.promises) & set(counted_contracts(problem)))
    missed = _goal(
        GoalKind.CONTRACTS, "missed_contracts", target.row, max(contracts, 1.0), party=tier
    )
    if mode is LedgerMode.COMPLIANCE:
        yield missed if due else replace(missed, expression="")
        yield target
    elif mode is LedgerMode.MAX_MIN:
        tiers = list(even_tiers(problem))
        even = target.row in tiers
        row = tiers.index(target.row) if even else 0
        yield _goal(GoalKind.LEAST, "distance" if even else "", row, 1.0, party=tier)
        yield target
    else:
        yield target
        if _catches_up(problem, target.promises):
            yield replace(missed, reported=False)


def counted_contracts(problem: Problem) -> list[int]:
    """List the targets for which it counts whether they are missed at all, as `promises` does."""
    settings, given = problem.settings, promises(problem)
    flat = [bool(s.penalty and s.penalty.flat) for s in settings.segments.values()]
    of = problem.segments["of"].to_numpy()
    found: set[int] = set()
    for family, _, members in tier_promises(problem):
        if family is Family.TARGETS:
            whole = settings.ledger.mode is LedgerMode.COMPLIANCE or _catches_up(problem, members)
            found.update(p for p in members if whole or flat[of[given[p].segment]])
    return sorted(p for p in found if given[p].need > UNIT)


def _catches_up(problem: Problem, members: Iterable[int]) -> bool:
    """Whether the past of several contracts of a tier counts, and in sum alone."""
    given = promises(problem)
    needing = [given[p].segment for p in members if given[p].need > UNIT]
    past = problem.segments["ordered_before"].to_numpy()[needing]
    by_sum = problem.settings.ledger.mode is LedgerMode.SHORTFALL
    return by_sum and len(needing) > 1 and bool((past > 0).any())


def even_tiers(problem: Problem) -> dict[int, list[int]]:
    """List by row of `tier_promises` the contracts that are to come equally close, if asked."""
    if problem.settings.ledger.mode is not LedgerMode.MAX_MIN:
        return {}
    given, found = promises(problem), {}
    for row, (family, _, members) in enumerate(tier_promises(problem)):
        due = [p for p in members if family is Family.TARGETS and given[p].need > UNIT]
        if due:
            found[row] = due
    return found


def _commitments(problem: Problem) -> Iterator[GoalSpec]:
    """Yield promises to be kept; nothing to do where there are none and no budget of change.

    Then, where stock may not keep all of them, the delay of the others; then that of lines which a
    planner wants complete by a day.
    """
    frozen, counted = problem.frozen, problem.committed["line"].nunique()
    units = float((frozen["quantity"] * frozen["gives"]).sum())
    budget = problem.settings.stability
    asked = budget.max_changed_lines is not None or budget.max_worse_promises is not None
    needed = len(frozen) > 0 or (asked and counted > 0)
    yield _goal(GoalKind.COMMITMENTS, "broken" if needed else "", 0, units + counted or 1.0)
    if may_be_late(problem):
        yield _goal(GoalKind.COMMITMENTS_DELAY, "delayed", 0, units)
    if (must := is_must(problem)).any():
        yield _goal(GoalKind.MUST, "unmet", 0, float(problem.lines["quantity"][must].sum()))


def _fairness(problem: Problem) -> Iterator[GoalSpec]:
    """One goal for each segment that asks; nothing to do between fewer than two customers."""
    proportional = least = 0
    for group in sharing(problem):
        kind, segment = GoalKind.FAIRNESS, group.segment
        if group.proportional:
            yield _goal(kind, "lag", proportional, float(group.reachable.sum()), party=segment)
            proportional += 1
        elif group.steps:
            first = _goal(kind, "unequal", least, 1.0, party=segment)
            yield first
            for k in range(1, group.steps):
                name = f"fairness step {k + 1}:{segment}"
                yield replace(first, name=name, row=least + k, reported=False)
            least += group.steps
        else:
            yield _goal(kind, "", 0, 1.0, party=segment)


def _base(problem: Problem, tier: int, family: Family) -> float:
    if family is not Family.RESERVES:
        mine = [q for q in promises(problem) if q.family is family and q.tier == tier]
        before = problem.segments["ordered_before"].tolist()
        targets = family is Family.TARGETS
        return sum(q.total + targets * before[q.segment] for q in mine)
    segments = problem.segments
    mine_too = (segments["tier"] == tier) & segments["reserve_need"].notna()
    return float(segments["reserve_base"][mine_too].sum())


def declare_goals(d: Declared, p: Problem) -> None:
    """Declare what no rule uses and only a goal does: what each tier ordered, and its options."""
    tiers = np.array(p.tiers)
    d.rows("TIERS", len(tiers), "tiers")
    lines = p.lines[p.counted]
    units = lines.groupby("tier")["quantity"].sum().reindex(tiers, fill_value=0.0)
    d.column("tier_quantity", "TIERS", units, "ordered by the tier [unit]")
    row = np.searchsorted(tiers, p.lines["tier"])[p.options["line"]]
    own = np.flatnonzero(p.counted[p.options["line"]])
    d.listing("options_of_tier", "TIERS", row[own], own, "its options")


def shortfall(m: Any, g: int) -> Any:
    """(G1) sum_p short_p: what the promises of a tier miss [base unit]."""
    return sum(m.short[p] for p in m.promises_of_goal[g])


def unfilled(m: Any, g: int) -> Any:
    """(G2) Q_g - sum_j gives_j x_j: units of a tier that are never delivered."""
    return m.tier_quantity[g] - sum(m.gives[j] * m.x[j] for j in m.options_of_tier[g])


def loss(m: Any, _: int) -> Any:
    """(G3) sum_j (cost_j - worth_j) x_j + costs of parcels, transfers, penalties: less value."""
    due = sum(m.penalty[p] * m.short[p] for p in m.PROMISES)
    due = due + sum(m.flat[c] * m.missed[c] for c in m.CONTRACTS)
    units = sum((m.cost[j] - m.worth[j]) * m.x[j] for j in m.OPTIONS)
    parcels = sum(m.parcel_cost[h] * m.used[h] for h in m.PARCELS)
    return units + parcels + sum(m.move_cost[k] * m.moved[k] for k in m.MOVES) + due


def lag(m: Any, s: int) -> Any:
    """(G6) sum_c behind_c: units by which customers lag behind their segment's share."""
    return sum(m.behind[n] for n in m.lagging[s])


def unequal(m: Any, g: int) -> Any:
    """(G7) k - k least_k + sum_c below_kc: what the k smallest shares miss of k full ones."""
    missed = m.customers_least[g] - m.customers_least[g] * m.least_share[g]
    return missed + sum(m.below[n] for n in m.belows[g])


def missed_contracts(m: Any, g: int) -> Any:
    """(G8) sum_c missed_c: contracts of a tier that are missed."""
    return sum(m.missed[c] for c in m.contracts_of_goal[g])


def distance(m: Any, g: int) -> Any:
    """(G9) 1 - level_g: how far the contract furthest from its target stays behind."""
    return 1 - m.level[g]


EXPRESSIONS = {
    "shortfall": ("TIER_PROMISES", shortfall),
    "unfilled": ("TIERS", unfilled),
    "loss": ("ALL", loss),
    "broken": ("ALL", broken),
    "changes": ("ALL", changes),
    "lag": ("PROPORTIONAL", lag),
    "unequal": ("LEAST", unequal),
    "missed_contracts": ("TIER_PROMISES", missed_contracts),
    "distance": ("EVEN", distance),
    "delay": ("ALL", delay),
    "unpreferred": ("ALL", unpreferred),
    "delayed": ("ALL", delayed),
    "unmet": ("ALL", unmet),
}
"""Range and function of each expression; none but ``loss`` can be below 0."""
