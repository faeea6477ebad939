"""plan(): the whole road on one screen."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from models.allocation import declare
from models.errors import RuleViolationError, UsageError
from models.judge import assert_obeys, judge
from models.problem import Problem
from models.scenario import Scenario
from models.settings import Policy, policy_named
from models.solution import Goal, Solution, Status
from optimizer.answering.plan_tests import Tested, tested
from optimizer.answering.solution import solution_of
from optimizer.common.clock import Clock
from optimizer.common.words import lagging
from optimizer.compiling.matrix import compile_matrix
from optimizer.planning.change_budget import cost_of_budget
from optimizer.planning.conflicts import Conflict, conflict_of
from optimizer.policies import allocate, allocate_all, exceptions
from optimizer.preparing import prepare
from optimizer.preparing.reducing import close_impossible
from optimizer.solving.attainable import told_attainable
from optimizer.solving.lexicographic import Progress, Report
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.optimise import Outcome, optimise, reached

if TYPE_CHECKING:
    import altair as alt

    from optimizer.explaining import Explanation

log = logging.getLogger(__name__)

CONFLICT_SECONDS = 20.0
"""Longest search for rules that exclude each other, out of the time that is left [s]."""
NOTHING = 1e-6
"""Less is no miss [base unit]."""
SOLVE_SHARE = 0.9
"""Share of the run's time for solving; judging and writing need the rest."""


@dataclass(frozen=True, eq=False)
class Plan:
    """A checked plan and the scenario it answers.

    Parameters
    ----------
    scenario
        What was planned.
    solution
        What was decided; obeys every rule.
    policies
        What each policy would have reached: columns ``policy``, ``goal``, ``value``.
    notes
        What a planner should know of the run.
    conflict
        Rules that exclude each other, where a commitment is broken or a floor missed for that.
    seconds
        Time it took [s].
    cancelled
        Whether it was cut short from outside.
    """

    scenario: Scenario
    solution: Solution
    policies: pd.DataFrame
    notes: tuple[str, ...]
    conflict: Conflict | None
    seconds: float
    cancelled: bool

    @property
    def status(self) -> Status:
        """Proof level of the weakest goal."""
        return self.solution.status

    @property
    def goals(self) -> pd.DataFrame:
        """Goals in order of importance: ``name``, ``value``, ``bound``, ``gap``, ``status``."""
        rows = [(g.name, g.value, g.bound, g.gap, g.status.value) for g in self.solution.goals]
        frame = pd.DataFrame(rows, columns=["name", "value", "bound", "gap", "status"])
        return frame.astype({"value": "float64", "bound": "float64", "gap": "float64"})

    @property
    def shipments(self) -> pd.DataFrame:
        """The priority list, by rank."""
        return self.solution.shipments

    @property
    def lines(self) -> pd.DataFrame:
        """What each order line gets, and why not more."""
        return self.solution.lines

    @property
    def service(self) -> pd.DataFrame:
        """Promised and reached service by segment and measure."""
        return self.solution.service

    @property
    def expectations(self) -> list[Tested]:
        """What the scenario expects of the plan, and whether it is kept."""
        return tested(self.scenario, self.solution)

    @property
    def totals(self) -> dict[str, float]:
        """Units, value, cost and CO2 of the whole plan."""
        return dict(self.solution.totals)

    def write(
        self, folder: str | Path | None = None, file_format: Literal["csv", "parquet"] = "csv"
    ) -> Path:
        """Write the run folder; see :func:`optimizer.runs.run_writer.write_run`."""
        from optimizer.runs.run_writer import write_run

        return write_run(self, Path(folder) if folder else None, file_format)

    def to_frame(self) -> pd.DataFrame:
        """Tell what each order line gets, and why not more."""
        return self.lines

    def plot(self, picture: str = "promises") -> alt.TopLevelMixin:
        """Draw a picture of the report.

        Parameters
        ----------
        picture
            One of :attr:`pictures`.

        Raises
        ------
        UsageError
            When there is no such picture, or nothing to draw for it.
        """
        drawn = self.pictures
        if picture not in drawn:
            msg = f"this plan has no picture {picture!r}; it has {', '.join(drawn)}"
            raise UsageError(msg)
        return drawn[picture]

    @property
    def pictures(self) -> dict[str, alt.TopLevelMixin]:
        """Pictures of the report by name: those that there is something to draw for."""
        from optimizer.reporting.charts import pictures

        return pictures(self.scenario, self.solution, self.policies)

    def explain(self, order: str, line: str) -> Explanation:
        """Say why a line gets what it gets; for several lines, an ``Explainer`` is faster.

        Parameters
        ----------
        order, line
            Which.

        Raises
        ------
        UsageError
            When there is no such line.
        """
        from optimizer.explaining import Explainer

        with Explainer(self.scenario, self.solution) as explainer:
            return explainer.explain(order, line)

    def _repr_html_(self) -> str:
        promised = self.service[self.service["target"].notna() | self.service["floor"].notna()]
        head = self.__repr__().splitlines()[0]
        shares = ["target", "floor", "achieved", "best_reachable"]
        told = promised.to_html(
            index=False, na_rep="", formatters=dict.fromkeys(shares, "{:.1%}".format)
        )
        return f"<p>{escape(head)}</p>{told}{self.goals.to_html(index=False, na_rep='')}"

    def __repr__(self) -> str:
        """Say what came out, in a few lines."""
        totals = self.solution.totals
        head = (
            f"Plan {self.solution.scenario!r} by {self.solution.policy}: {self.status.value}, "
            f"{totals['delivered_units']:,.0f} of {totals['ordered_units']:,.0f} units delivered, "
            f"{totals['on_time_units']:,.0f} on time, in {len(self.shipments):,} shipments"
        )
        return f"{head}\n{self.goals.to_string(index=False)}"


def plan(
    scenario: Scenario,
    policy: str | None = None,
    *,
    progress: Report | None = None,
    cancel: threading.Event | None = None,
) -> Plan:
    """Decide which order lines are filled, from where, when and by which service.

    Parameters
    ----------
    scenario
        From :func:`optimizer.read_scenario`.
    policy
        Instead of the scenario's.
    progress
        Called with a :class:`optimizer.solving.lexicographic.Progress` at every step.
    cancel
        Set it to end with the best answer so far.

    Returns
    -------
    Plan
        Accepted by the judge.

    Raises
    ------
    UsageError
        For a policy that does not exist.
    RuleViolationError
        When the judge rejects the plan: a defect of ours.
    """
    clock = Clock(scenario.settings.solver.seconds)
    cancel = cancel or threading.Event()
    scenario = _with_policy(scenario, policy)
    chosen = scenario.settings.policy
    problem = close_impossible(prepare(scenario))
    declared = declare(problem)
    held = LockedModel(problem, declared, compile_matrix(declared))
    starts = allocate_all(problem)
    if chosen not in (Policy.OPTIMAL, *starts):
        starts[chosen] = allocate(problem, chosen)
    values = {rule: reached(held, x) for rule, x in starts.items()}
    if chosen is Policy.OPTIMAL:
        solving = Clock(clock.left * SOLVE_SHARE)
        outcome = optimise(held, starts, solving, cancel, progress or _silent)
    else:
        outcome = _by_rule(problem, starts[chosen], values[chosen], Status.FEASIBLE)
    solution = _solution(scenario, problem, outcome)
    rejected = judge(scenario, solution)
    if rejected and chosen is not Policy.OPTIMAL:
        raise RuleViolationError(rejected)
    if rejected:
        log.error("the judge rejects the optimiser's answer: %s", "; ".join(rejected))
        rule = Policy.SEGMENT_PRIORITY
        outcome = _by_rule(problem, starts[rule], values[rule], Status.FALLBACK)
        solution = _solution(scenario, problem, outcome)
        assert_obeys(scenario, solution)
    optimal = chosen is Policy.OPTIMAL
    conflict = _conflict(scenario, outcome, clock, cancel) if optimal else None
    return Plan(
        scenario=scenario,
        solution=solution,
        policies=_compared(values | {chosen: outcome.goals}),
        notes=(
            *told_attainable(held, outcome.attainable),
            *_notes(outcome, clock, scenario, cancel, rejected=bool(rejected)),
            *exceptions(scenario.settings, solution),
            *lagging(scenario.settings, solution.goals),
            *([conflict.words] if conflict else []),
            *(_budget(scenario, outcome, clock, cancel) if optimal else []),
        ),
        conflict=conflict,
        seconds=time.monotonic() - clock.began,
        cancelled=cancel.is_set(),
    )


def plan_of(
    scenario: Scenario, answer: Callable[[Problem, LockedModel], Outcome], *notes: str
) -> Plan:
    """Make a plan of an answer that was found otherwise.

    Parameters
    ----------
    scenario
        What was asked.
    answer
        Given the problem and the model with nothing held, what is shipped and moved.
    notes
        What a planner should know of it.

    Returns
    -------
    Plan
        Accepted by the judge.

    Raises
    ------
    RuleViolationError
        When the judge rejects it.
    """
    clock = Clock(scenario.settings.solver.seconds)
    problem = close_impossible(prepare(scenario))
    declared = declare(problem)
    outcome = answer(problem, LockedModel(problem, declared, compile_matrix(declared)))
    solution = _solution(scenario, problem, outcome)
    assert_obeys(scenario, solution)
    return Plan(
        scenario=scenario,
        solution=solution,
        policies=_compared({scenario.settings.policy: outcome.goals}),
        notes=(*notes, *exceptions(scenario.settings, solution)),
        conflict=None,
        seconds=time.monotonic() - clock.began,
        cancelled=False,
    )


def _solution(scenario: Scenario, problem: Problem, outcome: Outcome) -> Solution:
    return solution_of(
        scenario,
        problem,
        outcome.x,
        outcome.moved,
        policy=scenario.settings.policy.value,
        status=outcome.status,
        goals=outcome.goals,
        best_reachable=outcome.reachable,
        attainable=outcome.attainable,
        prices=outcome.prices,
    )


def _conflict(
    scenario: Scenario, outcome: Outcome, clock: Clock, cancel: threading.Event
) -> Conflict | None:
    """Say which rules exclude each other, where what must be kept is not."""
    firm = ("commitments", "floor")
    missed = [g for g in outcome.goals if g.name.split(":")[0] in firm and g.value > NOTHING]
    if not missed or outcome.status is Status.FALLBACK:
        return None
    return conflict_of(scenario, Clock(min(CONFLICT_SECONDS, clock.left)), cancel)


def _budget(
    scenario: Scenario, outcome: Outcome, clock: Clock, cancel: threading.Event
) -> list[str]:
    """Say what the change budget costs, if there is one and time."""
    said = cost_of_budget(scenario, outcome.goals, Clock(clock.left * SOLVE_SHARE), cancel)
    return [said] if said else []


def _by_rule(problem: Problem, x: np.ndarray, goals: tuple[Goal, ...], status: Status) -> Outcome:
    """Take the plan of a rule, which moves nothing between sites."""
    return Outcome(x, np.zeros(len(problem.moves)), goals, status, {}, cut=False)


def _silent(_: Progress) -> None:
    """Nobody asked to be told."""


def _with_policy(scenario: Scenario, policy: str | None) -> Scenario:
    if policy is None:
        return scenario
    settings = scenario.settings.model_copy(update={"policy": policy_named(policy)})
    return replace(scenario, settings=settings)


def _compared(values: dict[Policy, tuple[Goal, ...]]) -> pd.DataFrame:
    rows = [(p.value, g.name, g.value) for p in Policy for g in values.get(p, ())]
    return pd.DataFrame(rows, columns=["policy", "goal", "value"]).astype(
        {"policy": "str", "goal": "str", "value": "float64"}
    )


def _notes(
    outcome: Outcome, clock: Clock, scenario: Scenario, cancel: threading.Event, *, rejected: bool
) -> list[str]:
    """Say how far to trust the plan, where that is not all the way."""
    notes, cancelled = [], cancel.is_set()
    if cancelled:
        notes.append("The run was cancelled; this is the best answer found until then.")
    if rejected:
        notes.append(
            "The optimiser's answer broke a rule and was thrown away: this is the plan of "
            "segment_priority. Please report it; the log says which rule."
        )
    elif outcome.status is Status.FALLBACK:
        until = "until then" if cancelled else f"within {clock.seconds:g} s"
        notes.append(
            f"No answer of the optimiser {until}: this is the plan of segment_priority."
            + ("" if cancelled else " Raise solver.seconds.")
        )
    elif outcome.cut and not cancelled:
        notes.append(
            "A time limit cut a goal short: another run may find another plan. "
            "Raise solver.seconds to rule that out."
        )
    unproved = [g for g in outcome.goals if g.gap and g.status is not Status.OPTIMAL]
    given = [g for g in unproved if _given_up(g, scenario.settings.give_up.value)]
    if given:
        notes.append("Value is below its bound by no more than give_up lets later goals take.")
    if names := [g.name for g in unproved if g not in given]:
        notes.append(f"Not proved to within the relative gap: {', '.join(names)}.")
    return notes


def _given_up(goal: Goal, share: float) -> bool:
    """Whether value may have been spent on the goals after it, as far as they may."""
    missing = (goal.bound or goal.value) - goal.value
    return goal.name == "value" and missing <= share * abs(goal.value + missing)
