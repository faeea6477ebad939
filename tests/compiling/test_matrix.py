"""The numpy compiler against Pyomo's own, entry by entry, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from numpy.typing import NDArray

from models.allocation import EXPRESSIONS, RULES, Declared, Rule, declare, expanded
from models.scenario import Scenario
from models.tolerances import COEFFICIENT
from optimizer.compiling.matrix import LARGEST, Matrix, compile_matrix
from optimizer.preparing import prepare
from tests.support.answers_as_text import one_line, one_segment
from tests.support.backlog_scenarios import backlog_scenario
from tests.support.forecast_scenarios import forecast_scenario
from tests.support.mixed_scenarios import mixed_scenario
from tests.support.must_scenarios import must_scenario
from tests.support.relationship_scenarios import relationship_scenario
from tests.support.slipped_promises import slipped_scenario
from tests.support.solverless_plans import prepared
from tests.support.standard_form import Floats, Name, StandardForm, standard_form
from tests.support.stepped_scenarios import stepped_scenario
from tests.support.tiny_scenarios import tiny_scenario

SEEDS = [
    *((tiny_scenario, seed) for seed in range(30)),
    *((mixed_scenario, seed) for seed in range(45)),
    *((forecast_scenario, seed) for seed in range(6)),
    *((relationship_scenario, seed) for seed in range(12)),
    *((backlog_scenario, seed) for seed in range(3)),
    *((slipped_scenario, seed) for seed in range(4)),
    *((stepped_scenario, seed) for seed in range(3)),
    *((must_scenario, seed) for seed in range(3)),
]
RICH = 19
"""A mixed seed with most of the rules."""
Maker = Callable[[int], Scenario]


@cache
def both(make: Maker, seed: int) -> tuple[Matrix, StandardForm]:
    """Compile one tiny scenario both ways."""
    problem = prepared(make(seed))
    return compile_matrix(declare(problem)), standard_form(expanded(problem))


def positions(names: list[Name], spans: dict[str, slice]) -> NDArray[np.int64]:
    """Where Pyomo's named rows or columns lie in the matrix."""
    return np.array([spans[name].start + index for name, index in names], dtype=np.int64)


def spread(theirs: Floats, columns: NDArray[np.int64], count: int) -> Floats:
    """Pyomo's coefficients over all columns, without what HiGHS would drop."""
    wide = np.zeros((len(theirs), count))
    wide[:, columns] = np.where(np.abs(theirs) > COEFFICIENT, theirs, 0.0)
    return wide


def signed(rows: Floats, equal: NDArray[np.bool_]) -> Floats:
    """Turn equations so that they begin with a positive number: either sign says the same."""
    first = rows[np.arange(len(rows)), (rows != 0).argmax(axis=1)]
    turned: Floats = rows * np.where(equal & (first < 0), -1.0, 1.0)[:, None]
    return turned


def assert_same_rules(ours: Matrix, theirs: StandardForm) -> None:
    """Compare every row entry by entry; our columns count steps."""
    rows = positions(theirs.rows, ours.rows)
    columns = positions(theirs.columns, ours.columns)
    assert len(set(rows)) == len(rows)
    assert len(set(columns)) == len(columns)
    empty = np.setdiff1d(np.arange(ours.a.shape[0]), rows)  # Pyomo drops rows without columns
    assert not ours.a.toarray()[empty].any()
    assert (ours.row_upper[empty] >= 0).all()
    at_least = np.isinf(theirs.row_upper)[:, None]  # we turn >= into <=
    wide = spread(np.where(at_least, -theirs.a, theirs.a), columns, ours.a.shape[1]) * ours.step
    equal = theirs.row_lower == theirs.row_upper
    np.testing.assert_array_equal(signed(ours.a.toarray()[rows], equal), signed(wide, equal))
    turned = at_least.ravel()
    lower = np.where(turned, -theirs.row_upper, theirs.row_lower)
    upper = np.where(turned, -theirs.row_lower, theirs.row_upper)
    np.testing.assert_array_equal(ours.row_lower[rows], lower)
    np.testing.assert_array_equal(ours.row_upper[rows], upper)


def assert_same_goals(ours: Matrix, theirs: StandardForm) -> None:
    """Compare every goal entry by entry."""
    columns = positions(theirs.columns, ours.columns)
    wide = spread(theirs.cost, columns, ours.a.shape[1]) * ours.step
    assert len(theirs.goals) == sum(rows.shape[0] for rows, _ in ours.goals.values())
    for (name, row), coefficients, constant in zip(
        theirs.goals, wide, theirs.constant, strict=True
    ):
        rows, constants = ours.goals[name]
        np.testing.assert_array_equal(rows.toarray()[row], coefficients)
        assert constants[row] == constant


@pytest.mark.parametrize(("make", "seed"), SEEDS)
def test_rules_equal_those_of_pyomo_entry_by_entry(make: Maker, seed: int) -> None:
    assert_same_rules(*both(make, seed))


@pytest.mark.parametrize(("make", "seed"), SEEDS)
def test_columns_equal_those_of_pyomo(make: Maker, seed: int) -> None:
    ours, theirs = both(make, seed)
    columns = positions(theirs.columns, ours.columns)
    np.testing.assert_array_equal(ours.upper[columns], theirs.upper / ours.step[columns])
    np.testing.assert_array_equal(ours.whole[columns], theirs.whole)
    assert not theirs.lower.any()


@pytest.mark.parametrize(("make", "seed"), SEEDS)
def test_goals_equal_those_of_pyomo(make: Maker, seed: int) -> None:
    assert_same_goals(*both(make, seed))


def test_the_seeds_use_every_rule_and_every_goal_and_packs() -> None:
    matrices = [both(make, seed)[0] for make, seed in SEEDS]
    for rule in RULES:
        assert any(m.a[m.rows[rule.name], :].nnz for m in matrices), rule.name
    for name in EXPRESSIONS:
        assert any(m.goals[name][0].nnz for m in matrices), name
    assert sum((m.step != 1).any() for m in matrices) >= 5


def test_a_column_counts_the_steps_of_what_ships_in_packs() -> None:
    items = "item,pack,pick_effort\npump,6,2"
    scenario = one_line(
        items=items,
        lines="order,line,item,quantity,unit_value\nSO1,1,pump,20,3",
        lanes="site,region,service,transit_days,cost_per_unit\nLYON,north,standard,1,1",
        site_capacity="site,units\nLYON,99",
    )
    m = compile_matrix(declare(prepared(scenario)))
    x = m.columns["x"]
    assert (m.upper[x] == 3).all()
    assert (m.step[x] == 6).all()
    assert (m.step[x.stop :] == 1).all()
    ordered, picked = (m.a[m.rows[name], :] for name in ("line_quantity", "site_capacity"))
    assert (ordered.data == 6).all()
    assert (picked.data == 12).all()
    assert m.row_upper[m.rows["line_quantity"]].tolist() == [20]
    assert m.goals["loss"][0].data.tolist()[:2] == [6 * (1 - 3), 6 * (1 - 3)]  # in time


def test_rules_compile_alone_as_they_do_together() -> None:
    whole, _ = both(mixed_scenario, RICH)
    declared = declare(prepared(mixed_scenario(RICH)))
    for rule in RULES:
        alone = compile_matrix(declared, rules=(rule,))
        together = whole.a[whole.rows[rule.name], :]
        np.testing.assert_array_equal(alone.a.toarray(), together.toarray())


def nothing_to_ship() -> Scenario:
    """Return a line that no site has anything for."""
    return one_line(stock="site,item,on_hand")


def test_ranges_without_rows_give_a_matrix_without_rows() -> None:
    m = compile_matrix(declare(prepare(nothing_to_ship())))
    assert m.a.shape == (0, 0)
    assert m.goals["unfilled"][0].shape == (1, 0)
    np.testing.assert_array_equal(m.goals["unfilled"][1], [10.0])
    assert m.goals["shortfall"][0].shape == (0, 0)
    np.testing.assert_array_equal(m.goals["loss"][1], [0.0])


SHARES = ("served", "overall", "behind", "least_share", "below")
"""Declared after everything else, where a segment asks for fairness."""


def test_a_promise_that_nothing_can_serve_keeps_its_rows() -> None:
    target = {"measure": "unit_otif", "level": 0.9}
    scenario = one_line(one_segment(target=target), stock="site,item,on_hand")
    m = compile_matrix(declare(prepare(scenario)))
    assert m.columns == {
        **dict.fromkeys(declare(prepare(scenario)).domains, slice(0, 0)),
        "achieved": slice(0, 1),
        "is_full_line": slice(1, 1),
        "is_full_order": slice(1, 1),
        "short": slice(1, 2),
        **dict.fromkeys(("missed", "level", *SHARES), slice(2, 2)),
    }
    np.testing.assert_array_equal(m.a.toarray(), [[1.0, 0.0], [-1.0, -1.0]])
    np.testing.assert_array_equal(m.row_upper, [0.0, -9.0])


@cache
def limited() -> Scenario:
    """Return an order line and a site of limited capacity."""
    return one_line(site_capacity="site,units\nLYON,50")


def declared_with(name: str, value: float) -> Declared:
    """Declare one order line with one number of the model replaced."""
    declared = declare(prepared(limited()))
    declared.arrays[name] = np.full(len(declared.arrays[name]), value)
    return declared


@pytest.mark.parametrize("value", [1.01 * LARGEST, -1.01 * LARGEST, np.nan])
@pytest.mark.parametrize("name", ["effort", "arriving", "worth", "tier_quantity"])
def test_numbers_that_solvers_lose_are_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match="not a number or beyond"):
        compile_matrix(declared_with(name, value), RULES[:3])


@pytest.mark.parametrize("name", ["effort", "arriving", "worth", "tier_quantity"])
def test_the_largest_number_is_taken(name: str) -> None:
    m = compile_matrix(declared_with(name, LARGEST), RULES[:3])
    numbers = [m.a.data, m.row_upper, *(rows.data for rows, _ in m.goals.values())]
    numbers += [constants for _, constants in m.goals.values()]
    assert np.abs(np.concatenate(numbers)).max() == LARGEST


def test_an_upper_bound_beyond_the_largest_is_refused() -> None:
    declared = declare(prepare(one_line()))
    x = declared.domains["x"]
    declared.domains["x"] = replace(x, upper=np.full(len(x.upper), np.inf))
    with pytest.raises(ValueError, match="not a number or beyond"):
        compile_matrix(declared)


def test_coefficients_that_highs_drops_are_dropped_before_they_are_counted() -> None:
    capacity = (RULES[2],)
    kept = compile_matrix(declared_with("effort", 2 * COEFFICIENT), capacity)
    dropped = compile_matrix(declared_with("effort", COEFFICIENT), capacity)
    assert kept.a.nnz > 0
    assert dropped.a.nnz == 0


def squared(m: pyo.ConcreteModel, l: int) -> pyo.Expression:
    return sum(m.x[j] * m.x[j] for j in m.options_of_line[l]) <= m.most[l]


def to_the_power(m: pyo.ConcreteModel, l: int) -> pyo.Expression:
    return sum(m.x[j] ** 2 for j in m.options_of_line[l]) <= m.most[l]


@pytest.mark.parametrize("body", [squared, to_the_power])
def test_a_rule_that_is_not_linear_is_refused_by_name(body: Callable[..., Any]) -> None:
    declared = declare(prepared(limited()))
    with pytest.raises(ValueError, match=f"rule {body.__name__} is not linear in row 0"):
        compile_matrix(declared, rules=(Rule("SERVED", body),))
    with pytest.raises(ValueError, match=f"rule {body.__name__} is not linear in row 0"):
        compile_matrix(declared, (), {body.__name__: ("SERVED", lambda m, l: body(m, l).args[0])})


def decided_by_index(m: pyo.ConcreteModel, l: int) -> pyo.Expression:
    return sum(m.x[j] for j in m.options_of_line[l]) <= (m.most[l] if l % 2 else 1 + l)


def decided_by_equal_index(m: pyo.ConcreteModel, l: int) -> pyo.Expression:
    return sum(m.x[j] for j in m.options_of_line[l]) >= (1 if l == 0 else 2)


def decided_by_number(m: pyo.ConcreteModel, j: int) -> pyo.Expression:
    return m.x[j] * m.cost[j] == 5 if m.worth[j] > 10 else 2 * m.x[j] - m.x[j] + 3 >= m.cost[j]


def filtered(m: pyo.ConcreteModel, l: int) -> pyo.Expression:
    return sum(m.x[j] for j in m.options_of_line[l] if j % 2 == 0) <= m.most[l] + m.x[0]


def skipped(m: pyo.ConcreteModel, l: int) -> pyo.Expression:
    if l == 0:
        return pyo.Constraint.Skip
    return sum(m.x[j] for j in m.options_of_line[l]) <= m.most[l]


def between(m: pyo.ConcreteModel, l: int) -> pyo.Expression:
    return 1, sum(m.x[j] for j in m.options_of_line[l]), m.most[l]


def divided(m: pyo.ConcreteModel, l: int) -> pyo.Expression:
    return sum(m.x[j] / m.most[l] for j in m.options_of_line[l]) <= 1


NO_TEMPLATES = (
    *(Rule("SERVED", body) for body in (decided_by_index, decided_by_equal_index, filtered)),
    *(Rule("SERVED", body) for body in (skipped, divided)),
    Rule("OPTIONS", decided_by_number),
)


@pytest.mark.parametrize("rule", NO_TEMPLATES, ids=lambda rule: rule.name)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_rule_that_is_no_template_takes_the_ordinary_road_visibly(
    rule: Rule, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    problem = prepared(tiny_scenario(seed))
    rules = (RULES[0], rule, RULES[1])
    ours = compile_matrix(declare(problem), rules)
    assert ours.elementwise == (rule.name,)
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert record.message.startswith(f"{rule.name} is no template and is built row by row, slowly")
    assert_same_rules(ours, standard_form(expanded(problem, rules)))


def test_a_rule_with_two_bounds_is_one_row() -> None:
    m = compile_matrix(declare(prepared(limited())), rules=(Rule("SERVED", between),))
    assert (m.row_lower.tolist(), m.row_upper.tolist()) == ([1.0], [10.0])
    assert (m.a.toarray() == [[1.0] * m.columns["x"].stop + [0.0]]).all()


def test_each_listing_is_read_whole_on_the_ordinary_road() -> None:
    problem = prepared(mixed_scenario(RICH))
    for rule in RULES:

        def refusing(m: pyo.ConcreteModel, n: int, rule: Rule = rule) -> pyo.Expression:
            return rule.body(m, n) if n >= 0 else None

        slow = compile_matrix(declare(problem), rules=(Rule(rule.over, refusing),))
        quick = compile_matrix(declare(problem), rules=(rule,))
        assert bool(slow.elementwise) == bool(slow.a.shape[0])
        wide, same = (signed(m.a.toarray(), m.row_lower == m.row_upper) for m in (slow, quick))
        np.testing.assert_array_equal(wide, same)
        np.testing.assert_array_equal(slow.row_upper, quick.row_upper)


def weighed(m: pyo.ConcreteModel, g: int) -> pyo.Expression:
    chosen = (m.x[j] * (2 if m.effort[j] > 1 else 1) for j in m.options_of_tier[g])
    return m.tier_quantity[g] - sum(chosen)


def test_a_goal_that_is_no_template_takes_the_ordinary_road_visibly(
    caplog: pytest.LogCaptureFixture,
) -> None:
    problem = prepared(tiny_scenario(0))
    goals = {"weighed": ("TIERS", weighed)}
    ours = compile_matrix(declare(problem), (), goals)
    assert ours.elementwise == ("weighed",)
    assert "weighed is no template" in caplog.text
    m = declare(problem, whole=True).model
    m.weighed = pyo.Objective(m.TIERS, rule=weighed)
    assert_same_goals(ours, standard_form(m))


@pytest.mark.parametrize(("make", "seed"), SEEDS)
def test_our_own_rules_and_goals_are_templates(make: Maker, seed: int) -> None:
    assert both(make, seed)[0].elementwise == ()


def test_a_rule_that_names_nothing_known_is_refused() -> None:
    rule = Rule("SERVED", lambda m, l: m.nowhere[l] <= 1)
    with pytest.raises(AttributeError, match="nowhere"):
        compile_matrix(declare(prepared(limited())), rules=(rule,))
