"""Stock that designs move, add or strand: where it comes from, what it costs, what is said."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from models.errors import ScenarioError
from optimizer import read_scenario
from optimizer.designing import Design, demand_days, frontier, read_designs
from optimizer.designing.day_plans import evaluate
from optimizer.designing.stock_change import StockChange, stock_change
from optimizer.scenario.table_edits import with_table
from tests.support.folders import ROOT
from tests.support.seeds import seeds

NETWORK = ROOT / "scenarios" / "network"
MOVING = """\
format: 1
choose:
  sites: [NEAR]
  stock: {move_cost_per_unit: 1.5, buy_cost_per_unit: 3, hold_cost_per_unit: 0.5, may_buy: 2}
  levels: [1.0]
"""
FILES = {
    "scenario.yaml": """\
format: 1
name: two-sites
currency: EUR
horizon: {start: 2026-11-23, days: 3}
segments: {all: {tier: 1, target: {measure: unit_otif, level: 1}, services: [van]}}
services: {van: {}}
goals: [targets, value]
""",
    "customers.csv": "customer,segment,region\nC,all,NORTH\n",
    "orders.csv": "order,customer,requested\nO,C,2026-11-25\n",
    "lines.csv": "order,line,item,quantity,unit_value\nO,1,PUMP,12,100\n",
    "sites.csv": "site,open,fixed_cost_per_day\nFAR,true,0\nNEAR,true,10\n",
    "lanes.csv": "site,region,service,transit_days,cost_per_unit\n"
    "FAR,SOUTH,van,1,1\nNEAR,NORTH,van,1,1\n",
    "stock.csv": "site,item,on_hand\nFAR,PUMP,10\n",
}


def written(folder: Path, rows: str, others: str = "") -> Path:
    """Write a file with one design, ``a``, that moves stock."""
    path = folder / "designs.yaml"
    text = f"format: 1\ndesigns:\n  a:\n    move_stock: [{rows}]\n{others}"
    path.write_text(text, encoding="utf-8")
    return path


def design(folder: Path, rows: str, others: str = "") -> Design:
    return read_designs(NETWORK, written(folder, rows, others)).candidates["a"]


def units(made: Design) -> dict[tuple[str, str], float]:
    stock = made.scenario["stock"]
    return dict(zip(zip(stock["site"], stock["item"], strict=True), stock["on_hand"], strict=True))


@pytest.mark.parametrize("name", ["lyon", "no-warsaw"])
def test_the_shipped_designs_move_what_they_say_and_add_nothing(name: str) -> None:
    designs = read_designs(NETWORK)
    made = designs.candidates[name]
    both = [
        each["stock"].groupby("item")["on_hand"].sum() for each in (designs.scenario, made.scenario)
    ]
    assert both[0].equals(both[1])
    moved = {"lyon": 53.0, "no-warsaw": 100.0}[name]
    assert made.stock == StockChange(cost=1.5 * moved, moved=moved)


def test_units_leave_where_they_are_taken_from(tmp_path: Path) -> None:
    made = design(tmp_path, "{from: RTM, to: LYO, item: PUMP-040, units: 15}")
    there = units(made)
    assert (there["RTM", "PUMP-040"], there["LYO", "PUMP-040"]) == (18.0, 15.0)
    assert there["RTM", "SEAL-KIT"] == 61.0
    assert ("LYO", "SEAL-KIT") not in there
    assert made.stock == StockChange(moved=15.0, stranded=15.0)  # Lyon is closed, moving is free


def test_a_share_is_of_all_items_without_a_row_of_their_own(tmp_path: Path) -> None:
    rows = "{from: RTM, to: LYO, share: 0.5}, {from: RTM, to: LYO, item: PUMP-040, units: 3}"
    others = "    stock: [{site: RTM, item: MOTOR-075, on_hand: 7}]\n"
    there = units(design(tmp_path, rows, others))
    assert (there["RTM", "PUMP-040"], there["LYO", "PUMP-040"]) == (30.0, 3.0)
    assert (there["RTM", "MOTOR-075"], there["LYO", "MOTOR-075"]) == (4.0, 3.0)
    assert (there["RTM", "SEAL-KIT"], there["LYO", "SEAL-KIT"]) == (31.0, 30.0)


def test_what_is_owed_is_not_there_to_be_moved(tmp_path: Path) -> None:
    others = "    stock: [{site: RTM, item: PUMP-040, on_hand: -3}]\n"
    made = design(tmp_path, "{from: RTM, to: LYO, share: 1}", others)
    there = units(made)
    assert (there["RTM", "PUMP-040"], there["LYO", "PUMP-040"]) == (-3.0, 0.0)
    assert (made.stock.added, made.stock.removed) == (0.0, 33.0)
    with pytest.raises(ScenarioError, match="where there are 0"):
        design(tmp_path, "{from: RTM, to: LYO, item: PUMP-040, units: 1}", others)


def test_moves_are_made_at_once_whatever_their_order(tmp_path: Path) -> None:
    rows = [
        "{from: RTM, to: MIL, item: SEAL-KIT, share: 1}",
        "{from: MIL, to: WAW, item: SEAL-KIT, share: 1}",
    ]
    for order in (rows, rows[::-1]):
        there = units(design(tmp_path, ", ".join(order)))
        assert [there[site, "SEAL-KIT"] for site in ("RTM", "MIL", "WAW")] == [0.0, 61.0, 50.0]


FAULTS = [
    ("{from: RTM, to: LYO, item: PUMP-040, units: 34}", "units: 34 of 'PUMP-040' are taken from"),
    (
        "{from: RTM, to: LYO, item: PUMP-040, units: 20}, "
        "{from: RTM, to: VIE, item: PUMP-040, units: 20}",
        "where there are 33 -> take at most 33 in all",
    ),
    ("{from: RTN, to: LYO, share: 1}", "from: 'RTN' is not among the sites -> did you mean 'RTM'?"),
    ("{from: RTM, to: LYN, share: 1}", "to: 'LYN' is not among the sites"),
    ("{from: RTM, to: LYO, item: PUMP, units: 1}", "item: 'PUMP' is not among the items"),
    ("{from: RTM, to: LYO, item: PUMP-040, units: 1.5}", "units: units is not whole"),
    ("{from: RTM, to: LYO, item: PUMP-040, units: x}", "units: 'x' is not a number"),
    ("{from: RTM, to: LYO, units: 1}", "item: units of which item?"),
    ("{from: RTM, to: LYO}", "units: how much is moved is said twice, or not at all"),
    (
        "{from: RTM, to: LYO, item: PUMP-040, units: 1, share: 1}",
        "how much is moved is said twice",
    ),
    ("{from: RTM, to: RTM, share: 1}", "to: stock cannot be moved to where it is"),
    ("{from: LYO, to: RTM, share: 1}", "from: no unit is moved from 'LYO'"),
    ("{from: RTM, to: LYO, item: PUMP-040, share: 0.01}", "from: no unit of 'PUMP-040' is moved"),
    ("{from: RTM, to: LYO, share: 2}", "share: '2' is too large"),
    ("{to: LYO, share: 1}", "from: from is blank"),
    ("{from: RTM, to: LYO, part: 1}", "part: unknown column 'part'"),
    ("{from: RTM, to: LYO, share: 1}, {from: RTM, to: LYO, share: 1}", "is already given in row 4"),
]


@pytest.mark.parametrize(("rows", "fault"), FAULTS, ids=lambda text: text[:0])
def test_what_cannot_be_moved_is_said_with_its_place(rows: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        design(tmp_path, rows)
    told = [str(issue) for issue in caught.value.issues]
    assert any(line.startswith("designs.yaml:4:") and fault in line for line in told), told
    assert all(issue.remedy for issue in caught.value.issues)


def test_divisible_items_move_in_their_steps(tmp_path: Path) -> None:
    folder = scenario_folder(tmp_path, {"items.csv": "item,divisible\nPUMP,true\n"})
    for row, left in (("units: 2.5", 7.5), ("share: 0.333333", 6.667), ("share: 1", 0.0)):
        file = written(tmp_path, f"{{from: FAR, to: NEAR, item: PUMP, {row}}}")
        there = units(read_designs(folder, file).candidates["a"])
        assert there["FAR", "PUMP"] == pytest.approx(left)
        assert there["FAR", "PUMP"] + there["NEAR", "PUMP"] == 10.0
    with pytest.raises(ScenarioError, match=r"units is no multiple of 0\.001"):
        read_designs(folder, written(tmp_path, "{from: FAR, to: NEAR, item: PUMP, units: 0.0005}"))
    (tmp_path / "designs.yaml").write_text(
        "format: 1\ndesigns: {a: {stock: [{site: NEAR, item: PUMP, on_hand: 1.5}]}}\n", "utf-8"
    )
    made = read_designs(folder, tmp_path / "designs.yaml").candidates["a"]
    assert made.stock.added == 1.5


@pytest.mark.parametrize("seed", seeds(3, 40))
def test_moving_never_makes_nor_loses_a_unit(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    names = ["RTM", "MIL", "WAW", "LYO", "VIE"]
    items = ["", "PUMP-040", "MOTOR-075", "VALVE-025", "FILTER-010", "SEAL-KIT"]
    rows: dict[tuple[str, str, str], str] = {}
    for _ in range(6):
        giver, taker = rng.choice(names[:3]), rng.choice(names)
        if giver != taker:
            rows[giver, taker, str(rng.choice(items))] = f"share: {rng.uniform(0.1, 0.25):.2f}"
    text = ", ".join(
        f"{{from: {a}, to: {b}, {'item: ' + i + ', ' if i else ''}{s}}}"
        for (a, b, i), s in rows.items()
    )
    made = design(tmp_path, text)
    before = read_scenario(NETWORK)["stock"].groupby("item")["on_hand"].sum()
    after = made.scenario["stock"]
    assert after.groupby("item")["on_hand"].sum().equals(before)
    assert (after["on_hand"] >= 0).all()
    assert (after["on_hand"] % 1 == 0).all()
    assert (made.stock.added, made.stock.removed) == (0.0, 0.0)
    assert made.stock.moved > 0


def test_what_is_more_or_less_than_today_is_counted_item_by_item() -> None:
    today = read_scenario(NETWORK)
    stock = today["stock"].copy()
    stock.loc[stock["item"] == "PUMP-040", "on_hand"] += [3.0, -1.0, 0.0]
    stock.loc[stock["item"] == "SEAL-KIT", "on_hand"] -= [5.0, 0.0, 0.0]
    change = stock_change(today, with_table(today, "stock", stock))
    assert (change.moved, change.added, change.removed, change.cost) == (1.0, 2.0, 5.0, 0.0)


def scenario_folder(path: Path, files: Mapping[str, str] | None = None) -> Path:
    """Write a scenario of two sites: only the near one serves the customer, the stock is far."""
    folder = path / "two-sites"
    folder.mkdir()
    for name, text in {**FILES, **(files or {})}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_the_models_cost_and_the_replays_are_one(tmp_path: Path) -> None:
    folder = scenario_folder(tmp_path, {"designs.yaml": MOVING})
    designs = read_designs(folder)
    days = demand_days(designs.scenario, 0)
    with ThreadPoolExecutor(1) as pool:
        found = frontier(designs, days, pool, quiet=True)
        (point,) = found.points.to_dict("records")
        made = evaluate(found.designs, days, pool, quiet=True)
    moving, buying, holding = 12 * 1.5, 2 * 3.0, 12 * 0.5
    assert (point["moved"], point["bought"]) == (10.0, 2.0)
    assert point["stock_cost"] == pytest.approx(moving + buying + holding)
    assert point["cost"] == pytest.approx(3 * 10 + 12 + moving + buying + holding, abs=1e-3)
    assert point["replayed_cost"] == pytest.approx(point["cost"], abs=1e-3)
    assert point["bound"] == pytest.approx(point["cost"], rel=1e-3)
    assert point["proved"]
    assert "proved" in found.takeaway
    figures = made[made["segment"] == ""].set_index("figure")["value"]
    parts = figures[["cost_to_serve", "fixed_cost", "stock_cost"]]
    assert figures["total_cost"] == pytest.approx(parts.sum())


def random_files(seed: int) -> dict[str, str]:
    """Two customers, three sites that may be open, two items, all prices of stock."""
    rng = np.random.default_rng(seed)
    fixed, freight = rng.integers(0, 20, 3), rng.integers(1, 8, 2)
    asked, there, prices = rng.integers(1, 8, 3), rng.integers(1, 9, 4), rng.integers(0, 5, 3) / 2
    near = rng.choice(["true", "false"])
    return {
        "sites.csv": f"site,open,fixed_cost_per_day\nFAR,true,{fixed[0]}\n"
        f"NEAR,{near},{fixed[1]}\nMID,true,{fixed[2]}\n",
        "lanes.csv": "site,region,service,transit_days,cost_per_unit\n"
        f"FAR,NORTH,van,1,{freight[0]}\nNEAR,NORTH,van,1,1\nMID,NORTH,van,1,{freight[1]}\n"
        "FAR,SOUTH,van,1,2\nNEAR,SOUTH,van,1,4\n",
        "customers.csv": "customer,segment,region\nC,all,NORTH\nD,all,SOUTH\n",
        "orders.csv": "order,customer,requested\nO,C,2026-11-25\nP,D,2026-11-25\n",
        "lines.csv": "order,line,item,quantity,unit_value\n"
        f"O,1,PUMP,{asked[0]},100\nO,2,SEAL,{asked[1]},100\nP,1,PUMP,{asked[2]},100\n",
        "stock.csv": f"site,item,on_hand\nFAR,PUMP,{there[0]}\nMID,PUMP,{there[1]}\n"
        f"MID,SEAL,{there[2]}\nNEAR,SEAL,{there[3]}\n",
        "designs.yaml": "format: 1\nchoose:\n  sites: [NEAR, FAR, MID]\n  levels: [1.0]\n"
        f"  stock: {{move_cost_per_unit: {prices[0]}, buy_cost_per_unit: {prices[1]}, "
        f"hold_cost_per_unit: {prices[2]}, may_buy: {rng.integers(0, 20)}}}\n",
    }


@pytest.mark.parametrize("decompose", [False, True])
@pytest.mark.parametrize("seed", seeds(2, 20))
def test_the_cost_in_flows_is_the_cost_of_the_replay(
    seed: int, decompose: bool, tmp_path: Path
) -> None:
    designs = read_designs(scenario_folder(tmp_path, random_files(seed)))
    days = demand_days(designs.scenario, 0)
    with ThreadPoolExecutor(1) as pool:
        found = frontier(designs, days, pool, decompose=decompose, quiet=True)
    (point,) = found.points.to_dict("records")
    assert point["proved"]
    assert point["kept"]
    assert point["replayed_cost"] == pytest.approx(point["cost"], rel=1e-4)


def test_a_candidate_pays_for_its_stock_what_the_model_pays(tmp_path: Path) -> None:
    text = "designs: {a: {move_stock: [{from: FAR, to: NEAR, share: 1}]}}\n"
    folder = scenario_folder(tmp_path, {"designs.yaml": MOVING + text})
    made = read_designs(folder).candidates["a"]
    assert made.stock == StockChange(cost=10 * 1.5 + 10 * 0.5, moved=10.0)
