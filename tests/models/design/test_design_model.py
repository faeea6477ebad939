"""The design formulation: its rules, published optima, decomposition against the whole."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyomo.environ as pyo
import pytest
from scipy.optimize import linprog

from models import design
from models.allocation import Rule
from models.design import EXPRESSIONS, RULES, Network, declare
from models.errors import NoPlanError, ScenarioError
from optimizer import design_network, read_facility_location
from optimizer.common.clock import Clock
from optimizer.compiling import compile_matrix
from optimizer.designing import demand_days, facility_location, frontier
from optimizer.designing.benders_days import DayPrograms
from optimizer.designing.compiled_network import CompiledNetwork
from optimizer.designing.design import Design, Designs
from optimizer.designing.design_solver import unreachable_service
from optimizer.designing.designs_file import read_designs
from optimizer.designing.network_builder import network_of
from optimizer.scenario.table_edits import with_rows, with_table
from optimizer.solving.highs import SolverProcess
from tests.support.folders import ROOT, SHARED
from tests.support.seeds import seeds
from tests.support.standard_form import standard_form

ORLIB = SHARED / "data" / "raw" / "orlib"
LANES = """\
format: 1
choose:
  sites: [WAW]
  lanes:
    - {site: MIL, region: IBERIA, service: standard, cost_per_unit: 0, transit_days: 1,
       fixed_cost_per_day: 1}
    - {site: MIL, region: CEE, service: standard, fixed_cost_per_day: 1000000}
  stock: {may_buy: 60, buy_cost_per_unit: 0.01}
  segment: market
  levels: [0.9]
"""
NETWORK = ROOT / "scenarios" / "network"


def random_network(seed: int, sites: int = 6, customers: int = 12) -> Network:
    """Make a small instance of facility location."""
    rng = np.random.default_rng(seed)
    demand = rng.integers(5, 40, customers).astype(float)
    return facility_location(
        np.full(sites, float(round(2.5 * demand.sum() / sites))),
        rng.integers(200, 900, sites).astype(float),
        demand,
        rng.integers(1, 12, (customers, sites)) * demand[:, None],
    )


@pytest.fixture(scope="module")
def sampled() -> tuple[Designs, Network]:
    designs = read_designs(NETWORK)
    return designs, network_of(designs, demand_days(designs.scenario, 2)[1:])


@pytest.fixture(scope="module")
def lanes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Designs, Network]:
    """Two lanes that may be run, one far too dear, and stock that may be bought."""
    file = tmp_path_factory.mktemp("lanes") / "designs.yaml"
    file.write_text(LANES, encoding="utf-8")
    designs = read_designs(NETWORK, file)
    return designs, network_of(designs, demand_days(designs.scenario, 1)[1:])


def brute_force(network: Network) -> float:
    """Cheapest network by trying every set of open sites, days solved by another solver."""
    compiled = CompiledNetwork.of(network)
    m = compiled.matrix
    model = compiled.model()
    best = np.inf
    for chosen in product((0.0, 1.0), repeat=len(network.sites)):
        lower, upper = model["lower"].copy(), model["upper"].copy()
        lower[m.columns["open"]] = upper[m.columns["open"]] = chosen
        equal = np.isfinite(model["row_lower"])
        assert not equal.any()
        found = linprog(
            model["cost"], m.a, model["row_upper"], bounds=np.column_stack([lower, upper])
        )
        if found.status == 0:
            best = min(best, float(found.fun))
    return best


def test_every_rule_and_goal_carries_its_tag() -> None:
    rules = [re.match(r"\((D\d+)\) ", rule.body.__doc__ or "") for rule in RULES]
    assert [tag and tag[1] for tag in rules] == [f"D{n + 1}" for n in range(len(RULES))]
    goals = [re.match(r"\((F\d+)\) ", body.__doc__ or "") for _, body in EXPRESSIONS.values()]
    assert [tag and tag[1] for tag in goals] == [f"F{n + 1}" for n in range(len(EXPRESSIONS))]


def test_the_maths_card_explains_every_rule_goal_set_parameter_and_variable(
    sampled: tuple[Designs, Network],
) -> None:
    card = (Path(design.__file__).parent / "card.md").read_text(encoding="utf-8")
    headed = re.findall(r"^\*\*\(([DF]\d+)\) `(\w+)`\*\*", card, flags=re.MULTILINE)
    tagged = [(f"D{n + 1}", rule.name) for n, rule in enumerate(RULES)]
    tagged += [(f"F{n + 1}", name) for n, name in enumerate(EXPRESSIONS)]
    assert headed == tagged
    rows = re.findall(r"^\| `(\w+)`", card, flags=re.MULTILINE)
    assert sorted(rows) == sorted(declare(sampled[1]).model.component_map())


def test_rules_compile_as_pyomo_expands_them(sampled: tuple[Designs, Network]) -> None:
    d = declare(sampled[1], whole=True)
    for rule in RULES:
        over = d.model.component(rule.over)
        d.model.add_component(rule.name, pyo.Constraint(over, rule=_not_trivial(rule)))
    ours = compile_matrix(declare(sampled[1]), RULES, EXPRESSIONS)
    assert not ours.elementwise
    form = standard_form(d.model)
    sign = np.where(np.isinf(form.row_upper), -1.0, 1.0)
    limit = np.where(sign > 0, form.row_upper, -form.row_lower)
    at = {name: n for n, name in enumerate(form.columns)}
    names = [(name, n) for name, s in ours.columns.items() for n in range(s.stop - s.start)]
    used = [n for n, name in enumerate(names) if name in at]
    assert len(used) == len(form.columns)
    theirs = form.a[:, [at[names[n]] for n in used]] * sign[:, None]
    there = np.flatnonzero(np.diff(ours.a.tocsr().indptr))
    assert np.array_equal(theirs, ours.a.toarray()[there][:, used])
    assert np.array_equal(limit, ours.row_upper[there])
    assert np.isneginf(ours.row_lower).all()


def _not_trivial(rule: Rule) -> Callable[[Any, int], Any]:
    def body(m: Any, n: int) -> Any:
        found = rule.body(m, n)
        return pyo.Constraint.Skip if isinstance(found, bool) else found

    return body


@pytest.mark.parametrize("seed", seeds(2, 20))
@pytest.mark.parametrize("decompose", [False, True])
def test_the_cheapest_network_is_found(seed: int, decompose: bool) -> None:
    network = random_network(seed, sites=5, customers=7)
    sites, answer = design_network(network, relative_gap=0, decompose=decompose)
    assert answer.cost == pytest.approx(brute_force(network), rel=1e-7)
    assert answer.bound == pytest.approx(answer.cost, rel=1e-7)
    assert answer.bound <= answer.cost
    assert answer.short.tolist() == [0.0]
    paid = network.sites["fixed_cost"][sites["open"]].sum()
    assert 0 < paid < answer.cost


@pytest.mark.long
def test_decomposed_networks_cost_what_whole_ones_do(lanes: tuple[Designs, Network]) -> None:
    whole, apart = (
        design_network(lanes[1], decompose=d, relative_gap=1e-2)[1] for d in (False, True)
    )
    assert apart.rounds > 0
    assert apart.cost == pytest.approx(whole.cost, rel=2e-2)
    assert apart.bound <= whole.cost * (1 + 1e-9)
    assert whole.bound <= apart.cost * (1 + 1e-9)


def test_lanes_that_may_be_run_are_decided_and_replayed(lanes: tuple[Designs, Network]) -> None:
    designs, network = lanes
    assert network.lanes[["region", "service"]].to_numpy().tolist() == [
        ["IBERIA", "standard"],
        ["CEE", "standard"],
    ]
    assert network.lanes["fixed_cost"].tolist() == [5.0, 1e6 * 5]
    found = frontier(
        designs, demand_days(designs.scenario, 1)[1:], ThreadPoolExecutor(1), quiet=True
    )
    assert found.lanes["runs"].tolist() == [True, False]
    made = found.designs["level-90"]
    assert made.extra_per_day == 1.0
    keys = made.scenario["lanes"][["site", "region", "service"]].to_numpy().tolist()
    assert ["MIL", "IBERIA", "standard"] in keys
    assert ["MIL", "CEE", "standard"] not in keys
    bought = found.positions["target"].sum() - designs.scenario["stock"]["on_hand"].sum()
    assert bought > 0


def test_cuts_are_true_for_any_prices(sampled: tuple[Designs, Network]) -> None:
    compiled = CompiledNetwork.of(sampled[1])
    days, rng = DayPrograms.of(compiled), np.random.default_rng(3)
    with SolverProcess(threading.Event()) as process:
        clock = Clock(120)
        days.load(process, clock)
        columns = np.flatnonzero(compiled.first_stage)
        full = compiled.matrix.upper[columns].copy()
        names = np.concatenate(
            [np.full(s.stop - s.start, n) for n, s in compiled.matrix.columns.items()]
        )[columns]
        full[names == "served"] = 0.0
        for _ in range(3):
            first = full * rng.random(len(full))
            flows, _ = days.solve(process, first, clock)
            assert flows is not None
            true = np.bincount(days.day_of_flow, days.cost * flows, days.count)
            duals = rng.normal(size=len(days.lower))
            cuts = days._cuts(duals, np.arange(days.count), of_cost=True)  # noqa: SLF001
            assert (cuts.constants + cuts.slopes @ first <= true + 1e-6).all()


def test_what_no_network_reaches_is_said_tier_by_tier() -> None:
    network = facility_location(
        np.array([6.0]), np.array([5.0]), np.array([10.0]), np.array([[10.0]])
    )
    _, answer = design_network(network)
    assert answer.short == pytest.approx([4.0], abs=1e-4)
    assert answer.cost == pytest.approx(5 + 6, abs=1e-3)
    with SolverProcess(threading.Event()) as process:
        short = unreachable_service(CompiledNetwork.of(network), process, Clock(60))
    assert short == pytest.approx([4.0], abs=1e-4)


def test_no_time_is_said() -> None:
    with pytest.raises(NoPlanError, match="allow more seconds"):
        design_network(random_network(1), seconds=0)


def test_an_instance_is_read_as_the_library_writes_it(tmp_path: Path) -> None:
    text = " 2 3 \n capacity 100.\n capacity 50.\n 4 \n 8.0 12.0 \n 2 \n 6.0 2.0\n 5\n 5.0 10.0\n"
    path = tmp_path / "tiny.txt"
    path.write_text(text, encoding="utf-8")
    sites, answer = design_network(read_facility_location(path, 20))
    assert answer.cost == pytest.approx(50 + 12 + 2 + 10)
    assert sites["open"].tolist() == [False, True]
    with pytest.raises(ScenarioError, match="leaves the capacity open"):
        read_facility_location(path)
    path.write_text("2 3 1 2 3", encoding="utf-8")
    with pytest.raises(ScenarioError, match="no instance"):
        read_facility_location(path)


@pytest.mark.parametrize(
    ("name", "optimum"),
    [("cap41", 1040444.375), ("cap71", 932615.750), ("cap101", 796648.437)],
)
def test_published_optima_are_found(name: str, optimum: float) -> None:
    path = ORLIB / f"{name}.txt"
    if not path.is_file():
        absent = "the instances (../shared/data/raw/orlib) are not beside the project"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(absent)
    network = read_facility_location(path)
    for decompose in (False, True):
        _, answer = design_network(network, decompose=decompose)
        assert answer.cost == pytest.approx(optimum, rel=1e-8)
        assert answer.gap <= 1e-6


@pytest.mark.long
def test_a_large_instance_is_proved_day_by_day() -> None:
    network = random_network(5, sites=60, customers=400)
    _, answer = design_network(network, decompose=True, relative_gap=1e-5)
    assert answer.gap <= 1e-5


def test_what_waits_for_a_transfer_and_what_a_lane_carries(
    sampled: tuple[Designs, Network],
) -> None:
    scenario = sampled[0].scenario
    stock = scenario["stock"]
    scenario = with_table(scenario, "stock", stock[stock["site"] != "MIL"].reset_index(drop=True))
    way = {"from_site": "RTM", "to_site": "MIL", "item": "", "transit_days": 1}
    ways = pd.DataFrame([way | {"cost_per_unit": 0.0, "units_per_day": np.nan}])
    limits = [("RTM", "", "standard", pd.NaT, 7.0), ("RTM", "ITALY", "standard", pd.NaT, 3.0)]
    columns = ["site", "region", "service", "date", "units"]
    scenario = with_rows(scenario, "transfers", ways)
    scenario = with_rows(scenario, "lane_capacity", pd.DataFrame(limits, columns=columns))
    alone = Designs(scenario, {"today": Design(scenario)})
    network = network_of(alone, demand_days(scenario, 1)[1:])
    assert "MIL" not in set(network.sites["site"].to_numpy()[network.flows["site"]])
    limit = network.lane_capacity["limit"].to_numpy()
    assert limit.tolist() == [3.0 * (n + 1) for n in range(len(limit) // 2)] + [
        7.0 * (n + 1) for n in range(len(limit) - len(limit) // 2)
    ]
    _, answer = design_network(network)
    flow = CompiledNetwork.of(network).of_variable("flow", answer.vector)
    uses = network.lane_uses
    used = np.bincount(uses["row"], flow[uses["flow"]], len(limit))
    assert (used <= limit + 1e-6).all()


def test_a_network_without_choices_is_todays(sampled: tuple[Designs, Network]) -> None:
    scenario = sampled[0].scenario
    alone = Designs(scenario, {"today": Design(scenario)})
    network = network_of(alone, demand_days(scenario, 1)[1:])
    assert (network.sites["may_open"] == network.sites["must_open"]).all()
    assert (network.positions["most"] == network.positions["today"]).all()
    assert isinstance(network.flows, pd.DataFrame)
