"""The generated peak week: what those who plan, test and measure with it may rely on."""

from pathlib import Path

import pandas as pd
import pytest

from models.errors import UsageError
from models.scenario import Scenario
from models.tables import TABLES
from optimizer.benching.peak_week import generate
from optimizer.preparing import prepare
from optimizer.reading import read_scenario
from optimizer.scenario.bundled import bundled_names, copy_bundled
from optimizer.scenario.scenario_writer import write_scenario
from tests.support.folders import ROOT

SCENARIOS = ROOT / "scenarios"


@pytest.fixture(scope="module")
def week() -> Scenario:
    return generate(lines=2000, seed=2026)


def test_bundled_files_are_the_generators(week: Scenario, tmp_path: Path) -> None:
    write_scenario(week, tmp_path / "fresh", tables="csv")
    fresh = {file.name: file.read_bytes() for file in (tmp_path / "fresh").iterdir()}
    bundled = {file.name: file.read_bytes() for file in (SCENARIOS / "peak-week").iterdir()}
    del bundled["README.md"]
    assert bundled == fresh


def test_same_arguments_same_week_other_seed_other_week() -> None:
    first, again, other = generate(300, seed=5), generate(300, seed=5), generate(300, seed=6)
    for name in TABLES:
        pd.testing.assert_frame_equal(first[name], again[name])
    assert not first["lines"].equals(other["lines"])


@pytest.mark.parametrize("lines", [1, 2, 37, 20_000])
def test_any_size_passes_the_door(lines: int, tmp_path: Path) -> None:
    made = generate(lines, seed=lines)
    assert len(made["lines"]) == lines
    assert set(made["orders"]["order"]) == set(made["lines"]["order"])
    write_scenario(made, tmp_path / "made", tables="parquet")
    read = read_scenario(tmp_path / "made")
    assert read.warnings == ()
    for name in TABLES:
        pd.testing.assert_frame_equal(read[name], made[name])


def test_no_lines_no_week() -> None:
    with pytest.raises(ValueError, match="at least one line"):
        generate(lines=0)


def test_supply_is_short_and_partly_late(week: Scenario) -> None:
    ordered = week["lines"]["quantity"].sum()
    on_hand, inbound = week["stock"]["on_hand"].sum(), week["receipts"]["quantity"].sum()
    assert (on_hand + inbound) / ordered == pytest.approx(0.8, abs=0.01)
    assert 0.1 < inbound / ordered < 0.3
    days = (week["receipts"]["date"] - pd.Timestamp(week.settings.horizon.start)).dt.days
    assert days.min() == 3
    assert days.max() == 9


def test_supply_follows_its_parameter() -> None:
    rich = generate(2000, seed=3, supply=1.5)
    held = rich["stock"]["on_hand"].sum() + rich["receipts"]["quantity"].sum()
    assert held / rich["lines"]["quantity"].sum() == pytest.approx(1.5, abs=0.01)


def test_quantities_are_whole_and_positive(week: Scenario) -> None:
    assert week["lines"]["quantity"].min() >= 1
    assert week["receipts"]["quantity"].min() >= 1
    for table, column in (("lines", "quantity"), ("stock", "on_hand"), ("receipts", "quantity")):
        assert (week[table][column] % 1 == 0).all()


def test_every_rule_of_an_order_occurs_in_its_share() -> None:
    large = generate(20_000, seed=8)
    orders, lines = large["orders"], large["lines"]
    size = lines.groupby("order").size()
    assert size.between(1, 8).all()
    assert not lines.duplicated(["order", "item"]).any()
    complete = orders.loc[orders["ship_complete"], "order"]
    assert len(complete) / len(orders) == pytest.approx(0.08, abs=0.01)
    assert size[complete].min() >= 2
    assert lines["complete"].mean() == pytest.approx(0.015, abs=0.005)
    assert (lines["min_fill"] == 0.5).mean() == pytest.approx(0.02, abs=0.005)
    assert set(orders["service"]) == {"", "express"}
    assert orders["cancel"].notna().mean() == pytest.approx(0.8, abs=0.02)
    assert (orders["earliest"] <= orders["requested"]).all()
    assert not (orders["cancel"] <= orders["requested"]).any()
    assert (orders["requested"].dt.day_of_week < 5).all()


def test_peak_days_are_tighter_than_the_rest(week: Scenario) -> None:
    capacity = week["site_capacity"]
    normal = capacity[capacity["date"].isna()].set_index("site")["units"]
    peak = capacity.dropna(subset="date")
    assert sorted(peak["date"].dt.day.unique()) == [25, 26, 27]
    assert (peak["units"] < 0.65 * peak["site"].map(normal) + 1).all()


def test_every_segment_orders_and_lines_have_a_choice(week: Scenario) -> None:
    segment = week["lines"].merge(week["orders"]).merge(week["customers"])["segment"]
    assert set(segment) == set(week.settings.segments)
    options = len(prepare(week).options) / len(week["lines"])
    assert 10 < options < 25


def test_bundled_scenarios_are_listed_and_copied(tmp_path: Path) -> None:
    assert [name for name in bundled_names() if "/" not in name] == [
        "crisis-recovery",
        "daily",
        "look-ahead",
        "network",
        "peak-week",
        "quickstart",
    ]
    target = copy_bundled("quickstart", tmp_path / "new" / "mine")
    assert read_scenario(target).settings.name == "quickstart"
    empty = tmp_path / "empty"
    empty.mkdir()
    assert (copy_bundled("quickstart", empty) / "README.md").is_file()


def test_copies_never_overwrite(tmp_path: Path) -> None:
    mine = tmp_path / "orders.csv"
    mine.write_text("mine")
    for target in (tmp_path, mine, mine / "below"):
        with pytest.raises(UsageError, match=str(target)):
            copy_bundled("quickstart", target)
    assert list(tmp_path.iterdir()) == [mine]
    assert mine.read_text() == "mine"


def test_an_unknown_name_is_answered_with_the_names(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'peak'.*crisis-recovery.*peak-week, quickstart"):
        copy_bundled("peak", tmp_path / "new")
    assert not (tmp_path / "new").exists()
