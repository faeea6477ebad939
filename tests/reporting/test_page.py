"""The page: whole, small, silent, and with the same figures as the files beside it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from models.solution import AS_ASKED, Goal, Status
from optimizer import Plan, plan, read_scenario
from optimizer.common.words import distance_to_best, number, percent
from optimizer.reporting.charts import MOST, pictures, save
from optimizer.reporting.figures import site_use, waiting, waiting_items
from tests.support.folders import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PEAK_WEEK = ROOT / "scenarios" / "peak-week"
SMALL = 2 * 2**20
"""Bytes that the page must stay below."""


@pytest.fixture(scope="module")
def made() -> Plan:
    return plan(read_scenario(PEAK_WEEK), "segment_priority")


@pytest.fixture(scope="module")
def run(made: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made.write(tmp_path_factory.mktemp("report") / "run")


def cells(page: str, heading: str) -> list[list[str]]:
    """Read the rows of the table under a heading."""
    section = page.split(f"<h2>{heading}</h2>")[1].split("<h2>")[0]
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", section, re.DOTALL)
    return [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in rows[1:]]


def test_the_page_is_small_and_names_nothing_elsewhere(run: Path) -> None:
    page = (run / "report.html").read_text()
    assert len(page.encode()) < SMALL
    outside = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"(src|href)=\"(?!data:)", outside)


def test_its_figures_are_those_of_the_files(made: Plan, run: Path) -> None:
    page = (run / "report.html").read_text()
    service = made.service[made.service["target"].notna() | made.service["floor"].notna()]
    told = {row[1]: row for row in cells(page, "Promises, tier by tier")}
    assert set(told) == set(service["segment"])
    for row in service.to_dict("records"):
        assert told[row["segment"]][3:5] == [percent(row["target"]), percent(row["achieved"])]
        missing = number(row["shortfall"]) if row["shortfall"] > 1e-6 else ""
        assert told[row["segment"]][7] == missing
    proof = cells(page, "The proof")
    assert [row[1].split()[0] for row in proof] == [number(v) for v in made.goals["value"]]
    parts = made.solution.shortages
    taken = parts[parts["reason"].isin(["higher_tier", "same_tier", "commitment"])]
    by_others = set(zip(taken["order"], taken["line"], strict=True))
    lines = {(row["order"], row["line"]): row for row in made.lines.to_dict("records")}
    for order, line, *_, ordered, delivered, late, _, _, who in cells(page, "Exceptions"):
        mine = lines[order, line]
        figures = (mine["ordered"], mine["delivered"], mine["ordered"] - mine["delivered_on_time"])
        assert [ordered, delivered, late] == [number(f) for f in figures]
        assert who or (order, line) not in by_others


def test_it_tells_dates_and_how_far_each_goal_is_from_the_best(made: Plan, run: Path) -> None:
    page = (run / "report.html").read_text()
    start, days = made.scenario.settings.horizon.start, made.scenario.settings.horizon.days
    assert f"Ships from {start} to {start + timedelta(days=days - 1)} ({days} days)." in page
    orders = made.scenario["orders"].set_index("order")["requested"]
    lines = {(row["order"], row["line"]): row for row in made.lines.to_dict("records")}
    for order, line, *_, requested, _, _, _, _, new_date, _, _ in cells(page, "Exceptions"):
        assert requested == f"{orders[order]:%Y-%m-%d}"
        row = lines[order, line]
        arrival = f"{row['last_arrival']:%Y-%m-%d}" if row["delivered"] else ""
        part = " (in part)" if row["delivered"] and row["short"] else ""
        assert new_date == arrival + part
    assert all(row[4] == "" for row in cells(page, "The proof"))


@pytest.mark.parametrize(
    ("value", "bound", "says"),
    [
        (498.0, None, ""),
        (498.0, 498.0, "the best possible"),
        (498.0, 497.0, "within 1 unit of the best possible"),
        (497.0, 500.001, "within 3.01 units of the best possible"),
        (1000.0, 1100.2, "within 101 units of the best possible"),
        (0.5, 0.504, "within 0.01 units of the best possible"),
    ],
)
def test_a_distance_is_told_no_smaller_than_it_is(
    value: float, bound: float | None, says: str
) -> None:
    goal = Goal("fill", value, bound, None, Status.FEASIBLE)
    assert distance_to_best(goal, "units") == says


def test_pictures_show_what_the_frames_say(made: Plan) -> None:
    scenario, solution = made.scenario, made.solution
    used = site_use(scenario, solution)
    effort = scenario["items"].set_index("item")["pick_effort"]
    shipped = solution.shipments["item"].map(effort).fillna(1.0) * solution.shipments["quantity"]
    assert used["used"].sum() == pytest.approx(shipped.sum())
    assert used["share"].max() <= 1
    waited = waiting(scenario, solution)
    sites, days = scenario["sites"]["open"].sum(), scenario.settings.horizon.days
    assert len(waited) == sites * days
    parts = solution.shortages
    gone = parts["reason"].isin(["commitment", "higher_tier", "same_tier", "value"])
    first = waited[waited["date"] == waited["date"].min()].set_index("site")["waiting"]
    most = parts[gone].groupby("site")["units"].sum().reindex(first.index, fill_value=0.0)
    assert (first <= most + 1e-6).all()  # what is still there on the first day is no bottleneck
    assert first.sum() > 0
    drawn = pictures(scenario, solution, made.policies)
    assert list(drawn) == ["promises", "missing", "tightness", "flows", "policies"]
    missing = next(iter(drawn["missing"].to_dict()["datasets"].values()))
    assert sum(row["units"] for row in missing) == pytest.approx(solution.shortages["units"].sum())


def test_pictures_are_written_without_a_browser(made: Plan, tmp_path: Path) -> None:
    drawn = pictures(made.scenario, made.solution, made.policies)
    few = {name: drawn[name] for name in ("promises", "tightness")}
    for kind, begins in (("png", b"\x89PNG"), ("svg", b"<svg")):
        for path in save(few, tmp_path, kind):
            assert path.read_bytes().startswith(begins)
            assert path.stat().st_size > 3000


def test_all_exceptions_are_there(made: Plan, run: Path) -> None:
    page = (run / "report.html").read_text()
    late = made.lines[~made.lines["status"].isin(AS_ASKED)]
    shown = {(row[0], row[1]) for row in cells(page, "Exceptions")}
    assert shown == set(zip(late["order"], late["line"], strict=True))
    assert "onclick" not in page
    assert "style=" not in page


def test_the_stock_picture_names_items(made: Plan) -> None:
    waited = waiting_items(made.scenario, made.solution)
    by_site = waiting(made.scenario, made.solution).set_index(["site", "date"])["waiting"]
    sums = waited.groupby(["site", "date"])["waiting"].sum()
    assert by_site.reindex(sums.index).to_list() == pytest.approx(sums.to_list())
    spec = pictures(made.scenario, made.solution, made.policies)["tightness"].to_dict()
    places = {row["place"] for rows in spec["datasets"].values() for row in rows if "place" in row}
    some = waited[waited["waiting"] > 0].iloc[0]
    assert 0 < len(places) <= MOST
    assert {place.split(", ")[0] for place in places} <= set(waited["item"])
    assert some["site"] in {place.split(", ")[1] for place in places}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    found = shutil.which("chromium")
    if found is None and not os.environ.get("CI"):
        pytest.skip("chromium is not installed: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


def test_the_page_works_in_a_browser_without_a_network(chromium: Browser, run: Path) -> None:
    asked: list[str] = []
    said: list[str] = []
    page = chromium.new_context(offline=True).new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto((run / "report.html").as_uri())
    wide = "[...document.images].filter(i => i.naturalWidth > 100).length"
    drawn = page.evaluate(wide)
    over = "document.documentElement.scrollWidth - window.innerWidth"
    for width in (1800, 1280, 900):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(over) <= 0
    assert [url for url in asked if not url.startswith("data:")] == [(run / "report.html").as_uri()]
    assert said == []
    assert drawn == 5


def test_exceptions_are_sorted_and_filtered(chromium: Browser, run: Path) -> None:
    page = chromium.new_context(offline=True).new_page()
    page.goto((run / "report.html").as_uri())
    table = page.locator("table.sortable")
    column = "t => [...t.tBodies[0].rows].map(r => Number(r.cells[7].textContent.replace(',', '')))"
    for turn in (1, -1):
        table.get_by_role("button", name="Ordered").click()
        shown = table.evaluate(column)
        assert shown == sorted(shown, reverse=turn < 0)
        assert len(shown) > 1
    first = table.locator("tbody tr td").first.inner_text()
    page.get_by_label("Show rows with").fill(first.lower())
    rows = table.locator("tbody tr:visible").all_inner_texts()
    assert 0 < len(rows) < len(shown)
    assert all(first in row for row in rows)


def test_without_script_all_is_there_to_read(chromium: Browser, run: Path) -> None:
    page = chromium.new_context(offline=True, java_script_enabled=False).new_page()
    page.goto((run / "report.html").as_uri())
    assert page.locator("table.sortable tbody tr").count() > 100
    assert page.locator(".filter").count() == 0
    assert page.locator("img[alt]:not([alt=''])").count() == 5
