"""Explain a line of a plan: the whole way on one screen."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import pandas as pd

from models.errors import UsageError
from models.scenario import Scenario
from models.solution import Solution
from optimizer.common.words import few
from optimizer.explaining.fills import fills, fits_alone
from optimizer.explaining.frozen_others import frozen_part
from optimizer.explaining.input_changes import Fill
from optimizer.explaining.payers import Payment, paid_by
from optimizer.explaining.question import Asked
from optimizer.explaining.raised_limits import rooms_of
from optimizer.explaining.scarcity import LIMITS, binding
from optimizer.explaining.spelled_forecast import spelled_out
from optimizer.explaining.unit_ledger import ledger_of
from optimizer.reading.faults import closest
from optimizer.solving.highs import NoAnswerError, SolverProcess


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why a line gets what it gets, and what would have to change.

    Parameters
    ----------
    line
        Its row of ``lines.csv``.
    ledger
        Who has what it misses: the columns :data:`optimizer.explaining.unit_ledger.LEDGER`;
        ``units`` add up to what is missing.
    binding
        What is scarce: the columns :data:`optimizer.explaining.scarcity.BINDING`.
    known
        Whether supply that is known could fill it, were there no other orders; None if the solver
        did not say.
    fills
        Changes that would fill it while all others keep what they have, each alone.
    payment
        What others would lose if it were filled from known supply; None where those who have what
        it wants cannot give enough, or where nobody need be asked.
    payable
        Whether they can; None where that was not asked, or the solver did not say in time.
    priced
        Whether the run has prices; those made by a rule have none.
    """

    line: pd.Series
    ledger: pd.DataFrame
    binding: pd.DataFrame
    known: bool | None
    fills: tuple[Fill, ...]
    payment: Payment | None
    payable: bool | None = None
    priced: bool = True

    def __repr__(self) -> str:
        """Say it in words."""
        from optimizer.explaining.explanation_text import told

        return "\n".join(told(self))


class Explainer:
    """Explains lines of one plan; keeps the solver's process for all questions.

    Parameters
    ----------
    scenario, solution
        As :func:`optimizer.read_run` gives them.
    """

    def __init__(self, scenario: Scenario, solution: Solution) -> None:
        self.solution = solution
        self.scenario, self.shipments, self.lines = spelled_out(scenario, solution)
        self.cancel = threading.Event()
        self.process = SolverProcess(self.cancel)

    @classmethod
    def of_run(cls, folder: str | Path) -> Explainer:
        """Open a run folder."""
        from optimizer.runs.run_reader import read_run

        return cls(*read_run(folder))

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

    def explain(self, order: str, line: str) -> Explanation:
        """Explain one line.

        Parameters
        ----------
        order, line
            Which.

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
        ledger = ledger_of(self.scenario, self.shipments, self.lines, mine)
        segment = self.scenario.settings.segments[row["segment"]]
        scarce = binding(mine, solution.prices, segment.min_confidence)
        told = Explanation(
            row, ledger, scarce, known=None, fills=(), payment=None, priced=len(solution.prices) > 0
        )
        if row["status"] == "on_time":
            return replace(told, known=True)
        asked = Asked(self.scenario, self.shipments, self.lines, order, line)
        try:
            rooms = rooms_of(asked)
            frozen = frozen_part(self.scenario, asked.shipments)
            known = fits_alone(asked, rooms, self.process, frozen)
            found = fills(asked, rooms, self.process, set(mine["reason"]))
        except NoAnswerError:
            return told
        told = replace(told, known=known, fills=tuple(found))
        if not known or any(fill.kind == "promise" for fill in found):
            return told
        with suppress(NoAnswerError):
            rivals = self._rivals(asked, mine, ledger)
            paid = paid_by(asked, solution.goals, rivals, self.process)
            return replace(told, payment=paid, payable=paid is not None)
        return told

    def _row(self, order: str, line: str) -> pd.Series:
        """Row of a line in ``lines.csv``."""
        place = self.names.get_indexer(pd.MultiIndex.from_tuples([(order, line)]))
        return self.solution.lines.iloc[int(place[0])]

    def _rivals(self, asked: Asked, shortages: pd.DataFrame, ledger: pd.DataFrame) -> list[str]:
        """List orders that have what the line wants, those that matter least first."""
        shipments = asked.shipments
        full = shortages.loc[shortages["reason"].isin(LIMITS), "site"]
        swaps = self.scenario["substitutes"]
        item = self._row(asked.order, asked.line)["item"]
        items = {item, *swaps.loc[swaps["item"] == item, "substitute"]}
        siblings = asked.lines.loc[asked.lines["order"] == asked.order, "item"]
        wants = shipments["item"].isin(items | set(siblings)) | shipments["site"].isin(full)
        others = shipments[wants & (shipments["order"] != asked.order)]
        ranked = others.sort_values(["tier", "rank"], ascending=False)["order"]
        named = ledger.loc[ledger["order"] != "", "order"]
        return list(dict.fromkeys([*named, *ranked]))
