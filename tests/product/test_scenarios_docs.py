"""What the scenarios' pages say is true: the quickstart's plan and the format, word by word."""

import re
import shutil
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

import pytest
from pydantic import BaseModel

from models.columns import Column, Kind, Table
from models.errors import ScenarioError
from models.relationship import Ledger, Penalty, SegmentRule, Stage, StageName, StageRule
from models.settings import (
    Csv,
    Expectation,
    Floor,
    GiveUp,
    Horizon,
    Segment,
    Service,
    Settings,
    Solver,
    Stability,
    Target,
)
from models.simulation import Backtest
from models.tables import TABLES
from optimizer import Plan, plan, read_scenario
from tests.support.folders import ROOT

SCENARIOS = ROOT / "scenarios"
QUICKSTART = SCENARIOS / "quickstart"
FORMAT = (SCENARIOS / "README.md").read_text(encoding="utf-8")
STORY = (QUICKSTART / "README.md").read_text(encoding="utf-8")

KINDS = {
    Kind.ID: "id",
    Kind.TEXT: "text",
    Kind.DATE: "date",
    Kind.UNITS: "quantity",
    Kind.NUMBER: "number",
    Kind.SHARE: "share, 0 to 1",
    Kind.COUNT: "whole number",
    Kind.LIMIT: "whole number",
    Kind.FLAG: "true or false",
    Kind.WINDOW: "hours",
    Kind.WEEKDAYS: "weekdays",
    Kind.COUNTRY: "ISO 3166 code",
}
PARTS: dict[str, type[BaseModel]] = {
    "": Settings,
    "horizon.": Horizon,
    "segments.<id>.": Segment,
    "segments.<id>.target.": Target,
    "segments.<id>.floor.": Floor,
    "segments.<id>.penalty.": Penalty,
    "services.<id>.": Service,
    "segment_rules.<n>.": SegmentRule,
    "stages.<stage>.": Stage,
    "stage_rules.<n>.": StageRule,
    "ledger.": Ledger,
    "csv.": Csv,
    "solver.": Solver,
    "give_up.": GiveUp,
    "stability.": Stability,
    "expect.<n>.": Expectation,
    "backtest.": Backtest,
}


def markdown_rows(text: str, first: str) -> list[dict[str, str]]:
    """Read the table whose first heading is ``first``."""
    table = text[text.index(f"| {first} |") :].split("\n\n")[0].splitlines()
    heading, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in table)
    return [dict(zip(heading, row, strict=True)) for row in rows]


def table_section(name: str, table: Table) -> str:
    """Write the part of the format's page that describes one table."""
    lines = [
        f"### `{name}`" + (" (required)" if table.required else ""),
        "",
        table.doc + _rows(table),
        "",
        "| column | holds | when blank | meaning |",
        "|---|---|---|---|",
    ]
    for column, spec in table.columns.items():
        lines.append(f"| `{column}` | {_holds(spec)} | {_blank(spec)} | {spec.doc} |")
    return "\n".join(lines) + "\n"


def _rows(table: Table) -> str:
    key = " + ".join(table.key)
    if table.adds_up:
        return f" Rows that are alike in all but `{table.adds_up}` are added up."
    return f" One row for each {key}." if key else ""


def _holds(spec: Column) -> str:
    words = f"one of {', '.join(spec.choices)}" if spec.choices else KINDS[spec.kind]
    if spec.refers:
        words += " in the header's" if spec.refers not in TABLES else " in"
        words += f" `{spec.refers}`"
    return f"{words} [{spec.unit}]" if spec.unit else words


def _blank(spec: Column) -> str:
    if spec.required:
        return "not allowed"
    if spec.default is None:
        return "none"
    return str(spec.default).lower().removesuffix(".0")


def header_section() -> str:
    """Write the part of the format's page that lists the keys of the header."""
    lines = ["| key | default | meaning |", "|---|---|---|"]
    for prefix, part in PARTS.items():
        for name, field in part.model_fields.items():
            if any(part.startswith(f"{prefix}{name}.") for part in PARTS if not prefix):
                continue
            default = "required" if field.is_required() else _default(field.default)
            meaning = str(field.description).replace("``", "`")
            lines.append(f"| `{prefix}{name}` | {default} | {meaning} |")
    return "\n".join(lines) + "\n"


def _default(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return "none" if value is None or value == "" else str(value).removesuffix(".0")


def test_the_format_page_lists_every_key_of_the_header() -> None:
    assert header_section() in FORMAT, f"paste into scenarios/README.md:\n{header_section()}"


@pytest.mark.parametrize("name", TABLES)
def test_the_format_page_describes_the_table(name: str) -> None:
    section = table_section(name, TABLES[name])
    assert section in FORMAT, f"paste into scenarios/README.md:\n{section}"


def test_the_format_page_describes_no_other_table() -> None:
    assert re.findall(r"^### `(\w+)`", FORMAT, re.MULTILINE) == list(TABLES)


BLOCK = re.compile(r"^```\w+ (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FIRST, MORE = FORMAT.split("\n## Forms of a table\n")
"""The page up to the end of the first scenario, and all that follows."""


def write_first_scenario(folder: Path) -> None:
    """Write the files that the page begins with."""
    folder.mkdir(exist_ok=True)
    for name, text in BLOCK.findall(FIRST):
        (folder / name).write_text(text, encoding="utf-8")


def test_the_examples_of_the_format_page_extend_the_first_scenario(tmp_path: Path) -> None:
    write_first_scenario(tmp_path / "first")
    child = tmp_path / "child"
    child.mkdir()
    examples = BLOCK.findall(MORE)
    tables = [name.removesuffix(".csv") for name, _ in examples if name.endswith(".csv")]
    expected = ["quotas", "transfers", "substitutes", "commitments", "overrides"]
    expected += ["signals", "ledger", "forecast"]
    assert tables == expected
    header = "extends: ../first\n"
    for name, text in examples:
        header += text if name == "scenario.yaml" else ""
        (child / name).parent.mkdir(exist_ok=True)
        (child / name).write_text(text, encoding="utf-8")
    (child / "scenario.yaml").write_text(header, encoding="utf-8")
    (child / "sites.csv").write_text("site\nHAM\nBRE\n", encoding="utf-8")
    scenario = read_scenario(child)
    assert scenario.warnings == ()
    assert {name: len(scenario[name]) for name in tables} == dict.fromkeys(tables, 2) | {
        "substitutes": 1,
        "overrides": 3,
    }
    assert scenario.settings.stability.max_changed_lines == 40
    assert len(scenario.settings.expect) == 3
    assert scenario.settings.stages[StageName.CRISIS].supply_share_cap == 0.1


def test_the_query_of_the_format_page_feeds_its_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ALLOCORE_DATABASE", raising=False)
    write_first_scenario(tmp_path)
    text = MORE[MORE.index("```yaml\ntables:") :].split("```")[1].removeprefix("yaml\n")
    text = text.replace("sql:erp.v_stock", "sql:v_stock")
    header = (tmp_path / "scenario.yaml").read_text(encoding="utf-8")
    (tmp_path / "scenario.yaml").write_text(header + text, encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "scenario.db")) as base:
        base.executescript(
            "create table open_items (vbeln, posnr, matnr, open_quantity, price);"
            "insert into open_items values (1001, 10, 'PUMP', 8, 120), (1002, 10, 'PUMP', 0, 1);"
            "create view v_stock as select 'HAM' as site, 'PUMP' as item, 10 as on_hand"
        )
    scenario = read_scenario(tmp_path)
    assert scenario["lines"]["quantity"].tolist() == [8.0]
    assert scenario["stock"]["on_hand"].tolist() == [10.0]


def test_the_first_scenario_of_the_format_page_can_be_planned(tmp_path: Path) -> None:
    write_first_scenario(tmp_path)
    result = plan(read_scenario(tmp_path))
    assert result.lines.set_index("customer")["delivered"].to_dict() == {"acme": 8, "bolt": 2}


def test_the_what_if_of_the_format_page_extends_its_parent(tmp_path: Path) -> None:
    shutil.copytree(SCENARIOS / "peak-week", tmp_path / "peak-week")
    child = tmp_path / "saturday-shift"
    child.mkdir()
    text = FORMAT[FORMAT.index("    # saturday-shift/scenario.yaml") :].split("\n\n")[0]
    (child / "scenario.yaml").write_text(text.replace("\n    ", "\n").strip(), encoding="utf-8")
    (child / "site_capacity.csv").write_text("site,units\nHAM,900\n", encoding="utf-8")
    scenario = read_scenario(child)
    assert scenario.settings.segments["key"].floor == 0.5
    assert scenario["site_capacity"]["units"].to_list() == [900]
    assert len(scenario["lines"]) == 2000


FAULTS = [
    ("orders.csv", "2026-11-27,2026-11-20", "27.11.2026,2026-11-20"),
    ("orders.csv", "2026-11-27,2026-11-20", "46353,2026-11-20"),
    ("orders.csv", "harbour-energy", "harbor-energy"),
    ("lines.csv", "PUMP-040,10,120", 'PUMP-040,10,"120,50"'),
    ("lines.csv", "PUMP-040,10,120", "PUMP-040,10.5,120"),
    ("lines.csv", "SO-1002,10", "SO-1001,10"),
    ("stock.csv", "HAM,PUMP-040", "HAM ,PUMP-040"),
    ("lines.csv", "unit_value", "price"),
    ("scenario.yaml", "max_days_late", "max_day_late"),
]


@pytest.mark.parametrize(("file", "right", "wrong"), FAULTS)
def test_common_faults_are_reported_as_the_format_page_says(
    file: str, right: str, wrong: str, tmp_path: Path
) -> None:
    shutil.copytree(QUICKSTART, tmp_path / "mine")
    path = tmp_path / "mine" / file
    path.write_text(path.read_text(encoding="utf-8").replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_scenario(tmp_path / "mine")
    (issue,) = caught.value.issues
    assert f"    {issue}\n" in FORMAT


def test_the_peak_weeks_page_counts_right() -> None:
    scenario = read_scenario(SCENARIOS / "peak-week")
    lines = scenario["lines"].merge(scenario["orders"]).merge(scenario["customers"], on="customer")
    units = lines.groupby("segment")["quantity"].sum()
    page = (SCENARIOS / "peak-week" / "README.md").read_text(encoding="utf-8")
    for row in markdown_rows(page, "Segment"):
        name = row["Segment"]
        assert row["Tier"] == str(scenario.settings.segments[name].tier)
        assert row["Customers"] == str((scenario["customers"]["segment"] == name).sum())
        assert row["Lines"] == str((lines["segment"] == name).sum())
        assert row["Units"] == f"{units[name]:,.0f}"


@cache
def quickstart(policy: str = "optimal") -> Plan:
    """Plan the quickstart, once for each policy."""
    return plan(read_scenario(QUICKSTART), policy=policy)


def test_the_quickstart_ends_as_its_page_says() -> None:
    result = quickstart()
    lines = result.lines.assign(key=result.lines["order"] + "/" + result.lines["line"])
    told = markdown_rows(STORY, "Line")
    assert [row["Line"] for row in told] == lines["key"].to_list()
    for row, line in zip(told, lines.itertuples(), strict=True):
        found = {
            "Customer": line.customer,
            "Item": line.item,
            "Ordered": f"{line.ordered:g}",
            "Delivered": f"{line.delivered:g}",
            "On time": f"{line.delivered_on_time:g}",
            "Status": line.status,
            "Reason": f"`{line.reason!s}`" if line.reason else "",
        }
        assert {name: row[name] for name in found} == found, row["Line"]


def test_the_quickstart_ships_as_its_page_says() -> None:
    shipments = quickstart().shipments
    shipped: dict[str, list[str]] = {}
    for row in shipments.sort_values(["order", "line", "ship_date", "site"]).itertuples():
        days = f"{row.ship_date:%a %d} to {row.arrival_date:%a %d}"
        way = f"{row.quantity:g} from {row.site} by {row.service}, {days}"
        shipped.setdefault(f"{row.order}/{row.line}", []).append(way)
    told = {row["Line"]: row["Filled from"] for row in markdown_rows(STORY, "Line")}
    assert {line: "; ".join(shipped.get(line, [])) for line in told} == told


@pytest.mark.parametrize("row", markdown_rows(STORY, "Policy"), ids=lambda row: row["Policy"])
def test_the_policies_serve_as_the_quickstarts_page_says(row: dict[str, str]) -> None:
    result = quickstart(row["Policy"].strip("`"))
    service = result.service[result.service["measure"] == "unit_otif"]
    for segment, achieved in zip(service["segment"], service["achieved"], strict=True):
        assert row[f"{segment} on time"] == f"{achieved:.1%}".replace("%", " %")
    value = {goal.name: goal.value for goal in result.solution.goals}["value"]
    assert row["Value less cost"] == f"{value:,.0f} EUR"


def on_time_by_segment(folder: Path, *overrides: str) -> dict[str, float]:
    units = plan(read_scenario(folder, overrides)).lines.groupby("segment")["delivered_on_time"]
    return {str(segment): float(total) for segment, total in units.sum().items()}


@pytest.mark.parametrize(
    ("override", "core", "marketplace"),
    [
        ("policy=optimal", 30, 16),
        ("segments.marketplace.floor=0", 34, 12),
        ("segments.core.services=[standard, express]", 40, 28),
    ],
)
def test_overrides_to_try_do_what_the_quickstarts_page_says(
    override: str, core: float, marketplace: float
) -> None:
    found = on_time_by_segment(QUICKSTART, override)
    assert found == {"core": core, "marketplace": marketplace, "strategic": 36}


@pytest.mark.parametrize(
    ("file", "given", "more", "core", "marketplace"),
    [
        ("receipts.csv", "2026-11-25,10", "2026-11-25,20", 30, 16),
        ("site_capacity.csv", "2026-11-23,24", "2026-11-23,50", 40, 32),
    ],
)
def test_edits_to_try_do_what_the_quickstarts_page_says(
    file: str, given: str, more: str, core: float, marketplace: float, tmp_path: Path
) -> None:
    path = shutil.copytree(QUICKSTART, tmp_path / "mine") / file
    path.write_text(path.read_text(encoding="utf-8").replace(given, more), encoding="utf-8")
    found = on_time_by_segment(tmp_path / "mine")
    assert found == {"core": core, "marketplace": marketplace, "strategic": 36}
