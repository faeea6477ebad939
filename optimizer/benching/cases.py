"""What is measured: the cases, and in each the contenders.

Add a contender: its function in :mod:`optimizer.benching.contenders`, its line in ``CASES`` here;
if it is slow, its largest size in ``LARGEST``.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from optimizer.benching.bench_input import dump
from optimizer.benching.contenders import (
    Contender,
    build_allocore,
    build_floor,
    build_linopy,
    build_pyomo,
    build_pyomo_highs,
    explain_lines,
    give_reasons,
    lp_dual_simplex,
    lp_prices,
    lp_sifted,
    plan_allocore,
    plan_greedy,
    plan_plain_highs,
    prepare_book,
    read,
)


def _make_problem(lines: int, seed: int, folder: Path) -> None:
    from optimizer.benching.peak_week import generate
    from optimizer.preparing import prepare
    from optimizer.preparing.reduction import close_impossible

    dump(close_impossible(prepare(generate(lines, seed))), folder / "problem")


def _make_scenario(lines: int, seed: int, folder: Path, *, rules: bool) -> None:
    """Peak week with a quarter of all orders ship-complete, or without any order rules."""
    from optimizer.benching.peak_week import generate

    scenario = generate(lines, seed, ship_complete=QUARTER if rules else 0.0)
    if not rules:
        free = scenario["lines"].assign(complete=False, min_fill=0.0)
        scenario = replace(scenario, tables={**scenario.tables, "lines": free})
    dump(scenario, folder / "scenario")


def _make_parcels(lines: int, seed: int, folder: Path) -> None:
    """Peak week with a fifth of the orders ship-complete, the others in one or two parcels."""
    from optimizer.benching.peak_week import generate

    book = generate(lines, seed, supply=0.75, ship_complete=FIFTH, parcels=True)
    dump(book, folder / "scenario")


def _make_folders(lines: int, seed: int, folder: Path) -> None:
    from optimizer.benching.peak_week import generate
    from optimizer.scenario.scenario_writer import write_scenario

    scenario = generate(lines, seed)
    write_scenario(scenario, folder / "csv", "csv")
    write_scenario(scenario, folder / "parquet", "parquet")


def _make_run(lines: int, seed: int, folder: Path) -> None:
    """Peak week as the policy ``segment_priority`` plans it."""
    from optimizer.benching.peak_week import generate
    from optimizer.planning.planner import plan_scenario

    result = plan_scenario(generate(lines, seed), "segment_priority")
    dump((result.scenario, result.solution), folder / "run")


@dataclass(frozen=True)
class Case:
    """Something that is measured.

    Parameters
    ----------
    title
        What it is, for the table.
    make
        Writes the input: lines, seed, folder. In a process of its own, before.
    contenders
        The first one is what the others are compared with.
    """

    title: str
    make: Callable[[int, int, Path], None]
    contenders: dict[str, Contender]


QUARTER = 0.32
"""Share of the orders of two or more lines that makes a quarter of all orders ship-complete."""


FIFTH = 0.256
"""Likewise, for a fifth of all orders."""


def _plans(*goals: str) -> dict[str, Contender]:
    return {
        "allocore": partial(plan_allocore, goals=goals),
        "greedy": partial(plan_greedy, goals=goals),
    }


CASES = {
    "build": Case(
        "Build the model and hand it to HiGHS, from the prepared problem",
        _make_problem,
        {
            "floor": build_floor,
            "allocore": build_allocore,
            "linopy sparse": partial(build_linopy, sparse=True),
            "linopy": partial(build_linopy, sparse=False),
            "pyomo": build_pyomo,
            "pyomo-highs": build_pyomo_highs,
        },
    ),
    "lp": Case(
        "LP relaxation of the value goal, hand-over included",
        _make_problem,
        {"dual simplex": lp_dual_simplex, "allocore": lp_sifted, "prices only": lp_prices},
    ),
    "plan": Case(
        "Plan in whole units, default goals, a quarter of the orders ship-complete",
        partial(_make_scenario, rules=True),
        _plans("commitments", "floors", "targets", "value"),
    ),
    "plan-value": Case(
        "Plan in whole units, the value goal alone, a quarter of the orders ship-complete",
        partial(_make_scenario, rules=True),
        _plans("value"),
    ),
    "plan-lp": Case(
        "Plan in whole units, default goals, no order rules",
        partial(_make_scenario, rules=False),
        _plans("commitments", "floors", "targets", "value"),
    ),
    "plan-parcels": Case(
        "Plan in whole units, the value goal alone, a fifth ship-complete, others in 1-2 parcels",
        _make_parcels,
        _plans("value") | {"plain HiGHS": plan_plain_highs},
    ),
    "explain": Case(
        "Explain a line of a run; say of all lines why they are not on time",
        _make_run,
        {"prepare": prepare_book, "explain a line": explain_lines, "all reasons": give_reasons},
    ),
    "read": Case(
        "Read and validate a scenario folder",
        _make_folders,
        {"csv": partial(read, tables="csv"), "parquet": partial(read, tables="parquet")},
    ),
}
LARGEST = {
    "pyomo": 10_000,
    "pyomo-highs": 10_000,
    "linopy": 30_000,  # 100,000 lines need more than 19 GB
    "linopy sparse": 100_000,
    "dual simplex": 10_000,
}
"""Most order lines for which a slow contender is measured, unless asked for all."""
NEEDS = {"linopy": "linopy", "linopy sparse": "linopy"}
"""Packages that a contender needs and Allocore does not."""


def reason_to_skip(contender: str, lines: int) -> str:
    """Say why a contender is not measured; empty where it is."""
    if contender in NEEDS and importlib.util.find_spec(NEEDS[contender]) is None:
        return "not installed"
    if lines > LARGEST.get(contender, lines):
        return f"left out above {LARGEST[contender]:,} lines"
    return ""
