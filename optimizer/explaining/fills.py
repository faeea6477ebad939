"""What would fill a line while everybody else keeps what they have: on time, where it can be.

Each change is the smallest of its kind: found by a MIP over the product's own rules that raises
limits as little as possible. So a unit less of it does not fill the line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from models.allocation import on_its_day
from models.tolerances import UNIT
from optimizer.common.words import listed, number, several
from optimizer.explaining.certain_supply import shipment_names
from optimizer.explaining.freezing import KEYS
from optimizer.explaining.input_changes import NO_PARTS, Fill, commit_shipments, move_requested
from optimizer.explaining.least_raises import ResidualModels, least_raises
from optimizer.explaining.line_question import LineQuestion
from optimizer.explaining.relaxations import relaxations
from optimizer.explaining.residual_model import NO_COLUMNS, Fit, ResidualModel, line_row
from optimizer.solving.highs import SolverProcess


def fits_alone(
    question: LineQuestion, residual: ResidualModels, process: SolverProcess, frozen: pd.DataFrame
) -> bool:
    """Whether the line could be filled from known supply, were nothing but ``frozen`` committed."""
    problem = residual.as_it_is.problem
    options = problem.options[on_its_day(problem)].drop_duplicates("frozen")
    names = shipment_names(problem, options)
    promised_before = frozen.groupby(KEYS)["quantity"].sum()
    units = np.zeros(len(problem.frozen))
    before = promised_before.reindex(pd.MultiIndex.from_frame(names)).fillna(0.0)
    units[options["frozen"]] = before.to_numpy()
    order = problem.orders["order"].to_numpy()[problem.lines["order"]]
    own = order[problem.frozen["line"]] == question.order  # theirs to keep or not
    units = np.where(own, problem.frozen["quantity"], units)
    demands = question.demands(problem)
    return residual.as_it_is.committing(units).solve(process, demands, NO_COLUMNS) is not None


def fills(
    question: LineQuestion, residual: ResidualModels, process: SolverProcess, reasons: set[str]
) -> list[Fill]:
    """List what would fill a line, the simplest first.

    Parameters
    ----------
    question
        The line and the plan.
    residual
        What is left beside all others.
    process
        Solves.
    reasons
        Why units of it are missing.

    Raises
    ------
    NoAnswerError
        When the solver says nothing.
    """
    model = residual.as_it_is
    as_it_is = model.solve(
        process, question.demands(model.problem), NO_COLUMNS, shipping=_loss(model)
    )
    if as_it_is is not None:
        return [_promise(question, model, as_it_is)]
    listed_fills = [*least_raises(question, residual, process), *_rules(question, process, reasons)]
    later = None if question.ever else _later(question, process, model)
    return [*listed_fills, later] if later else listed_fills


def _loss(model: ResidualModel) -> np.ndarray:
    """Cost less worth of a unit shipped by each option [currency/unit]."""
    options = model.problem.options
    loss: np.ndarray = (options["unit_cost"] - options["unit_worth"]).to_numpy()
    return loss


def _promise(question: LineQuestion, model: ResidualModel, fit: Fit) -> Fill:
    """Say what ships if somebody promises it: it is all there."""
    problem, options = model.problem, model.problem.options
    mine = (fit.x > UNIT) & (
        options["line"].to_numpy() == line_row(problem, question.order, question.line)
    )
    units_by_way = shipment_names(problem, options[mine]).assign(quantity=fit.x[mine])
    units_by_way = units_by_way.groupby(KEYS)["quantity"].sum().reset_index()
    columns = ("quantity", "item", "site", "service", "ship_date")
    shipped = [
        f"{number(units)} of {item} from {site} by {service} on {day:%Y-%m-%d}"
        for units, item, site, service, day in units_by_way[list(columns)].itertuples(index=False)
    ]
    there = "in full, late" if question.ever else "full and on time"
    words = f"Nothing is missing: commit {listed(shipped)}, and it is {there}"
    return Fill("promise", words, 0.0, NO_PARTS, question.orders, commit_shipments(units_by_way))


def _rules(question: LineQuestion, process: SolverProcess, reasons: set[str]) -> Iterator[Fill]:
    """Lift one rule after another, each alone."""
    for words, change in relaxations(question.scenario, question.order, question.line, reasons):
        model = question.model(change)
        if model.solve(process, question.demands(model.problem), NO_COLUMNS) is not None:
            yield Fill("rule", words, 0.0, NO_PARTS, question.orders, change)


def _later(question: LineQuestion, process: SolverProcess, model: ResidualModel) -> Fill | None:
    """Find the first day by which the line can be there in full."""
    problem = model.problem
    line = problem.lines.iloc[line_row(problem, question.order, question.line)]
    requested, start = int(line["requested"]), pd.Timestamp(problem.settings.horizon.start)
    days = [
        *range(max(requested, int(line["first_arrival"]) - 1) + 1, int(line["last_arrival"]) + 1)
    ]

    def date(day: int) -> pd.Timestamp:
        return start + pd.Timedelta(days=day)

    def fits(day: int) -> bool:
        """Say whether it does; where its date decides which ways it has, with another date."""
        if not _bound_to_its_date(question):
            return model.solve(process, question.demands(problem, day), NO_COLUMNS) is not None
        moved = question.model(move_requested(question.orders, date(day)))
        return moved.solve(process, question.demands(moved.problem), NO_COLUMNS) is not None

    early = question.scenario.settings.segments[question.segment].max_days_early is not None
    found = next(filter(fits, days), None) if early else _first(days, fits)
    if found is None:
        return None
    words = f"promise it for {date(found):%Y-%m-%d}, {several(found - requested, 'day')} later"
    change = move_requested(question.orders, date(found))
    return Fill(
        "date",
        f"{words} than requested",
        float(found - requested),
        NO_PARTS,
        question.orders,
        change,
    )


def _bound_to_its_date(question: LineQuestion) -> bool:
    """Whether a delivery may be only so early or so late."""
    segment = question.scenario.settings.segments[question.segment]
    return segment.max_days_late is not None or segment.max_days_early is not None


def _first(days: Sequence[int], fits: Callable[[int], bool]) -> int | None:
    """Find the first day that fits, where all later ones do, too."""
    first, last = 0, len(days)
    while first < last:
        middle = (first + last) // 2
        first, last = (first, middle) if fits(days[middle]) else (middle + 1, last)
    return days[first] if first < len(days) else None
