"""Points and commas: read where one meaning is left, asked about where there are two."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.errors import ScenarioError
from models.settings import Csv
from optimizer.common.number_text import number_text
from optimizer.forecasting import read_history
from optimizer.reading import read_scenario
from optimizer.reading.faults import Faults
from optimizer.reading.feeds import Feed
from optimizer.reading.notation import Notation
from optimizer.reading.read import read_unchecked
from optimizer.scenario.scenario_writer import write_scenario
from tests.support.cases import case_folder
from tests.support.scenario_folders import BASE, HEADER, as_csv, faults_of, the_fault, write_folder
from tests.support.sql_folders import from_rows

DIVISIBLE = "item,divisible\nA,true\n"


def folder_of(
    path: Path, texts: list[str], said: str = "", between: str = ",", column: str = "unit_value"
) -> Path:
    """Write lines whose numbers of one column are texts, under a header that says something."""
    names = ["order", "line", "item", "quantity", "unit_value", "min_fill"]
    rows = [{**BASE["lines"], "line": str(n), "min_fill": ""} for n in range(len(texts))]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=between, lineterminator="\n")
    writer.writerow(names)
    for row, cell in zip(rows, texts, strict=True):
        row["unit_value"] = "5"
        writer.writerow([{**row, column: cell}[name] for name in names])
    return write_folder(path, HEADER + said, lines=text.getvalue(), items=DIVISIBLE)


def read(path: Path, column: str = "unit_value") -> list[float]:
    return list(read_scenario(path)["lines"][column])


@pytest.mark.parametrize("column", ["unit_value", "quantity"])
@pytest.mark.parametrize("between", [",", ";"])
@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["2.000"], "2:{}: '2.000' is 2 or 2000 -> say in the header"),
        (["2.000", "3.500"], "2:{}: '2.000' is 2 or 2000, and 1 more cell is written so ->"),
        (["7", "2.000", "2.000", "3.500"], "3:{}: '2.000' is 2 or 2000, and 2 more cells are w"),
        (["10", "350", "1.250"], "4:{}: '1.250' is 1.25 or 1250 -> say in the header csv"),
        (["2.000", "1.234.567"], "2:{}: '2.000' is 2000, and 1 more cell is written so -> say "),
        (["1.234.567"], "2:{}: '1.234.567' is 1234567 -> say in the header csv"),
        (["1.234,50"], "2:{}: '1.234,50' is 1234.5 -> say in the header csv"),
        (["999.999"], "2:{}: '999.999' is 999.999 or 999999 -> "),
    ],
)
def test_points_that_may_stand_between_thousands_are_asked_about_once(
    texts: list[str], said: str, between: str, column: str, tmp_path: Path
) -> None:
    fault = the_fault(folder_of(tmp_path, texts, "", between, column))
    assert fault.startswith("lines.csv:" + said.format(column))


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["1,250"], "2:unit_value: '1,250' is 1.25 or 1250 -> say in the header csv: {decimal: "),
        (["5", "1,250", "2,000"], "3:unit_value: '1,250' is 1.25 or 1250, and 1 more cell is wr"),
        (["1,234,567", "2,000"], "2:unit_value: '1,234,567' is 1234567, and 1 more cell is writ"),
    ],
)
def test_commas_in_a_file_with_commas_are_asked_about_once(
    texts: list[str], said: str, tmp_path: Path
) -> None:
    assert the_fault(folder_of(tmp_path, texts)).startswith(f"lines.csv:{said}")


@pytest.mark.parametrize(
    ("between", "texts", "numbers"),
    [
        (",", ["2.000", "12.5"], [2, 12.5]),
        (",", ["1.250", "0.125"], [1.25, 0.125]),
        (",", ["1.250", "1.2500"], [1.25, 1.25]),
        (",", ["1.250", "1234.5"], [1.25, 1234.5]),
        (",", ["1.250", "1.5e2"], [1.25, 150]),
        (",", ["1.250", "", "3."], [1.25, 1, 3]),
        (";", ["12,5", "1,250", "7"], [12.5, 1.25, 7]),
        (";", ["1,250", "2,000"], [1.25, 2]),
        (";", ["12.5", "2.000"], [12.5, 2]),
        (";", ["0.125"], [0.125]),
        (";", ["1000000", ",5", "+3"], [1e6, 0.5, 3]),
    ],
)
def test_what_has_one_meaning_is_read(
    between: str, texts: list[str], numbers: list[float], tmp_path: Path
) -> None:
    assert read(folder_of(tmp_path, texts, "", between)) == numbers


@pytest.mark.parametrize(
    ("said", "texts", "numbers"),
    [
        ('{decimal: "."}', ["2.000"], [2]),
        ('{thousands: "."}', ["2.000"], [2000]),
        ('{thousands: "."}', ["1.234.567,5", "12,5"], [1234567.5, 12.5]),
        ('{decimal: ","}', ["1,250", "12,5"], [1.25, 12.5]),
        ('{thousands: ","}', ["1,250", "12.5", "1,234.5"], [1250, 12.5, 1234.5]),
        ('{decimal: ".", thousands: ","}', ["1,250", "2.000"], [1250, 2]),
        ('{decimal: ",", thousands: "."}', ["1.250", "-0,0", "2,000"], [1250, 0, 2]),
        ('{thousands: " "}', ["1 250", "1\u00a0250", "1\u202f250", "7"], [1250] * 3 + [7]),
        ("""{decimal: ",", thousands: "'"}""", ["1'250,5", "1\u2019250"], [1250.5, 1250]),
        ("""{decimal: ",", thousands: "'"}""", ["1,250"], [1.25]),
        ('{thousands: "."}', ["7", "1250"], [7, 1250]),
    ],
)
@pytest.mark.parametrize("between", [",", ";"])
def test_the_header_settles_it(
    said: str, texts: list[str], numbers: list[float], between: str, tmp_path: Path
) -> None:
    assert read(folder_of(tmp_path, texts, f"csv: {said}\n", between)) == numbers


@pytest.mark.parametrize(
    ("said", "texts", "between"),
    [
        ('{decimal: ","}', ["12.5", "2.000"], ","),
        ('{thousands: "."}', ["0.125", "3.5"], ","),
        ('{decimal: "."}', ["12,5", "1,250"], ";"),
    ],
)
def test_a_table_as_is_usual_for_its_file_is_read_whatever_is_said(
    said: str, texts: list[str], between: str, tmp_path: Path
) -> None:
    numbers = [float(text.replace(",", ".")) for text in texts]
    assert read(folder_of(tmp_path, texts, f"csv: {said}\n", between)) == numbers


@pytest.mark.parametrize(
    ("said", "text", "remedy"),
    [
        ('{decimal: ","}', "2.000", "points are not allowed: write 2000 or 2,000, whichever is"),
        ('{decimal: "."}', "1,250", "commas are not allowed: write 1250 or 1.250, whichever is"),
        ('{decimal: "."}', "12,5", "write the decimal comma as a point: 12.5"),
        ('{decimal: ","}', "1.234,5", "leave out the thousands separators: write 1234,5"),
        ('{decimal: ","}', "1.000,000", "leave out the thousands separators: write 1000,000"),
        ('{decimal: "."}', "1.234,567", "leave out the thousands separators: write 1234.567"),
        ('{decimal: "."}', "1 250.500", "leave out the thousands separators: write 1250.500"),
        ('{thousands: ","}', "1 250", "leave out the thousands separators: write 1250"),
        ('{decimal: ","}', "ten", "write digits with a decimal comma, for example 1234,5"),
        ('{decimal: ","}', "50,5%", "write the share: 0,505"),
    ],
)
def test_what_the_header_does_not_allow_is_a_fault_of_its_cell(
    said: str, text: str, remedy: str, tmp_path: Path
) -> None:
    fault = the_fault(folder_of(tmp_path, ["7", text], f"csv: {said}\n"))
    assert fault == f"lines.csv:3:unit_value: '{text}' is not a number -> {fault.split(' -> ')[1]}"
    assert fault.split(" -> ")[1].startswith(remedy)
    assert "header" not in fault


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ('{decimal: ".", thousands: "."}', "'.' cannot be both the decimal mark and that of tho"),
        ('{decimal: ";"}', "csv.decimal: ';' is not written as it must be -> write a point or a"),
        ('{decimal: ""}', "csv.decimal: '' is not written as it must be -> write a point or a"),
        ('{thousands: "--"}', "csv.thousands: '--' is not written as it must be -> write one of"),
        ('{decimals: ","}', "unknown key 'csv.decimals' -> did you mean 'decimal'?"),
    ],
)
def test_the_key_is_checked(said: str, problem: str, tmp_path: Path) -> None:
    assert problem in the_fault(folder_of(tmp_path, ["7"], f"csv: {said}\n"))


def test_a_column_that_cannot_hold_thousands_has_points(tmp_path: Path) -> None:
    lines = as_csv([{**BASE["lines"], "min_fill": "1.000"}])
    sites = "site,pick_accuracy,latitude,longitude\nS1,1.000,52.125,-11.625\n"
    scenario = read_scenario(write_folder(tmp_path, lines=lines, sites=sites))
    assert scenario["lines"]["min_fill"].tolist() == [1]
    assert scenario["sites"]["latitude"].tolist() == [52.125]


def test_a_whole_number_cannot_be_a_fraction(tmp_path: Path) -> None:
    lanes = [{**BASE["lanes"], "transit_days": text} for text in ("2.000", "1.250")]
    lanes[1]["region"] = "south"
    said = "lanes.csv:2:transit_days: '2.000' is 2000, and 1 more cell is written so"
    assert the_fault(write_folder(tmp_path, lanes=lanes)).startswith(said)


def test_ids_are_never_touched(tmp_path: Path) -> None:
    rows = {name: {**BASE[name], "order": "2.000"} for name in ("orders", "lines")}
    rows["lines"] |= {"line": "1.000", "item": "1.250"}
    tables = {name: [row] for name, row in rows.items()}
    folder = write_folder(tmp_path, HEADER + 'csv: {thousands: "."}\n', **tables)
    scenario = read_scenario(folder)
    ids = scenario["lines"][["order", "line", "item"]]
    assert ids.to_numpy().tolist() == [["2.000", "1.000", "1.250"]]


def test_each_column_is_asked_about_by_itself(tmp_path: Path) -> None:
    rows = [{**BASE["lines"], "quantity": "2.000", "unit_value": "1.250"}]
    stock = [{**BASE["stock"], "on_hand": "1.000"}]
    faults = faults_of(write_folder(tmp_path, lines=rows, stock=stock))
    assert [f.column for f in faults] == ["quantity", "unit_value", "on_hand"]


def test_a_semicolon_file_with_points_elsewhere_has_points(tmp_path: Path) -> None:
    stock = "site;item;on_hand\nS1;A;1,250\n"
    lines = "order;line;item;quantity;unit_value\nO1;1;A;1,250;12.50\n"
    scenario = read_scenario(write_folder(tmp_path / "a", stock=stock, items=DIVISIBLE))
    assert scenario["stock"]["on_hand"].tolist() == [1.25]
    fault = the_fault(write_folder(tmp_path / "b", lines=lines, items=DIVISIBLE))
    assert fault.startswith("lines.csv:2:quantity: '1,250' is 1.25 or 1250 -> say in the header")


def test_a_child_reads_its_own_tables_its_own_way(tmp_path: Path) -> None:
    parent = folder_of(tmp_path / "parent", ["2.000"], 'csv: {decimal: "."}\n')
    child = tmp_path / "child"
    child.mkdir()
    header = 'extends: ../parent\ncsv: {decimal: ",", thousands: "."}\n'
    (child / "scenario.yaml").write_text(header, encoding="utf-8")
    (child / "stock.csv").write_text("site,item,on_hand\nS1,A,1.500\n", encoding="utf-8")
    scenario = read_scenario(child)
    assert scenario["lines"]["unit_value"].tolist() == [2]
    assert scenario["stock"]["on_hand"].tolist() == [1500]
    assert parent.is_dir()


def workbook(folder: Path, *cells: object) -> Path:
    """Write stock with these amounts into a workbook."""
    write_folder(folder, stock=None, items=DIVISIBLE)
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "stock"
    sheet.append(["site", "item", "on_hand"])
    for number, cell in enumerate(cells):
        sheet.append(["S1", f"A{number}" if number else "A", cell])
    book.save(folder / "book.xlsx")
    return folder


def test_numbers_of_a_workbook_are_no_question_and_texts_are(tmp_path: Path) -> None:
    assert read_scenario(workbook(tmp_path / "a", 1.25))["stock"]["on_hand"].tolist() == [1.25]
    fault = the_fault(workbook(tmp_path / "b", 0.125, "2.000"))
    assert fault.startswith("book.xlsx[stock]:3:on_hand: '2.000' is 2 or 2000 -> say in the head")
    folder = workbook(tmp_path / "c", 1.125, 7, "2.000")
    scenario = read_scenario(folder, ['csv.thousands="."'])
    assert scenario["stock"]["on_hand"].tolist() == [1.125, 7, 2000]


def test_texts_of_databases_and_parquet_are_asked_about_and_numbers_are_not(tmp_path: Path) -> None:
    row = {**BASE["stock"], "on_hand": "2.000"}
    from_rows(tmp_path / "sql", "stock", row)
    assert "sql:stock:1:on_hand: '2.000' is 2 or 2000" in the_fault(tmp_path / "sql")
    for name, amount in (("text", ["2.000"]), ("number", [2.125])):
        folder = write_folder(tmp_path / name, stock=None, items=DIVISIBLE)
        table = pa.table({"site": ["S1"], "item": ["A"], "on_hand": amount})
        pq.write_table(table, folder / "stock.parquet")
    assert "stock.parquet:2:on_hand: '2.000' is 2 or 2000" in the_fault(tmp_path / "text")
    assert read_scenario(tmp_path / "number")["stock"]["on_hand"].tolist() == [2.125]


@pytest.mark.parametrize("said", ["{}", '{decimal: ","}', '{thousands: "."}', '{thousands: " "}'])
def test_written_numbers_are_read_back(said: str, tmp_path: Path) -> None:
    draw = np.random.default_rng(18)
    for many in (1, 9):
        numbers = np.round(draw.uniform(1, 100, many), 3).tolist()
        folder = folder_of(tmp_path / f"{many}", [number_text(n) for n in numbers])
        write_scenario(read_scenario(folder, [f"csv={said}"]), tmp_path / f"{many}w", "csv")
        assert read(tmp_path / f"{many}w") == numbers


def test_written_numbers_are_open_nowhere() -> None:
    found = [number_text(n) for n in (1.125, -1.125, 0.125, 1.5, 1234.125, 5.0, float("nan"))]
    assert found == ["1.1250", "-1.1250", "0.125", "1.5", "1234.125", "5", ""]
    assert [number_text(1.125, mark) for mark in ".,"] == ["1.125", "1,125"]


def test_a_notation_reads_what_it_says() -> None:
    texts = ["1.234", "12.34", "0.123", "1.2345", "1.234.5", "1.234,5", "1,2,3", "-1.000", "1e3"]
    found = {text: Notation(",", ".").plain_text(text) for text in texts}
    read_as = {"1.234": "1234", "1.234,5": "1234.5", "-1.000": "-1000", "1e3": "1e3"}
    assert {text: plain for text, plain in found.items() if plain} == read_as


def test_a_job_is_asked_before_any_order_is_set_aside(tmp_path: Path) -> None:
    faults = Faults()
    read_unchecked(folder_of(tmp_path, ["7", "2.000", "3.500"]), (), Feed(tmp_path), faults)
    assert ["is 2 or 2000" in fault.problem for fault in faults.issues] == [True]


def test_history_is_asked_about_too(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_text(
        "ordered;requested;segment;region;item;quantity\n"
        "2026-11-02;2026-11-04;gold;north;A;2.000\n",
        encoding="utf-8",
    )
    with pytest.raises(ScenarioError, match=r"'2\.000' is 2 or 2000"):
        read_history(path)
    assert read_history(path, Csv(thousands="."))["quantity"].tolist() == [2000]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("2-saved-as-utf8", ["stock.csv:2:on_hand: '1.500' is 1.5 or 1500"]),
        (
            "3-commas",
            [
                "lines.csv:3:quantity: '1.200' is 1.2 or 1200",
                "stock.csv:2:on_hand: '1.500' is 1.5 or 1500",
            ],
        ),
    ],
)
def test_the_case_of_the_european_files(name: str, said: list[str], tmp_path: Path) -> None:
    folder = shutil.copytree(case_folder("24-european-csv", name), tmp_path / "case")
    found = [str(fault) for fault in faults_of(folder)]
    assert [fault.split(" -> ")[0] for fault in found if "is 1." in fault] == said
    orders = (folder / "orders.csv").read_text(encoding="utf-8")
    for day in ("25.11.2026", "26.11.2026", "20.11.2026", "21.11.2026"):
        orders = orders.replace(day, "-".join(reversed(day.split("."))))
    (folder / "orders.csv").write_text(orders, encoding="utf-8")
    scenario = read_scenario(folder, ['csv={decimal: ",", thousands: "."}'])
    assert scenario["stock"]["on_hand"].tolist() == [1500]
    assert scenario["lanes"]["cost_per_unit"].tolist() == [0.5]
    assert scenario["lines"]["quantity"].max() == (12 if name == "2-saved-as-utf8" else 1200)
