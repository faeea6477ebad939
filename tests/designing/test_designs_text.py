"""What the terminal says of designs: every count of days and designs, open gaps, other supply."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from optimizer import read_scenario
from optimizer.cli import main
from optimizer.cli.designs_text import print_designs
from optimizer.designing import Design, DesignComparison, Frontier
from optimizer.designing.design_charts import frontier_chart
from optimizer.designing.kpis import FIGURES, KPIS
from optimizer.designing.paired_intervals import paired_intervals
from optimizer.designing.resource_worth import WORTH
from tests.support.folders import ROOT

QUICKSTART = ROOT / "scenarios" / "quickstart"
NAMES = ["today", "b[c]", "third", "fourth", "fifth"]
POINTS = {
    "point": ["level-60", "level-80", "level-90"],
    "level": [0.6, 0.8, 0.9],
    "cost": [1000.0, 2000.0, 3000.0],
    "bound": [1000.0, 1500.0, 3000.0],
    "gap": [0.0, 0.25, 0.0],
    "open": [1, 1, 1],
    "stock": [10.0, 10.0, 10.0],
    "moved": [3.0, 4.0, 0.0],
    "seconds": [1.0, 1.0, 1.0],
    "bought": [0.0, 2.0, 0.0],
    "stock_cost": [5.0, 6.0, 0.0],
    "replayed_cost": [1010.0, 2020.0, 3030.0],
    "kept": [True, True, False],
    "proved": [True, False, True],
}


def comparison(designs: int, days: int, frontier: Frontier | None = None) -> DesignComparison:
    """Make up figures of some designs on the own day and some drawn ones."""
    rng, names = np.random.default_rng([designs, days]), NAMES[:designs]
    rows: list[tuple[str, str, str, str, float]] = []
    for day in ["own", *(f"day-{n + 1}" for n in range(days))]:
        for name in names:
            rows += [(name, day, "core", "service", rng.random()), (name, day, "core", "asked", 9)]
            rows += [(name, day, "none", "service", np.nan), (name, day, "none", "asked", 0.0)]
            rows += [(name, day, "", f.name, 1e4 * rng.random()) for f in FIGURES[:9]]
            rows += [(name, day, "", f.name, 0.0) for f in FIGURES[9:]]
    kpis = pd.DataFrame(rows, columns=list(KPIS)).astype(KPIS)
    drawn = kpis[kpis["day"] != "own"]
    worth = pd.DataFrame({name: [] for name in WORTH}).astype(WORTH)
    titles = dict.fromkeys(names, "")
    return DesignComparison(
        titles, kpis, paired_intervals(drawn if days else kpis), worth, frontier
    )


def network_points(**columns: list[object]) -> Frontier:
    points = pd.DataFrame(POINTS | columns)
    service = pd.DataFrame({"point": points["point"], "segment": "core", "promised": 0.6})
    service = service.assign(possible=0.6)
    sites = pd.DataFrame({"point": points["point"], "site": "RTM", "open": True, "today": True})
    none = pd.DataFrame()
    made = {point: Design(read_scenario(QUICKSTART)) for point in points["point"]}
    return Frontier(points, service, sites, none, none, made)


def told(made: DesignComparison, width: int = 200) -> str:
    out = io.StringIO()
    print_designs(Console(file=out, width=width), made)
    return out.getvalue()


@pytest.mark.parametrize("days", [0, 1, 2, 12])
@pytest.mark.parametrize("designs", [1, 2, 5])
def test_every_count_of_days_and_designs_is_told_and_drawn(designs: int, days: int) -> None:
    made = comparison(designs, days)
    text = told(made)
    assert "nan" not in text
    assert ("±" in text) == (designs > 1 and days > 1)
    assert ("Against today" in text) == (designs > 1)
    assert ("no interval" in text) == (designs > 1 and days < 2)
    assert ("own day alone" in text) == (days == 0)
    assert all(name in text for name in NAMES[:designs])
    assert made.days == days
    assert repr(made)
    assert made.plot().to_dict()["vconcat"]


def test_amounts_are_whole_shares_in_percent_and_nothing_is_minus_nothing() -> None:
    made = comparison(2, 1)
    rows = made.differences
    is_it = (rows["design"] == "b[c]") & (rows["figure"] != "service")
    rows.loc[is_it, "difference"] = -0.3
    assert "+0" in told(made)
    assert "-0 " not in told(made)
    rows.loc[is_it, "difference"] = -1234567.0
    assert "-1,234,567" in told(made)
    rows.loc[rows["figure"] == "service", "difference"] = 0.0123
    assert "+1.2%" in told(made)


def test_supply_that_differs_from_todays_is_said() -> None:
    made = comparison(2, 1)
    assert made.notes == []
    is_it = (made.kpis["design"] == "b[c]") & (made.kpis["day"] == "own")
    for figure, units in (("added_units", 105), ("removed_units", 2.5), ("stranded_units", 1)):
        made.kpis.loc[is_it & (made.kpis["figure"] == figure), "value"] = units
    said = " ".join(told(made).split())
    assert "b[c] has 105 units more in stock and receipts than today" in said
    assert "b[c] has 2.5 units less in stock and receipts than today" in said
    assert "In b[c], 1 units of stock" in said
    assert "105 units more" in repr(made)
    assert "105 units more" in made._repr_html_()


def test_a_point_with_an_open_gap_is_marked_and_nothing_is_concluded_from_it() -> None:
    found = network_points()
    text = " ".join(told(comparison(1, 1, found)).split())
    assert "25.0% open" in text
    assert text.count("proved") >= 2
    assert "The highest level that is kept is 80.0%" in text
    assert "Not proved: a network for 1,500 EUR, 25.0% less, is not ruled out" in text
    assert "2 bought" in text
    layers = frontier_chart(found.points, ["", "", ""]).to_dict()["layer"]
    filters = [each["transform"][0]["filter"] for each in layers if "transform" in each]
    assert filters == ["datum.proved", "!datum.proved"]


def test_a_proved_point_is_said_to_be_proved() -> None:
    found = network_points(proved=[True] * 3, gap=[0.0] * 3)
    text = " ".join(told(comparison(1, 1, found)).split())
    assert "is not ruled out" not in text
    assert "No network that keeps it costs less than 1,500 EUR: proved." in text


def test_nothing_is_taken_home_where_no_level_is_kept() -> None:
    found = network_points(kept=[False] * 3)
    assert found.best is None
    assert "no network to take home" in told(comparison(1, 1, found))


def test_a_level_that_is_in_reach_is_taken_before_one_that_is_not() -> None:
    found = network_points(kept=[True] * 3)
    found.service["promised"] = [0.6, 0.6, 0.9]
    assert found.best is not None
    assert found.best["level"] == 0.8
    found.service["promised"] = [0.7, 0.8, 0.9]
    assert found.best["level"] == 0.9
    assert "No network of the choices reaches more than 60.0% for core." in found.takeaway


FILES = {
    "1": "format: 1\n",
    "0": "format: 1\ndesigns: {today: {}, moved: {move_stock: "
    "[{from: HAM, to: MUC, item: PUMP-040, units: 2}]}}\n"
    "choose: {sites: [MUC], segment: core, levels: [0.4]}\n",
}
"""By the days that are drawn."""


@pytest.mark.parametrize("days", FILES)
def test_the_command_ends_well_on_few_days(
    days: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "designs.yaml"
    file.write_text(FILES[days], encoding="utf-8")
    args = ["designs", str(QUICKSTART), "--designs", str(file), "--days", days]
    assert main([*args, "--processes", "1", "-q"]) == 0
    assert "Mean of the days" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_an_empty_file_is_a_fault_with_its_place(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "designs.yaml"
    file.write_text(text, encoding="utf-8")
    assert main(["designs", str(QUICKSTART), "--designs", str(file)]) == 3
    assert "designs.yaml: the file holds nothing" in capsys.readouterr().err
