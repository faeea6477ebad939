"""Explain a line of a plan: the whole way on one screen."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from types import TracebackType
from typing import Any, Self

import pandas as pd

from models.errors import UsageError
from models.problem import Problem
from models.reasons import Reason
from models.scenario import Scenario
from models.shortages import main_units
from models.solution import NOT_DUE, Solution
from models.tolerances import UNIT
from optimizer.common.words import few
from optimizer.explaining.competitors import competitors
from optimizer.explaining.explanation import Explanation, LineDates, costs_nobody
from optimizer.explaining.fills import fills, fits_alone
from optimizer.explaining.input_changes import Fill
from optimizer.explaining.least_raises import ResidualModels, residual_models
from optimizer.explaining.line_question import LineQuestion
from optimizer.explaining.moved_promises import moved_promises
from optimizer.explaining.payers import find_payers
from optimizer.explaining.relaxations import HOLD_BACK, without_hold
from optimizer.explaining.residual_model import line_row
from optimizer.explaining.scarcity import binding_limits
from optimizer.explaining.unit_ledger import unit_ledger
from optimizer.explaining.verified_prices import Limit, with_verified
from optimizer.explaining.virtual_orders import with_virtual_orders
from optimizer.planning.unit_less import UnitLess, unit_less
from optimizer.reading.faults import closest
from optimizer.scenario.frozen_commitments import frozen_shipments
from optimizer.solving.highs import NoAnswerError, SolverProcess
from optimizer.solving.priced_limits import LIMIT


class LineExplainer:
    """Explains lines of one plan; keeps the solver's process for all questions.

    Parameters
    ----------
    scenario, solution
        As :func:`optimizer.read_run` gives them.
    """

    def __init__(self, scenario: Scenario, solution: Solution) -> None:
        self.given, self.solution = scenario, solution
        self.scenario, self.shipments, self.lines = with_virtual_orders(scenario, solution)
        self.cancel = threading.Event()
        self.process = SolverProcess(self.cancel)
        self.planned_again: dict[tuple[Any, ...], UnitLess | None] = {}

    def __enter__(self) -> Self:
        """Start the solver's process: the first question need not wait for it."""
        self.process.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        self.process.stop()

    @cached_property
    def names(self) -> pd.MultiIndex:
        """Order and line of each line of the plan."""
        return pd.MultiIndex.from_frame(self.solution.lines[["order", "line"]])

    def lines_of(self, name: str) -> list[tuple[str, str]]:
        """Find the lines that ``ORDER`` or ``ORDER/LINE`` names.

        Raises
        ------
        UsageError
            When there is no such order or line.
        """
        lines = self.solution.lines
        order, _, line = name.rpartition("/")
        mine = lines[lines["order"] == name]
        if mine.empty:
            mine = lines[(lines["order"] == order) & (lines["line"] == line)]
        if mine.empty:
            near = closest(order or name, lines["order"].unique())
            known = few(lines.loc[lines["order"] == near, "line"].tolist())
            hint = f"; did you mean {near}, with lines {known}?" if near else ""
            msg = f"the run has no order or line {name}{hint}"
            raise UsageError(msg)
        return list(mine[["order", "line"]].itertuples(index=False, name=None))

    def explain(self, order: str, line: str, *, verify: bool = False) -> Explanation:
        """Explain one line.

        Parameters
        ----------
        order, line
            Which.
        verify
            Whether to plan again with a unit less of each scarce thing, which takes as long as the
            run each time.

        Raises
        ------
        UsageError
            When there is no such line.
        """
        if (order, line) not in self.names:
            msg = f"the run has no line {line} of an order {order}"
            raise UsageError(msg)
        solution = self.solution
        row = self._row(order, line)
        shortages = solution.shortages
        mine = shortages[(shortages["order"] == order) & (shortages["line"] == line)]
        mine = main_units(mine)
        ledger = unit_ledger(self.scenario, self.shipments, self.lines, mine)
        segment = self.scenario.settings.segments[row["segment"]]
        settings = self.scenario.settings
        scarce = binding_limits(mine, solution.prices, settings, segment.min_confidence)
        if verify:
            scarce = with_verified(scarce, settings, self._plan_again)
        explanation = Explanation(
            row,
            ledger,
            scarce,
            known=None,
            fills=(),
            payment=None,
            priced=len(solution.prices) > 0,
            promises=moved_promises(self.scenario, self.shipments, order, line),
        )
        if row["status"] == "on_time":
            return replace(explanation, known=True)
        reasons = set(mine["reason"])
        held = Reason.HOLD in reasons
        asked = without_hold(order, line)(self.scenario) if held else self.scenario
        question = LineQuestion(asked, self.shipments, self.lines, order, line)
        residual = residual_models(question)
        dates = _dates(question, residual.as_it_is.problem)
        explanation = replace(explanation, dates=dates, held=held)
        if row["status"] == NOT_DUE:
            return explanation
        question = replace(question, ever=dates.out_of_reach and row["short"] > UNIT)
        try:
            explanation = self._with_fills(explanation, question, residual, reasons)
        except NoAnswerError:
            return explanation
        if not explanation.known or costs_nobody(explanation.fills):
            return explanation
        with suppress(NoAnswerError):
            rivals = competitors(residual.as_it_is.problem, question.shipments, order)
            payment = find_payers(question, solution.goals, rivals, self.process)
            return replace(explanation, payment=payment, payable=payment is not None)
        return explanation

    def _plan_again(self, limit: Limit) -> UnitLess | None:
        """Plan with a unit less of a limit, once for all lines."""
        key = tuple(str(limit[name]) for name in LIMIT)
        if key not in self.planned_again:
            found = unit_less(self.given, self.solution, limit, self.cancel)
            self.planned_again[key] = found
        return self.planned_again[key]

    def _with_fills(
        self,
        explanation: Explanation,
        question: LineQuestion,
        residual: ResidualModels,
        reasons: set[str],
    ) -> Explanation:
        """Add whether known supply could fill the line, and what would fill it."""
        frozen = frozen_shipments(self.scenario, question.shipments)
        known = fits_alone(question, residual, self.process, frozen)
        changes = fills(question, residual, self.process, reasons)
        if explanation.held:
            changes = [_released(fill, question) for fill in changes]
        return replace(explanation, known=known, fills=tuple(changes))

    def _row(self, order: str, line: str) -> pd.Series:
        """Row of a line in ``lines.csv``."""
        place = self.names.get_indexer(pd.MultiIndex.from_tuples([(order, line)]))
        return self.solution.lines.iloc[int(place[0])]


def _dates(question: LineQuestion, problem: Problem) -> LineDates:
    """Look up when a line was asked for, and its due window."""
    line = problem.lines.iloc[[line_row(problem, question.order, question.line)]]
    names = ("requested", "first_arrival", "last_arrival")
    return LineDates(*(problem.dates(line[name]).iloc[0] for name in names))


def _released(fill: Fill, question: LineQuestion) -> Fill:
    """Take back the hold of a line with a change that fills it without one."""
    release = without_hold(question.order, question.line)
    if fill.kind == "promise":
        return replace(fill, kind="rule", words=HOLD_BACK, change=release)
    change = fill.change
    return replace(
        fill, words=f"{HOLD_BACK}, and {fill.words}", change=lambda s: change(release(s))
    )
