"""From an LP down to whole orders: locked goals stay kept, and the LP is given back as it was."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

from optimizer.common.clock import Clock
from optimizer.solving.diving import Dive
from optimizer.solving.highs import SolverProcess
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.lp import KeptLP
from optimizer.solving.neighbourhoods import (
    decisions,
    lines_served_differently,
    near_columns,
    tight_decisions,
    unfinished_columns,
    with_decisions,
)
from optimizer.solving.strategy import DiveParameters, Strategy
from tests.support.locked_models import goal, goals_in_turn, model_of, sifting, week
from tests.support.named_plans import Floats
from tests.support.tiny_scenarios import tiny_scenario

LONG = 120.0
TIGHT = DiveParameters().tight


def kept_in_lp(model: LockedModel, values: Floats) -> bool:
    """Whether values obey all rows and bounds of the LP."""
    m, rows = model.matrix, model.rows
    activity = model.all_rows() @ values
    most = np.append(m.row_upper, [row.limit + row.slack.lp for row in rows])
    least = np.append(m.row_lower, np.full(len(rows), -np.inf))
    return bool(
        (activity <= most + 1e-5).all()
        and (activity >= least - 1e-5).all()
        and (values >= model.lower_for("lp") - 1e-6).all()
        and (values <= m.upper + 1e-6).all()
    )


def whole(values: Floats, columns: np.ndarray) -> bool:
    return bool((np.abs(values - np.round(values))[columns] <= 1e-6).all())


@pytest.mark.parametrize("seed", [31, 32])
def test_a_dive_decides_all_that_the_holds_allow_and_gives_the_lp_back(seed: int) -> None:
    model, dives, complete = week(250, seed), 0, 0
    nobody = np.zeros(len(model.lower), dtype=bool)
    with SolverProcess(threading.Event()) as process:
        lp = KeptLP(process, sifting(model))
        for spec, cost, _, best in goals_in_turn(model):
            relaxed = lp.solve(model, spec, cost, best, LONG)
            before = lp.optimum(cost, Clock(LONG), "down")
            values = Dive(lp, model, cost, 0.0, Clock(LONG)).run(nobody, best)
            assert before is not None
            assert values is not None
            assert kept_in_lp(model, values)
            assert float(cost @ values) >= relaxed.bound - 1e-6 * max(1.0, abs(relaxed.bound))
            after = lp.optimum(cost, Clock(LONG), "down")
            assert after is not None
            assert float(cost @ after) == pytest.approx(float(cost @ before), abs=1e-5)
            dives += 1
            complete += whole(values, decisions(model.matrix))
    assert complete >= 0.7 * dives >= 3


def test_settled_decisions_stay_as_in_the_best_answer() -> None:
    model = week(250, 33)
    with SolverProcess(threading.Event()) as process:
        lp = KeptLP(process, sifting(model))
        for spec, cost, _, best in goals_in_turn(model):
            lp.solve(model, spec, cost, best, LONG)
            every = decisions(model.matrix)
            values = Dive(lp, model, cost, 0.0, Clock(LONG)).run(every, best)
            assert values is not None, spec.name
            assert np.abs(values - best)[every].max() <= 1e-6
            assert float(cost @ values) <= float(cost @ best) + 1e-6


def test_a_dive_without_time_has_no_answer_and_loses_nothing() -> None:
    model = week(100, 34)
    nobody = np.zeros(len(model.lower), dtype=bool)
    with SolverProcess(threading.Event()) as process:
        lp = KeptLP(process, sifting(model))
        for spec, cost, _, best in goals_in_turn(model):
            bound = lp.solve(model, spec, cost, best, LONG).bound
            assert Dive(lp, model, cost, 0.0, Clock(0.0)).run(nobody, best) is None
            assert Dive(lp, model, cost, 0.0, Clock(0.0)).run(~nobody, best) is None
            again = lp.solve(model, spec, cost, best, LONG).bound
            assert again == pytest.approx(bound, abs=1e-6 * max(1.0, abs(bound)))


def test_a_dive_sends_no_parcel_in_part_and_stays_close_to_the_lp() -> None:
    model = week(250, 39, parcels=True)
    spec = goal(model, "value")
    cost, _ = model.cost(spec)
    nothing = model.vector_of(np.zeros(len(model.problem.options)))
    with SolverProcess(threading.Event()) as one, SolverProcess(threading.Event()) as other:
        strategy = Strategy.of(model.problem)
        relaxed = KeptLP(one, strategy).solve(model, spec, cost, nothing, LONG)
        columns = near_columns(model, relaxed, nothing, strategy.mips.options_per_line)
        lp = KeptLP(other, strategy, np.flatnonzero(columns))
        lp.load(model, Clock(LONG))
        again = lp.optimum(cost, Clock(LONG), "scratch")
        assert again is not None
        assert float(cost @ again) == pytest.approx(relaxed.bound)  # what the LP uses is near
        nobody = np.zeros(len(cost), dtype=bool)
        values = Dive(lp, model, cost, 0.0, Clock(LONG)).run(nobody, nothing)
    assert columns.sum() < 0.5 * len(columns)
    used = model.matrix.columns["used"]
    in_part = (relaxed.values[used] > 0.01) & (relaxed.values[used] < 0.99)
    assert in_part.sum() > 10
    assert values is not None
    assert kept_in_lp(model, values)
    assert whole(values, decisions(model.matrix))
    assert relaxed.bound <= float(cost @ values) <= 0.95 * relaxed.bound


class Scripted:
    """Stands in for the LP: decisions 0 and 1 exclude each other, and decision 2 goes neither way.

    Costs are 1 for decision 0 off its LP value, 5 for decision 1.
    """

    def __init__(self, model: LockedModel) -> None:
        self.at: dict[int, float] = {}
        self.chosen = np.flatnonzero(decisions(model.matrix))[:3]
        self.columns = len(model.lower)

    def bound(self, columns: np.ndarray, lower: Floats, upper: Floats) -> None:
        """Note what is fixed."""
        for column, low, high in zip(columns, lower, upper, strict=True):
            if low == high:
                self.at[int(column)] = float(low)
            else:
                self.at.pop(int(column), None)

    def optimum(self, *_: Any) -> Floats | None:
        """Give the script's answer to what is fixed."""
        one, two, neither = (int(column) for column in self.chosen)
        if neither in self.at or self.at.get(one, 0.0) + self.at.get(two, 0.0) > 1:
            return None
        values = np.zeros(self.columns)
        values[one] = self.at.get(one, 0.0 if self.at.get(two) == 1 else 0.8)
        values[two] = self.at.get(two, 0.0 if self.at.get(one) == 1 else 0.7)
        values[neither] = 0.5
        return values


def test_the_cheaper_way_is_taken_and_what_goes_neither_way_stays_open() -> None:
    model = week(60, 35)
    lp = Scripted(model)
    one, two, neither = lp.chosen
    cost = np.zeros(len(model.lower))
    cost[one], cost[two] = -1.0, -5.0
    dive = Dive(lp, model, cost, 0.0, Clock(LONG))  # type: ignore[arg-type]
    values = dive.down()
    assert values is not None
    assert (values[one], values[two], values[neither]) == (0.0, 1.0, 0.5)
    dive.leave()
    assert lp.at == {}


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_decisions_of_shipments_are_those_that_share_a_row(seed: int) -> None:
    model = model_of(tiny_scenario(seed))
    m, x = model.matrix, model.matrix.columns["x"]
    dense = m.a.toarray() != 0
    dice = np.random.default_rng(seed)
    chosen = np.zeros(len(model.lower), dtype=bool)
    chosen[x] = dice.random(x.stop - x.start) < 0.3
    shared = (dense[dense[:, chosen].any(axis=1)]).any(axis=0) & decisions(m)
    assert (with_decisions(m, chosen) == (chosen | shared)).all()


def test_what_is_left_open_are_the_lines_in_fractions_and_their_items() -> None:
    model = week(100, 36)
    x, line = model.matrix.columns["x"], model.problem.options["line"].to_numpy()
    item = model.problem.lines["item"].to_numpy()
    values = np.zeros(len(model.lower))
    shipping = np.flatnonzero(model.matrix.upper[x] >= 1)
    values[x.start + shipping[::7]] = 1.0
    values[x.start + shipping[0]] = 0.5
    free = unfinished_columns(model, values, wider=False)[x]
    open_line = line[shipping[0]]
    assert free[line == open_line].all()
    others = (item[line] == item[open_line]) & (line != open_line)
    assert (free[others] == (values[x][others] > 0)).all()
    assert not free[item[line] != item[open_line]].any()
    wider = unfinished_columns(model, values, wider=True)[x]
    assert (wider == (item[line] == item[open_line])).all()


def test_lines_apart_are_those_served_differently() -> None:
    model = week(100, 37)
    x, line = model.matrix.columns["x"], model.problem.options["line"].to_numpy()
    one = np.zeros(len(model.lower))
    other = one.copy()
    other[x.start + 5] = 1.0
    assert (lines_served_differently(model, one, other)[x] == (line == line[5])).all()


def test_decisions_are_settled_where_a_promise_is_just_kept() -> None:
    model = week(250, 38)
    service, x = model.matrix.columns["achieved"], model.matrix.columns["x"]
    first = next(spec for spec, *_ in goals_in_turn(model) if spec.name == "target:3")
    (promise,) = [p for p in range(len(model.promises)) if model.lower[model.achieved(p)] > 0][:1]
    just = np.where(model.lower > 0, model.lower, 1e9)
    assert first.promises != (promise,)
    segment = model.promises[promise].segment
    mine = (model.problem.lines["segment"] == segment).to_numpy()
    shipments = np.zeros(len(model.lower), dtype=bool)
    shipments[x] = mine[model.problem.options["line"]]
    expected = with_decisions(model.matrix, shipments) & decisions(model.matrix)
    others = just.copy()
    others[service] = 1e9
    others[model.achieved(promise)] = just[model.achieved(promise)]
    assert 0 < expected.sum() < decisions(model.matrix).sum()
    assert (tight_decisions(model, others, TIGHT) == expected).all()
    others[model.achieved(promise)] *= 1.01
    assert not tight_decisions(model, others, TIGHT).any()
