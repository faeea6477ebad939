"""From what leaves the solver to the steps in which amounts ship and move, never rounded blindly.

Amounts in fine steps are continuous in LPs and MIPs. So the answer of a search is moved to the
steps before anything is held or told of it: to the nearest ones if that obeys every rule exactly;
else a MIP decides what is off the steps, or all that ships, among the steps near by; and where
that is not proved to be the best, one over all that reduced costs leave. The last resort is the
greedy rules, which know steps, or the answer from before, which was on them.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from models.tolerances import ROUNDING, SOLVER
from optimizer.common.clock import Clock
from optimizer.common.steps import nearest_steps, steps_within
from optimizer.policies.problem_variants import with_transfers
from optimizer.solving.highs import SolverProcess
from optimizer.solving.locked_model import LockedModel, total
from optimizer.solving.lp import LPSolution
from optimizer.solving.neighbourhoods import with_decisions
from optimizer.solving.rounding import locked_levels, round_units
from optimizer.solving.search import Search
from optimizer.solving.session import Session
from optimizer.solving.stepped_mip import SteppedMip, solve_stepped
from optimizer.solving.steps import search_goal

NOISE = 0.02
"""An amount that is no further from a step is on it but for the solver's noise [step]."""
ANY = -1.0
"""Every amount that ships or moves is taken for off the steps."""
AROUND = 2
"""Steps that an amount off the steps may go down and up from the one below it."""


def search_on_steps(search: Search, session: Session, clock: Clock) -> None:
    """Search a goal, and leave its best answer on the steps.

    Parameters
    ----------
    search
        For one goal; begins with an answer on the steps.
    session
        Where LPs and MIPs run, and by which strategy.
    clock
        Time of the goal.
    """
    before = search.best
    search_goal(search, session, clock)
    move_to_steps(search, before, session, clock)


def move_to_steps(search: Search, before: np.ndarray, session: Session, clock: Clock) -> None:
    """Move the best answer of a search to the steps, as good as they allow.

    Parameters
    ----------
    search
        With any answer.
    before
        An answer on the steps that keeps the goals held so far, shape (columns,).
    session
        Where the MIPs run.
    clock
        Time of the goal.
    """
    steps, strategy = fine_steps(search.model), session.strategy
    if not _is_off(search.best, steps, ROUNDING).any():
        return
    found = Search(search.goal, search.model, search.cost, search.constant, before, search.bound)
    _offer(found, search.best, steps)
    for noise in (NOISE,) if strategy.large else (NOISE, ANY):
        if found.gap > strategy.close_gap(search.goal):
            open_ = _is_off(search.best, steps, noise * steps) & (search.best > 0)
            _repair(found, search.best, open_, session.for_mips, clock)
    if found.best is before:
        _round_greedily(found, search.best, steps)
    if found.gap > strategy.relative_gap and not (strategy.large or search.goal.settles):
        _prove(found, search.lp, steps, session, clock)
    search.best, search.bound = found.best, found.bound
    search.report(search)


def fine_steps(model: LockedModel) -> np.ndarray:
    """Step of each column that is continuous in a MIP though its amount has steps; else 0."""
    steps = np.zeros(len(model.matrix.upper))
    steps[model.matrix.columns["x"]] = model.problem.options["step"]
    steps[model.matrix.columns["moved"]] = model.problem.moves["step"]
    return np.where(model.matrix.whole, 0.0, steps)


def _is_off(vector: np.ndarray, steps: np.ndarray, noise: float | np.ndarray) -> np.ndarray:
    """Whether each column is off its steps by more than the noise, bool array (columns,)."""
    off: np.ndarray = np.abs(vector - nearest_steps(vector, steps)) > noise
    return off


def _offer(found: Search, vector: np.ndarray, steps: np.ndarray) -> None:
    """Take an answer's amounts at the nearest steps, if they obey every rule exactly."""
    model = found.model
    near = nearest_steps(vector, steps)
    better = model.vector_of(model.shipped(near), model.moved(near))
    kept = model.obeys(better, ROUNDING) and model.accepts(better)
    if kept and total(found.cost, better) + found.constant < found.value - ROUNDING:
        found.best = better


def _round_greedily(found: Search, vector: np.ndarray, steps: np.ndarray) -> None:
    """Take the answer that greedy rules make of one off the steps, if it keeps what is held."""
    model = found.model
    moved = model.moved(steps_within(vector, steps))
    problem = with_transfers(model.problem, moved)
    x = round_units(problem, model.shipped(vector), locked_levels(model))
    _offer(found, model.vector_of(x, moved), steps)


def _repair(
    found: Search, vector: np.ndarray, open_: np.ndarray, process: SolverProcess, clock: Clock
) -> None:
    """Decide some amounts anew, each among the steps near by, and all that follows from them."""
    model, steps = found.model, fine_steps(found.model)
    near = nearest_steps(vector, steps)
    free = open_ | with_decisions(model.matrix, open_) | (~model.matrix.whole & (steps == 0))
    unit = np.where(steps > 0, steps, 1.0)
    mip = SteppedMip(
        free=free,
        fixed_at=model.vector_of(model.shipped(near), model.moved(near)),
        steps=steps,
        base=np.floor(vector / unit),
        reach=AROUND,
    )
    solve_stepped(found, mip, partial(_offer, found, steps=steps), process, clock)


def _prove(
    found: Search, lp: LPSolution | None, steps: np.ndarray, session: Session, clock: Clock
) -> None:
    """Search all columns that reduced costs do not fix, in steps."""
    unit = np.where(steps > 0, steps, 1.0)
    free = np.ones(len(steps), dtype=bool)
    if lp is not None:
        distance = found.value - (lp.bound + found.constant) + found.noise
        worse = (found.model.matrix.whole | (steps > 0)) & (lp.reduced * unit > distance)
        free = ~(worse & (lp.values <= SOLVER) & (found.best <= SOLVER))
    mip = SteppedMip(
        free=free,
        fixed_at=found.best,
        steps=steps,
        base=np.rint(found.best / unit),
        gap=session.strategy.proof_gap,
        nodes=session.strategy.mips.nodes,
        start=found.best,
    )
    take = partial(_offer, found, steps=steps)
    found.raise_bound(solve_stepped(found, mip, take, session.for_mips, clock))
