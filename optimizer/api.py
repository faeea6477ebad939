"""What the package offers in Python: a plan that can be written, drawn and explained.

What draws and what asks the store is imported where it is called: each costs half a second, and who
explains a line or plans aside needs neither.
"""

from __future__ import annotations

import threading
from dataclasses import fields, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd

from models.errors import UsageError
from models.scenario import Scenario
from models.solution import REACHABLE_LEVELS, Solution
from optimizer.explaining import Explanation, LineExplainer
from optimizer.planning.change_notes import change_notes
from optimizer.planning.judged_plan import JudgedPlan
from optimizer.planning.planner import plan_scenario
from optimizer.reading.stay_near import stay_near
from optimizer.reporting.comparison import Comparison, comparison_of
from optimizer.runs.run_reader import read_run
from optimizer.solving.lexicographic import Report

if TYPE_CHECKING:
    import altair as alt


class Plan(JudgedPlan):
    """A judged plan that writes, draws and explains itself.

    The data are those of :class:`optimizer.planning.judged_plan.JudgedPlan`.
    """

    def write(
        self, folder: str | Path | None = None, file_format: Literal["csv", "parquet"] = "csv"
    ) -> Path:
        """Write the run folder; see :func:`optimizer.runs.run_writer.write_run`.

        The folder of an approved run is refused.
        """
        from optimizer.runs.run_writer import write_run
        from optimizer.store import guard_here

        return write_run(self, Path(folder) if folder else None, file_format, guard=guard_here)

    def with_changes(self) -> Plan:
        """Note how much changes against yesterday's plan."""
        return replace(self, notes=(*self.notes, *change_notes(self.scenario, self.solution)))

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
        from optimizer.reporting import charts

        return charts.pictures(self.scenario, self.solution, self.policies)

    def explain(self, order: str, line: str, *, verify: bool = False) -> Explanation:
        """Say why a line gets what it gets; for several lines, an ``Explainer`` is faster.

        Parameters
        ----------
        order, line
            Which.
        verify
            Whether to plan again with a unit less of each scarce thing, to see what that changes.

        Raises
        ------
        UsageError
            When there is no such line.
        """
        with LineExplainer(self.scenario, self.solution) as explainer:
            return explainer.explain(order, line, verify=verify)

    def _repr_html_(self) -> str:
        promised = self.service[self.service["target"].notna() | self.service["floor"].notna()]
        head = self.__repr__().splitlines()[0]
        shares = ["target", "floor", "achieved", *REACHABLE_LEVELS]
        service = promised.to_html(
            index=False, na_rep="", formatters=dict.fromkeys(shares, "{:.1%}".format)
        )
        return f"<p>{escape(head)}</p>{service}{self.goals.to_html(index=False, na_rep='')}"

    def __repr__(self) -> str:
        """Say what came out, in a few lines."""
        totals = self.solution.totals
        later = int(totals.get("not_due_lines", 0))
        waiting = f"; {later:,} lines not due yet" if later else ""
        head = (
            f"Plan {self.solution.scenario!r} by {self.solution.policy}: {self.status.value}, "
            f"{totals['delivered_units']:,.0f} of {totals['ordered_units']:,.0f} units delivered, "
            f"{totals['on_time_units']:,.0f} on time, in {len(self.shipments):,} shipments{waiting}"
        )
        return f"{head}\n{self.goals.to_string(index=False)}"


class Explainer(LineExplainer):
    """Explains lines of a plan, or of a run folder; see :class:`LineExplainer`."""

    @classmethod
    def of_run(cls, folder: str | Path) -> Explainer:
        """Open a run folder.

        Raises
        ------
        UsageError
            When it is none.
        """
        return cls(*read_run(folder))


Run = str | Path | JudgedPlan | tuple[Scenario, Solution]
"""A run folder, a plan, or a scenario with its solution."""


def plan(
    scenario: Scenario,
    policy: str | None = None,
    *,
    after: Run | None = None,
    progress: Report | None = None,
    cancel: threading.Event | None = None,
    diagnose: bool = True,
) -> Plan:
    """Decide which order lines are filled, from where, when and by which service.

    Parameters
    ----------
    scenario
        From :func:`optimizer.read_scenario`.
    policy
        Instead of the scenario's.
    after
        Yesterday's plan: what need not change against it does not; see
        :func:`optimizer.reading.stay_near.stay_near`.
    progress
        Called with a :class:`optimizer.solving.lexicographic.Progress` at every step.
    cancel
        Set it to end with the best answer so far.
    diagnose
        Whether to look for rules that exclude each other and for what a change budget costs,
        which takes further plans.

    Returns
    -------
    Plan
        Accepted by the judge.

    Raises
    ------
    UsageError
        For a policy that does not exist; when ``after`` is a folder but no run folder.
    ScenarioError
        When what ``after`` ships cannot be promised today.
    RuleViolationError
        When the judge rejects the plan: a defect of ours.
    """
    if after is not None:
        scenario = stay_near(scenario, _content(after)[1])
    judged = plan_scenario(scenario, policy, progress=progress, cancel=cancel, diagnosing=diagnose)
    made = Plan(**{each.name: getattr(judged, each.name) for each in fields(judged)})
    return made if after is None else made.with_changes()


def compare(*runs: Run, names: list[str] | None = None) -> Comparison:
    """Compare runs.

    Parameters
    ----------
    runs
        Run folders, plans, or scenarios with their solutions; others are held against the first.
    names
        What to call them; by default the folder's name, or scenario and policy.

    Raises
    ------
    UsageError
        When a folder is no run folder.
    """
    contents = [_content(run) for run in runs]
    given = names or [_name(run, own[1]) for run, own in zip(runs, contents, strict=True)]
    return comparison_of(dict(zip(_distinct(given), contents, strict=True)))


def _content(run: Run) -> tuple[Scenario, Solution]:
    if isinstance(run, str | Path):
        return read_run(run)
    return run if isinstance(run, tuple) else (run.scenario, run.solution)


def _name(run: Run, solution: Solution) -> str:
    by_plan = f"{solution.scenario} {solution.policy}"
    return Path(run).name if isinstance(run, str | Path) else by_plan


def _distinct(names: list[str]) -> list[str]:
    """Tell apart names that occur twice, by a number."""
    count: dict[str, int] = {}
    distinct = []
    for name in names:
        count[name] = count.get(name, 0) + 1
        distinct.append(name if count[name] == 1 else f"{name} ({count[name]})")
    return distinct
