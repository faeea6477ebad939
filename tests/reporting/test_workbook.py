"""The workbook, and the way back: openpyxl plays the planner."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from models.errors import ScenarioError, UsageError
from optimizer import Plan, plan, read_scenario
from optimizer.cli import main
from optimizer.reporting.workbook import MARKED
from optimizer.reporting.workbook_decisions import apply_workbook
from optimizer.runs.run_id import run_id
from optimizer.runs.sealing import changes
from optimizer.scenario.scenario_writer import write_scenario
from tests.support.cases import case_folder
from tests.support.scenarios_as_text import make_scenario

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")
"""openpyxl drops data bars, and says so."""
SCENARIO = make_scenario(
    {
        "segments": {
            "gold": {"tier": 1, "services": ["standard"]},
            "base": {"tier": 2, "services": ["standard"]},
        },
        "goals": ["commitments", "floors", "targets", "fill", "value"],
    },
    customers="customer,segment,region\nG,gold,north\nB,base,north",
    orders="order,customer,requested\n00123,G,2026-11-25\nO2,B,2026-11-25\n=1+1,B,2026-11-25",
    lines="order,line,item,quantity,unit_value\n00123,1,pump,6,5\nO2,1,pump,5,5\n=1+1,1,pump,4,9",
    lanes="site,region,service,transit_days,cost_per_unit\nhub,north,standard,1,0.1",
    stock="site,item,on_hand\nhub,pump,10",
)
RUN = run_id(SCENARIO, "optimal")
Edit = Callable[[Any], None]


@pytest.fixture(scope="module")
def made() -> Plan:
    return plan(SCENARIO)


@pytest.fixture
def run(made: Plan, tmp_path: Path) -> Path:
    return made.write(tmp_path / "run")


def edited(run: Path, edit: Edit) -> Path:
    """Let the planner change the sheet of overrides and save elsewhere."""
    book = openpyxl.load_workbook(run / "plan.xlsx")
    edit(book)
    path = run.parent / "mine.xlsx"
    book.save(path)
    return path


def writing(which: str, /, **cells: object) -> Edit:
    """Write into marked cells of an order's line."""

    def edit(book: Any) -> None:
        sheet = book["Overrides"]
        head = [cell.value for cell in sheet[1]]
        row = next(row for row in sheet.iter_rows(min_row=2) if row[0].value == which)
        for name, value in cells.items():
            row[head.index(name)].value = value

    return edit


def both(*edits: Edit) -> Edit:
    def edit(book: Any) -> None:
        for each in edits:
            each(book)

    return edit


def turned_over(book: Any) -> None:
    """Sort the rows the other way round."""
    sheet = book["Overrides"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    for nth, row in enumerate(reversed(rows), start=2):
        for place, value in enumerate(row, start=1):
            sheet.cell(nth, place).value = value


def test_sheets_are_frozen_filtered_and_keep_ids_as_text(run: Path) -> None:
    book = openpyxl.load_workbook(run / "plan.xlsx")
    names = [
        "Priorities",
        "Short and late",
        "Reasons",
        "Notices",
        "Service",
        "Goals",
        "Comparison",
        "Overrides",
        "Run",
    ]
    assert book.sheetnames == names
    for sheet in book:
        assert sheet.freeze_panes is not None
        assert sheet.auto_filter.ref is not None
    overrides = book["Overrides"]
    assert [cell.value for cell in overrides[1]][-len(MARKED) :] == list(MARKED)
    orders = {row[0].value: row[0].data_type for row in overrides.iter_rows(min_row=2)}
    assert orders == {"00123": "s", "O2": "s", "=1+1": "s"}


def test_its_figures_are_those_of_the_plan(made: Plan, run: Path) -> None:
    sheet = openpyxl.load_workbook(run / "plan.xlsx")["Priorities"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [row[8] for row in rows] == made.shipments["quantity"].tolist()
    assert [row[1] for row in rows] == made.shipments["order"].tolist()


def test_writing_in_it_does_not_spoil_the_run(run: Path) -> None:
    assert changes(run) == []
    edited(run, writing("O2", hold="x")).replace(run / "plan.xlsx")
    assert changes(run) == []


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (writing("00123", hold="x"), [("00123", "hold", None)]),
        (writing("00123", hold=True), [("00123", "hold", None)]),
        (writing("00123", hold="no"), []),
        (writing("O2", quantity=2, note="agreed"), [("O2", "quantity", 2.0)]),
        (writing("O2", quantity="2"), [("O2", "quantity", 2.0)]),
        (
            writing("=1+1", tier=1, expedite="X"),
            [("=1+1", "expedite", None), ("=1+1", "tier", 1.0)],
        ),
        (both(turned_over, writing("00123", hold="x")), [("00123", "hold", None)]),
    ],
)
def test_what_is_written_comes_back(
    run: Path, edit: Edit, expected: list[tuple[str, str, float | None]]
) -> None:
    applied = apply_workbook(SCENARIO, edited(run, edit), RUN)
    table = applied.scenario["overrides"]
    columns = zip(table["order"], table["action"], table["value"], strict=True)
    found = [(order, action, None if v != v else v) for order, action, v in columns]
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert len(applied.rules) == len(expected)


def test_a_lock_keeps_what_the_plan_gives(made: Plan, run: Path) -> None:
    applied = apply_workbook(SCENARIO, edited(run, writing("=1+1", lock="x")), RUN)
    kept = applied.scenario["commitments"][["order", "site", "ship_date", "quantity"]]
    mine = made.shipments[made.shipments["order"] == "=1+1"]
    assert kept.to_numpy().tolist() == mine[list(kept.columns)].to_numpy().tolist()


def summed(book: Any) -> None:
    """Write a sum where a shipment has its quantity."""
    sheet = book["Priorities"]
    quantity = [cell.value for cell in sheet[1]].index("quantity") + 1
    sheet.cell(2, quantity).value = "=5+5"


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (writing("O2", quantity="many"), "mine.xlsx[Overrides]!T2: 'many' is no quantity -> write"),
        (writing("O2", quantity=-1), "mine.xlsx[Overrides]!T2: '-1' is no quantity"),
        (writing("O2", hold="perhaps"), "mine.xlsx[Overrides]!R2: 'perhaps' is no hold -> write x"),
        (writing("O2", tier=1.5), "mine.xlsx[Overrides]!U2: 1.5 is no tier"),
        (
            writing("O2", lock="x", hold="x"),
            "mine.xlsx[Overrides]!R2: what is held here",
        ),
        (
            writing("O2", quantity="=1+1"),
            "mine.xlsx[Overrides]!T2: the cell holds a formula without a stored result -> write",
        ),
        (
            writing("O2", note="=A1"),
            "mine.xlsx[Overrides]!V2: the cell holds a formula without a stored result",
        ),
        (
            both(writing("O2", lock="x"), summed),
            "mine.xlsx[Priorities]!I2: the cell holds a formula without a stored result",
        ),
        (
            both(writing("O2", hold="x"), writing("O2", order="O9")),
            "mine.xlsx[Overrides]!A2: there is no line '1' of an order 'O9'",
        ),
    ],
)
def test_a_wrong_cell_is_named(run: Path, edit: Edit, said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        apply_workbook(SCENARIO, edited(run, edit), RUN)
    assert any(str(issue).startswith(said) for issue in caught.value.issues), caught.value


def test_a_formula_beside_the_marked_cells_is_the_planners_own(run: Path) -> None:
    applied = apply_workbook(SCENARIO, edited(run, writing("O2", hold="x", short="=1+1")), RUN)
    assert len(applied.rules) == 1


def test_the_case_of_a_formula_without_a_value_is_refused() -> None:
    folder = case_folder("workbook-formula-without-value")
    book = CalamineWorkbook.from_path(str(folder / "w2.xlsx"))
    about = {row[0]: row[1] for row in book.get_sheet_by_name("Run").to_python()}
    scenario = read_scenario(folder / "excel")
    with pytest.raises(ScenarioError, match=r"w2\.xlsx\[Overrides\]!Q4: the cell holds a formula"):
        apply_workbook(scenario, folder / "w2.xlsx", str(about["run"]))


def without(sheet: str, column: str) -> Edit:
    """Delete a column."""

    def edit(book: Any) -> None:
        head = [cell.value for cell in book[sheet][1]]
        book[sheet].delete_cols(head.index(column) + 1)

    return edit


def renamed(book: Any) -> None:
    book["Overrides"]["Q1"].value = "hold"


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (
            without("Overrides", "order"),
            "sheet Overrides: [^:]* column order",
        ),
        (without("Overrides", "note"), "the column note once"),
        (without("Overrides", "delivered"), "the column delivered once"),
        (
            without("Priorities", "line"),
            "sheet Priorities: [^:]* column line once",
        ),
        (renamed, "the columns lock and hold once; undo the change"),
    ],
)
def test_a_sheet_whose_columns_were_changed_is_refused(run: Path, edit: Edit, said: str) -> None:
    mine = edited(run, both(writing("O2", lock="x"), edit))
    with pytest.raises(UsageError, match=said):
        apply_workbook(SCENARIO, mine, RUN)


def test_a_lock_on_what_the_sheet_does_not_show_is_refused(run: Path) -> None:
    def shortened(book: Any) -> None:
        book["Priorities"].delete_rows(2, 9)

    mine = edited(run, both(shortened, writing("=1+1", lock="x")))
    with pytest.raises(ScenarioError, match="are not in sheet Priorities"):
        apply_workbook(SCENARIO, mine, RUN)


def test_a_workbook_of_another_run_is_refused(run: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"of run {RUN}, but these inputs make run 123"):
        apply_workbook(SCENARIO, run / "plan.xlsx", "123")
    other = openpyxl.Workbook()
    other.save(tmp_path / "other.xlsx")
    with pytest.raises(UsageError, match="no workbook of a plan"):
        apply_workbook(SCENARIO, tmp_path / "other.xlsx", RUN)
    (tmp_path / "no.xlsx").write_text("nothing")
    with pytest.raises(UsageError, match="cannot read the workbook"):
        apply_workbook(SCENARIO, tmp_path / "no.xlsx", RUN)


def test_the_command_applies_it_and_tells_what_it_cost(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_scenario(SCENARIO, "question", "csv")
    mine = edited(run, both(writing("00123", hold="x"), writing("O2", quantity=5)))
    assert main(["run", "question", "-q", "--out", "again", "--apply", str(mine)]) == 0
    told = capsys.readouterr().out
    assert "the hold on order 00123 line 1" in told
    assert "1 rule of 2 costs nothing" in told
    prices = (tmp_path / "again" / "rule_prices.csv").read_text().splitlines()
    assert prices[1].startswith("the hold on order 00123 line 1,fill:1,6,units,")
    assert prices[2].startswith("the cap of 5 units on order O2 line 1,,0,,0,0,0,true")
