"""What would fill a line while everybody else keeps what they have: on time, where it can be.

Each change is the smallest of its kind: found by a MIP over the product's own rules that raises
limits as little as possible. So a unit less of it does not fill the line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from models.tolerances import UNIT
from optimizer.common.words import listed, number, several
from optimizer.explaining.certain_supply import shipment_names, units_promised
from optimizer.explaining.freezing import KEYS
from optimizer.explaining.input_changes import (
    NO_PARTS,
    Change,
    Fill,
    commit_shipments,
    move_requested,
)
from optimizer.explaining.least_raises import ResidualModels, least_raises
from optimizer.explaining.line_question import LineQuestion
from optimizer.explaining.relaxations import relaxations
from optimizer.explaining.residual_model import NO_COLUMNS, Fit, ResidualModel, line_row, lines_of
from optimizer.solving.highs import SolverProcess


def fits_alone(
    question: LineQuestion, residual: ResidualModels, process: SolverProcess, frozen: pd.DataFrame
) -> bool:
    """Whether the line could be filled from known supply, were nothing but ``frozen`` committed."""
    problem = residual.as_it_is.problem
    units = np.nan_to_num(units_promised(problem, frozen))
    own = lines_of(problem, question.orders)[problem.frozen["line"]]  # theirs to keep or not
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
    """Find the first day by which the line can be there in full.

    Where a delivery may be only so early or so late, the date decides which ways there are: the
    model is made anew for each date that is tried.
    """
    problem = model.problem
    line = problem.lines.iloc[line_row(problem, question.order, question.line)]
    segment = question.scenario.settings.segments[question.segment]
    bound = segment.max_days_late is not None or segment.max_days_early is not None
    requested, start = int(line["requested"]), pd.Timestamp(problem.settings.horizon.start)
    first = max(requested + 1, int(line["first_arrival"]))
    days = range(first, int(line["last_arrival"]) + 1)

    def moved(day: int) -> Change:
        return move_requested(question.orders, start + pd.Timedelta(days=day))

    def fits(day: int) -> bool:
        other = question.model(moved(day)) if bound else model
        demands = question.demands(other.problem, None if bound else day)
        return other.solve(process, demands, NO_COLUMNS) is not None

    later_fits_too = segment.max_days_early is None
    found = _first(days, fits) if later_fits_too else next(filter(fits, days), None)
    if found is None:
        return None
    later, day = found - requested, start + pd.Timedelta(days=found)
    words = f"promise it for {day:%Y-%m-%d}, {several(later, 'day')} later than requested"
    return Fill("date", words, float(later), NO_PARTS, question.orders, moved(found))


def _first(days: Sequence[int], fits: Callable[[int], bool]) -> int | None:
    """Find the first day that fits, where all later ones do, too."""
    first, last = 0, len(days)
    while first < last:
        middle = (first + last) // 2
        first, last = (first, middle) if fits(days[middle]) else (middle + 1, last)
    return days[first] if first < len(days) else None
