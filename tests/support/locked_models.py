"""Compiled models with goals to lock, and plans in names to lock them at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

import numpy as np

from models.allocation import Declared, GoalSpec, declare, goal_list
from models.scenario import Scenario
from optimizer.benching.peak_week import generate
from optimizer.compiling import Matrix, compile_matrix
from optimizer.policies import SEQUENCES, allocate
from optimizer.preparing import prepare
from optimizer.preparing.reduction import close_impossible
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.search import Search
from optimizer.solving.strategy import Sizes, Strategy
from tests.support.answers_as_text import TABLES, one_line, one_segment
from tests.support.named_plans import Floats
from tests.support.solverless_plans import prepared, units

Plan = Mapping[str, float]

HOSES = {
    "stock": TABLES["stock"] + "\nLYON,hose,9",
    "items": "item,divisible\nhose,true",
}
"""A divisible item beside the pumps."""


@cache
def _compiled(scenario: Scenario) -> tuple[Declared, Matrix]:
    declared = declare(prepared(scenario))
    return declared, compile_matrix(declared)


def model_of(scenario: Scenario) -> LockedModel:
    """Compile a scenario with no goal locked."""
    return LockedModel(prepared(scenario), *_compiled(scenario))


def goal(model: LockedModel, name: str) -> GoalSpec:
    """Find a goal by its name."""
    (spec,) = [spec for spec in goal_list(model.problem) if spec.name == name]
    return spec


def goals_with_cost(model: LockedModel) -> Iterator[GoalSpec]:
    """List the goals that a search is made for."""
    return (spec for spec in goal_list(model.problem) if spec.expression)


def vector_for(model: LockedModel, plan: Plan) -> Floats:
    """Complete a plan in names to a value for every column."""
    vector: Floats = model.vector_of(units(model.problem, plan))
    return vector


def search_for(model: LockedModel, spec: GoalSpec, best: Floats, bound: float = -np.inf) -> Search:
    """Begin a search."""
    return Search.of(spec, model, best, bound)


def target_model(
    measure: str, level: float, lines: str = "SO1,1,pump,10,3", **tables: str
) -> LockedModel:
    """Build an order with a target on all of it, filled and valued after that."""
    return model_of(_target_scenario(measure, level, lines, **tables))


@cache
def _target_scenario(measure: str, level: float, lines: str, **tables: str) -> Scenario:
    header = one_segment(target={"measure": measure, "level": level})
    header["goals"] = ["targets", "fill", "value"]
    text = f"order,line,item,quantity,unit_value\n{lines}"
    return one_line(header, **({"lines": text} | tables))


def goals_in_turn(model: LockedModel) -> Iterator[tuple[GoalSpec, Floats, float, Floats]]:
    """Go through the goals with those before locked at what some policy reaches."""
    starts = [model.vector_of(allocate(model.problem, policy)) for policy in SEQUENCES]
    best = starts[0]
    for spec in goals_with_cost(model):
        cost, constant = model.cost(spec)
        best = min([best, *filter(model.accepts, starts)], key=lambda vector: float(cost @ vector))
        yield spec, cost, constant, best
        model.lock(spec, best)


def sifting(model: LockedModel) -> Strategy:
    """Make a strategy that sifts LPs however small the book is."""
    return Strategy.of(model.problem, Sizes(sifting=0))


def week(lines: int, seed: int, *, parcels: bool = False) -> LockedModel:
    """Compile a generated peak week, a good part of its orders ship-complete."""
    book = generate(lines, seed=seed, ship_complete=0.3, parcels=parcels)
    problem = close_impossible(prepare(book))
    declared = declare(problem)
    return LockedModel(problem, declared, compile_matrix(declared))
