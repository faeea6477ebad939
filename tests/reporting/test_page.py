"""The page: whole, small, silent, and with the same figures as the files beside it."""

from __future__ import annotations

import os
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from models.solution import Goal, Status
from optimizer import Plan, plan, read_scenario
from optimizer.common.words import distance_to_best, number, percent
from optimizer.reporting.charts import pictures, save
from optimizer.reporting.figures import site_use, waiting
from tests.support.folders import ROOT

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
        assert told[row["segment"]][6] == missing
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
    for order, line, *_, requested, _, _, _, new_date, _, _ in cells(page, "Exceptions"):
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


def test_the_page_works_in_a_browser_without_a_network(run: Path) -> None:
    browser = shutil.which("chromium")
    if browser is None and not os.environ.get("CI"):
        pytest.skip("chromium is not installed: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    asked, said = [], []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = chromium.new_context(offline=True).new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto((run / "report.html").as_uri())
        page.wait_for_selector("#policies svg, #policies canvas")
        drawn = page.locator(".picture canvas, .picture svg").count()
        chromium.close()
    assert [url for url in asked if not url.startswith("data:")] == [(run / "report.html").as_uri()]
    assert said == []
    assert drawn == 5
