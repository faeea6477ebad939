"""Candidate designs: overlays, days, replays, intervals, the frontier, what more is worth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.errors import ScenarioError, UsageError
from models.settings import Policy
from models.solution import Solution
from optimizer import compare, plan, read_scenario
from optimizer.cli import main
from optimizer.designing import (
    Design,
    DesignComparison,
    Designs,
    Frontier,
    compare_designs,
    demand_days,
    frontier,
    read_designs,
    worth,
)
from optimizer.designing.day_plans import evaluate
from optimizer.designing.demand_sample import OWN
from optimizer.designing.kpis import SERVICE, kpis_of
from optimizer.designing.paired_intervals import paired_intervals
from optimizer.designing.replay import replay
from optimizer.scenario.table_edits import cast_rows, with_table
from tests.support.folders import ROOT

SCENARIOS = ROOT / "scenarios"
NETWORK = SCENARIOS / "network"


@pytest.fixture(scope="module")
def pool() -> Iterator[Executor]:
    """One thread: no process is started for a few plans."""
    with ThreadPoolExecutor(1) as executor:
        yield executor


@pytest.fixture(scope="module")
def designs() -> Designs:
    return read_designs(NETWORK)


@pytest.fixture(scope="module")
def solution(designs: Designs) -> Solution:
    """Today's plan of the scenario's own day."""
    return plan(designs.scenario).solution


@pytest.fixture(scope="module")
def two(designs: Designs) -> dict[str, Design]:
    """Two designs equal but for the freight of one lane."""
    return {name: designs.candidates[name] for name in ("today", "cheaper-freight")}


@pytest.fixture(scope="module")
def kpis(two: dict[str, Design], designs: Designs, pool: Executor) -> pd.DataFrame:
    return evaluate(two, demand_days(designs.scenario, 5), pool, quiet=True)


@pytest.fixture(scope="module")
def found(designs: Designs, pool: Executor) -> Frontier:
    days = demand_days(designs.scenario, 2)[1:]
    return frontier(designs, days, pool, levels=[0.95, 0.6, 0.8], quiet=True)


def written(folder: Path, text: str) -> Path:
    path = folder / "designs.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_designs_differ_in_what_they_say_and_in_nothing_else(designs: Designs) -> None:
    assert next(iter(designs.candidates)) == "today"
    today = designs.scenario
    lyon = designs.candidates["lyon"].scenario
    assert lyon["sites"].set_index("site")["open"].to_dict()["LYO"]
    assert lyon["sites"].drop(columns="open").equals(today["sites"].drop(columns="open"))
    assert len(lyon["stock"]) == len(today["stock"]) + 5
    others = ~today["stock"]["site"].isin(["RTM"])
    assert lyon["stock"].head(len(today["stock"]))[others].equals(today["stock"][others])
    freight = designs.candidates["cheaper-freight"].scenario["lanes"]
    assert (freight != today["lanes"]).sum().to_dict()["cost_per_unit"] == 1
    assert (freight != today["lanes"]).to_numpy().sum() == 1
    express = designs.candidates["express-for-core"].scenario
    assert express.settings.segments["core"].services == ("standard", "express")
    assert express.settings.segments["market"] == today.settings.segments["market"]
    assert designs.candidates["today"].scenario.settings == today.settings
    days = today.settings.horizon.days
    more = designs.candidates["lyon"].fixed_cost - designs.candidates["today"].fixed_cost
    assert more == pytest.approx(130 * days)


def test_rows_can_be_left_out_and_new_ones_take_their_defaults(tmp_path: Path) -> None:
    text = (
        "format: 1\ndesigns:\n  d:\n    fixed_cost_per_day: 7\n"
        "    without: {lanes: [{site: RTM, region: FRANCE, service: express}]}\n"
        "    site_capacity: [{site: WAW, date: 2026-11-24, units: 5}]\n"
        "    receipts: [{site: MIL, item: SEAL-KIT, date: 2026-11-24, quantity: 3}]\n"
    )
    found = read_designs(NETWORK, written(tmp_path, text))
    design, today = found.candidates["d"], found.scenario
    assert len(design.scenario["lanes"]) == len(today["lanes"]) - 1
    added = design.scenario["site_capacity"].iloc[-1].to_dict()
    assert added == {"site": "WAW", "date": pd.Timestamp("2026-11-24"), "units": 5.0}
    assert design.scenario["receipts"]["confidence"].tolist() == [1.0]
    assert found.choices is None
    assert design.extra_per_day == 7


FAULTS = [
    ("format: 2", "designs.yaml:1:9: format: '2' is not a choice"),
    ("format: 1\ndesign: {}", "designs.yaml:2:1: unknown key 'design' -> did you mean 'designs'?"),
    (
        "format: 1\ndesigns: {a: {site: []}}",
        "designs.yaml:2:15: unknown key 'designs.a.site' -> did you mean 'sites'?",
    ),
    (
        "format: 1\ndesigns: {a: {sites: [{site: RTM, opened: true}]}}",
        "designs.yaml:2:opened: unknown column 'opened' -> did you mean 'open'?",
    ),
    (
        "format: 1\ndesigns:\n  a:\n    lanes:\n"
        "      - {site: RTN, region: FRANCE, service: standard, transit_days: 1}",
        "designs.yaml:5:site: 'RTN' is not among the sites -> did you mean 'RTM'?",
    ),
    (
        "format: 1\ndesigns: {a: {stock: [{site: RTM, item: SEAL-KIT, on_hand: x}]}}",
        "designs.yaml:2:on_hand: 'x' is not a number",
    ),
    (
        "format: 1\ndesigns: {a: {lanes: [{site: VIE, region: CEE, service: standard}, "
        "{site: RTM, region: MARS, service: standard, transit_days: 1}]}}",
        "'MARS' is not among the regions",
    ),
    (
        "format: 1\ndesigns: {a: {stock: [{site: LYO, item: SEAL-KIT}]}}",
        "designs.yaml:2:on_hand: ",
    ),
    (
        "format: 1\ndesigns: {a: {stock: [{site: RTM, item: SEAL-KIT, on_hand: 1}, "
        "{site: RTM, item: SEAL-KIT, on_hand: 2}]}}",
        "is already given in row 2",
    ),
    (
        "format: 1\ndesigns: {a: {header: {segments: {core: {services: [drone]}}}}}",
        "designs.yaml:2:52: segment 'core' names the unknown service 'drone'",
    ),
    (
        "format: 1\ndesigns: {a: {header: {segments: {new: {tier: 9, services: [standard]}}}}}",
        "a design cannot add segment 'new'",
    ),
    (
        "format: 1\ndesigns: {a: {header: {horizon: {start: 2026-11-24, days: 2}}}}",
        "a design cannot change 'horizon'",
    ),
    (
        "format: 1\ndesigns: {a: {without: {lanes: [{site: RTM}]}}}",
        "no row of lanes is site: RTM -> name it by site, region, service",
    ),
    (
        "format: 1\nchoose: {sites: [RTM, PAR], segment: cor}",
        "designs.yaml:2:23: 'PAR' is not among the sites",
    ),
    ("format: 1\nchoose: {levels: []}", "choose.levels is empty"),
    ("format: 1\nchoose: {segment: cor}", "'cor' is not among the segments"),
]


@pytest.mark.parametrize(("text", "fault"), FAULTS, ids=lambda text: text[:0])
def test_faults_are_found_at_the_door_with_their_place(
    text: str, fault: str, tmp_path: Path
) -> None:
    with pytest.raises(ScenarioError) as caught:
        read_designs(NETWORK, written(tmp_path, text))
    told = [str(issue) for issue in caught.value.issues]
    assert any(fault in line for line in told), told
    assert all(issue.remedy for issue in caught.value.issues)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_designs(NETWORK, tmp_path / "none.yaml")


def test_days_are_the_same_for_the_same_seed_and_can_be_planned(designs: Designs) -> None:
    own, first, second = demand_days(designs.scenario, 2, seed=4)
    again = demand_days(designs.scenario, 2, seed=4)[1]
    other = demand_days(designs.scenario, 1, seed=5)[1]
    assert own.of(designs.scenario) is designs.scenario
    assert first.book is not None
    assert again.book is not None
    assert other.book is not None
    assert first.book["lines"].equals(again.book["lines"])
    assert not first.book["lines"].equals(other.book["lines"])
    drawn = first.of(designs.scenario)
    assert drawn["orders"]["order"].is_unique
    assert set(drawn["lines"]["order"]) == set(drawn["orders"]["order"])
    assert not drawn["lines"].duplicated(["order", "line"]).any()
    copies = drawn["orders"]["order"].str.split("~").str[0]
    assert set(copies) <= set(designs.scenario["orders"]["order"])
    assert copies.duplicated().any()
    assert second.name == "day-2"


def test_a_day_of_history_is_shifted_to_the_start(designs: Designs) -> None:
    past = read_scenario(NETWORK)
    week = pd.Timedelta(days=7)
    earlier = past.settings.horizon.model_copy(update={"start": pd.Timestamp("2026-11-16").date()})
    orders = past["orders"]
    moved = {name: orders[name] - week for name in ("requested", "ordered", "earliest", "cancel")}
    past = with_table(past, "orders", cast_rows("orders", orders.assign(**moved)))
    past = replace(past, settings=past.settings.model_copy(update={"horizon": earlier}))
    day = demand_days(designs.scenario, 0, history=[past])[1].of(designs.scenario)
    assert day["orders"].equals(designs.scenario["orders"])
    with pytest.raises(UsageError, match="has segments that the scenario has not"):
        demand_days(designs.scenario, 0, history=[read_scenario(SCENARIOS / "quickstart")])


def test_replaying_todays_network_reproduces_todays_figures_exactly(
    designs: Designs, kpis: pd.DataFrame, solution: Solution
) -> None:
    told = kpis_of(designs.scenario, solution.service, solution.totals, 460.0 * 5)
    mine = kpis[(kpis["design"] == "today") & (kpis["day"] == OWN)]
    assert mine[["segment", "figure", "value"]].reset_index(drop=True).equals(told)


def test_a_replay_in_figures_alone_is_the_plan(designs: Designs) -> None:
    scenario = demand_days(designs.scenario, 1)[1].of(designs.candidates["lyon"].scenario)
    for policy in (Policy.OPTIMAL, Policy.FCFS):
        whole = plan(scenario, policy).solution
        settings = scenario.settings.model_copy(update={"policy": policy})
        service, totals = replay(replace(scenario, settings=settings))
        assert totals == whole.totals
        left = [frame.drop(columns="best_reachable") for frame in (service, whole.service)]
        assert left[0].equals(left[1])


def test_pairing_makes_intervals_at_least_ten_times_narrower(kpis: pd.DataFrame) -> None:
    told = paired_intervals(kpis[kpis["day"] != OWN])
    mine = told[(told["design"] == "cheaper-freight") & (told["segment"] == "")]
    mine = mine.set_index("figure")
    figures = ["cost_to_serve", "total_cost", "delivered_value"]
    assert (mine["unpaired"] >= 10 * mine["paired"])[figures].all()
    assert mine["difference"].to_dict()["cost_to_serve"] < 0
    assert (mine["days"] == 5).all()
    first = told[told["design"] == "today"]
    assert (first["difference"] == 0).all()


def test_intervals_are_those_of_student() -> None:
    from scipy.stats import ttest_rel

    rng = np.random.default_rng(2)
    a, b = rng.random(8), rng.random(8)
    rows = [
        ("x" if n else "first", f"d{k}", "", "cost", v)
        for n, values in enumerate((a, b))
        for k, v in enumerate(values)
    ]
    frame = pd.DataFrame(rows, columns=["design", "day", "segment", "figure", "value"])
    (row,) = paired_intervals(frame).query("design == 'x'").to_dict("records")
    low, high = ttest_rel(b, a).confidence_interval(0.95)
    assert (row["difference"] - row["paired"], row["difference"] + row["paired"]) == pytest.approx(
        (low, high)
    )
    assert row["days"] == 8


def test_the_frontier_is_monotone_and_every_point_is_replayed(
    found: Frontier, designs: Designs
) -> None:
    points = found.points
    assert points["level"].tolist() == [0.6, 0.8, 0.95]
    assert (np.diff(points["cost"]) >= -1e-6).all()
    assert (np.diff(points["bound"]) >= -1e-6).all()
    assert (points["bound"] <= points["cost"] + 1e-9).all()
    assert points["replayed_cost"].notna().all()
    asked = np.minimum(found.service["promised"], found.service["possible"])
    assert ((found.service["replayed"] >= asked - 5e-4) == found.service["kept"]).all()
    assert points["kept"].tolist() == [True, True, True]
    total = designs.scenario["stock"]["on_hand"].sum()
    for point, places in found.positions.groupby("point"):
        assert places["target"].sum() == pytest.approx(total)
        assert (places["change"] == places["target"] - places["today"]).all()
        stock = found.designs[str(point)].scenario["stock"]
        assert stock["on_hand"].sum() == pytest.approx(total)
        assert (stock["on_hand"] % 1 == 0).all()
        is_open = found.sites[found.sites["point"] == point].set_index("site")["open"]
        replay = found.designs[str(point)].scenario["sites"].set_index("site")["open"]
        assert replay.equals(is_open.rename_axis("site"))
    assert "<table" in found._repr_html_()
    assert str(points["point"].iloc[-1]) in repr(found).splitlines()[-1]
    assert found.plot().to_dict()["layer"]
    assert found.to_frame() is points


def test_what_cannot_be_asked_of_a_frontier_is_said(designs: Designs, pool: Executor) -> None:
    days = demand_days(designs.scenario, 0)
    with pytest.raises(UsageError, match="nothing may be chosen"):
        frontier(Designs(designs.scenario, designs.candidates), days, pool)
    with pytest.raises(UsageError, match="segment 'gold' does not exist"):
        frontier(designs, days, pool, segment="gold")
    with pytest.raises(UsageError, match="is no share"):
        frontier(designs, days, pool, levels=[1.5])


def test_more_is_worth_between_its_price_and_what_another_plan_finds(
    designs: Designs, pool: Executor, solution: Solution
) -> None:
    told = worth(designs.scenario, solution, pool, verify=1, quiet=True)
    priced = told[told["resource"] != "faster_lane"]
    assert (priced["at_least"] <= priced["at_most"]).all()
    assert not priced.duplicated(["resource", "site", "item", "region", "service", "week"]).any()
    tried = priced[priced["gained"].notna()]
    assert sorted(tried["resource"]) == ["site_capacity", "stock"]
    lanes = told[told["resource"] == "faster_lane"]
    assert lanes["gained"].notna().all()
    assert lanes["at_least"].isna().all()
    assert (lanes["service_gained"] >= 0).any()
    with pytest.raises(UsageError, match="must be more than 0"):
        worth(designs.scenario, solution, units=0)


def test_a_comparison_tells_shows_and_writes(
    designs: Designs, kpis: pd.DataFrame, found: Frontier, solution: Solution, tmp_path: Path
) -> None:
    told = paired_intervals(kpis[kpis["day"] != OWN])
    prices = worth(designs.scenario, solution)
    titles = {"today": "", "cheaper-freight": "less"}
    comparison = DesignComparison(titles, kpis, told, prices, found)
    frame = comparison.to_frame()
    assert frame["design"].tolist() == ["today", "cheaper-freight"]
    core = kpis[(kpis["segment"] == "core") & (kpis["day"] != OWN) & (kpis["design"] == "today")]
    wide = core.pivot_table(index="day", columns="figure", values="value")
    mean = (wide[SERVICE] * wide["asked"]).sum() / wide["asked"].sum()
    assert frame["service core"].iloc[0] == pytest.approx(mean)
    assert "%" in comparison._repr_html_()
    assert repr(comparison).startswith("design")
    assert "total_cost" in repr(comparison)
    assert comparison.plot().to_dict()["vconcat"]
    assert len(comparison.own) * 6 == len(kpis)
    names = {path.name for path in comparison.write(tmp_path / "out").iterdir()}
    assert {"designs.csv", "differences.csv", "frontier_positions.csv", "worth.csv"} <= names


def test_the_command_tries_designs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, "format: 1\ndesigns: {today: {}}\n")
    args = ["designs", str(NETWORK), "--designs", str(file), "--days", "0", "--processes", "1"]
    assert main([*args, "--out", str(tmp_path / "out"), "-q"]) == 0
    assert "Mean of the days" in capsys.readouterr().out
    kpis = pd.read_csv(tmp_path / "out" / "kpis.csv")
    assert kpis["day"].unique().tolist() == [OWN]
    assert main(["designs", str(tmp_path / "nowhere")]) == 3
    assert main([*args, "--days", "-1"]) == 2


@pytest.mark.long
def test_the_command_does_all_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = ["designs", str(NETWORK), "--days", "4", "--verify", "1", "--json", "-q"]
    assert main(args) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["kept"] for row in told["frontier_points"]] == [True] * 6
    assert main([*args[:-2], "--out", str(tmp_path)]) == 0
    assert "times narrower than on different ones" in capsys.readouterr().out


def test_plans_and_comparisons_show_themselves(designs: Designs, solution: Solution) -> None:
    whole = plan(designs.scenario, "fcfs")
    assert "<table" in whole._repr_html_()
    assert whole.to_frame() is whole.lines
    assert {"promises", "flows"} <= set(whole.pictures)
    both = compare((designs.scenario, solution), (designs.scenario, whole.solution))
    drawn = both.plot().to_dict()
    assert drawn["encoding"]["x"]["field"] == "achieved"


def test_days_that_cannot_be_drawn_are_said() -> None:
    with pytest.raises(UsageError, match="cannot be drawn"):
        compare_designs(NETWORK, days=-1)
