"""The policy ``optimal``: goals one after another, then what was reachable, then a tidy plan."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping

import numpy as np

from models.allocation import GoalSpec, search_steps
from models.goals import GoalKind
from models.settings import Policy
from models.solution import Status
from models.tolerances import DECIMALS, FEASIBILITY
from optimizer.common.clock import Clock
from optimizer.outcome import Outcome, outcome_without_transfers
from optimizer.policies import keep_commitments, top_up
from optimizer.policies.problem_variants import with_transfers
from optimizer.policies.tidying import tidy
from optimizer.preparing.dominance import dominating_options, ship_by_dominating
from optimizer.solving.attainable import missed_targets, unattainable_notes
from optimizer.solving.evaluation import evaluate_goals
from optimizer.solving.goal_search import Search, Session
from optimizer.solving.highs import SolverProcess
from optimizer.solving.lexicographic import Report, solve_goals
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.lp import KeptLP
from optimizer.solving.shadow_prices import shadow_prices

log = logging.getLogger(__name__)

GOALS_SHARE = 0.9
"""Share of the time that the goals may take; the rest is for what was reachable."""

TEST_SHARE = 0.1
"""Share of the time that the test of the targets may take."""
LEAN_FROM = 20_000
"""Options of a book whose dominated ones are left to tidying."""


def optimise(
    held: LockedModel,
    starts: Mapping[Policy, np.ndarray],
    clock: Clock,
    cancel: threading.Event,
    report: Report,
) -> Outcome:
    """Find and prove the best plan within the time.

    Parameters
    ----------
    held
        The model with nothing held.
    starts
        Plans of the policies, as shipped units by option.
    clock
        Time of everything here.
    cancel
        When set, the best answer so far is taken.
    report
        Told of every step.
    """
    full, held, starts = held, *_lean(held, starts)
    vectors = [held.vector_of(x) for x in starts.values()]
    vectors += _as_before(held)
    specs = search_steps(held.problem)
    gap = held.problem.settings.solver.relative_gap
    with (
        SolverProcess(cancel) as for_lp,
        SolverProcess(cancel) as for_mip,
        SolverProcess(cancel) as prover,
    ):
        session = Session(KeptLP(for_lp), for_mip, prover)
        targets = any(spec.kind is GoalKind.TARGET for spec in specs)
        time = Clock(clock.left * (GOALS_SHARE if targets else 1.0))
        testing = Clock(clock.left * TEST_SHARE)
        fluid = missed_targets(held, specs, vectors[0], session.kept, testing)
        for words in unattainable_notes(held, fluid):
            log.info(words)
        climbed = held.copy()
        found = solve_goals(climbed, specs, vectors, session, time, gap, report)
        if not found.answered:
            x = starts[Policy.SEGMENT_PRIORITY]
            goals = evaluate_goals(held, x)
            return outcome_without_transfers(full.problem, x, goals, Status.FALLBACK, cut=True)
        vector = _completed(held, specs, found.vector) if found.cut else found.vector
        vector = _fewest_moves(climbed, vector, session, clock)
        reachable, cut = _reachable(held.copy(), specs, [vector, *vectors], session, clock)
    moved = held.moved(vector)
    x = _tidied(full, climbed, vector, clock.left)
    goals = evaluate_goals(held, x, found.bounds, moved)
    proved = all(goal.status is Status.OPTIMAL for goal in goals)
    status = Status.OPTIMAL if proved else Status.FEASIBLE
    value = next((goal.value for goal in goals if goal.name == GoalKind.VALUE), 0.0)
    prices = shadow_prices(held, found.relaxed.get("value"), value)
    return Outcome(
        full.problem, x, moved, goals, status, reachable, found.cut or cut, fluid, prices
    )


def _as_before(held: LockedModel) -> list[np.ndarray]:
    """Begin with yesterday's plan, too, where it can still be carried out."""
    if held.problem.committed.empty:
        return []
    before = held.vector_of(keep_commitments(held.problem))
    return [before] if held.accepts(before) else []


def _completed(held: LockedModel, specs: list[GoalSpec], vector: np.ndarray) -> np.ndarray:
    """Leave nothing on the shelf that a goal not solved to its end would have shipped."""
    moved = held.moved(vector)
    stocked = with_transfers(held.problem, moved)
    better = held.vector_of(top_up(stocked, held.shipped(vector)), moved)
    if not held.accepts(better):
        return vector
    changes = [float(held.cost(spec)[0] @ (better - vector)) for spec in specs if spec.expression]
    first = next((change for change in changes if abs(change) > FEASIBILITY), 0.0)
    return better if first <= 0 else vector


def _fewest_moves(
    held: LockedModel, vector: np.ndarray, session: Session, clock: Clock
) -> np.ndarray:
    """Move nothing between sites that the shipments do not need."""
    moved = held.matrix.columns["moved"]
    if not vector[moved].any():
        return vector
    cost, free = np.zeros(len(vector)), np.zeros(len(vector), dtype=bool)
    cost[moved] = 1.0
    for variable in ("moved", "carried"):
        free[held.matrix.columns[variable]] = True
    search = Search(GoalSpec("moves", "", 0, 1.0), held, cost, 0.0, vector, 0.0)
    search.mip(session.aside, free, clock, cost=cost)
    return search.best


def _lean(
    held: LockedModel, starts: Mapping[Policy, np.ndarray]
) -> tuple[LockedModel, Mapping[Policy, np.ndarray]]:
    """Leave the dominated options of a large book to tidying."""
    if len(held.problem.options) < LEAN_FROM:
        return held, starts
    stand_in = dominating_options(held.problem)
    lean = held.without_options(stand_in != np.arange(len(stand_in)))
    return lean, {policy: ship_by_dominating(x, stand_in) for policy, x in starts.items()}


def _tidied(full: LockedModel, held: LockedModel, vector: np.ndarray, seconds: float) -> np.ndarray:
    """Tidy the plan by all options, if rules and goals stand as they did."""
    x, moved = held.shipped(vector), held.moved(vector)
    better = tidy(with_transfers(full.problem, moved), x, seconds)
    held.matrix = full.matrix
    return better if held.accepts(held.vector_of(better, moved)) else x


def _reachable(
    held: LockedModel,
    specs: list[GoalSpec],
    vectors: list[np.ndarray],
    session: Session,
    clock: Clock,
) -> tuple[dict[str, float], bool]:
    """Level of each missed target if its segment came right after commitments and floors.

    And whether a limit cut any search short.
    """
    for spec in specs:
        if spec.kind is GoalKind.FLOOR:
            held.lock(spec, vectors[0])
    kept = [vectors[0], *(vector for vector in vectors[1:] if held.accepts(vector))]
    problem = held.problem
    short = held.matrix.columns["short"].start
    missed = [
        (promise, spec)
        for spec in specs
        if spec.kind is GoalKind.TARGET
        for promise in spec.promises
        if vectors[0][short + promise] > FEASIBILITY
    ]
    segments, cut = problem.segments, False
    short_of: dict[str, float] = {}
    for nth, (promise, spec) in enumerate(missed):
        cost = np.zeros(len(held.lower))
        cost[short + promise] = 1.0
        alone = GoalSpec(f"reach:{promise}", "shortfall", spec.row, spec.base, (promise,))
        best = min(kept, key=lambda vector: float(cost @ vector))
        search = Search(alone, held, cost, 0.0, best, 0.0)
        gap = problem.settings.solver.relative_gap
        search.run(session, gap, clock.left / (len(missed) - nth))
        cut |= search.cut
        name = str(segments["segment"][held.promises[promise].segment])
        short_of[name] = short_of.get(name, 0.0) + float(search.value)
    base = (segments["total"] + segments["ordered_before"]).groupby(segments["segment"]).sum()
    target = segments.groupby("segment")["target"].first()
    levels = {
        name: round(float(target[name] - s / base[name]), DECIMALS) for name, s in short_of.items()
    }
    return levels, cut
