"""What a planner wrote into ``plan.xlsx``, as overrides of the scenario."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook

from models.errors import Issue, ScenarioError, UsageError
from models.scenario import Scenario
from optimizer.common.words import listed
from optimizer.planning.business_rules import BusinessRule, rules_by_hand
from optimizer.reading import read_scenario
from optimizer.reading.sheet_xml import sheet_parts, unusable_cells
from optimizer.reporting.workbook import MARKED, OVERRIDES, PRIORITIES, RUN
from optimizer.scenario.scenario_writer import write_scenario
from optimizer.scenario.table_edits import sums_by_shipment, with_rows, with_table

YES = ("x", "yes", "y", "true", "1", "1.0")
NO = ("", "no", "n", "false", "0", "0.0")
FLAGS = ("lock", "hold", "expedite")
KEYS = ["order", "line"]
DECIDED = [*KEYS, "action", "value", "note", "cell"]


@dataclass(frozen=True, eq=False)
class DecidedScenario:
    """A scenario with what a planner decided.

    Parameters
    ----------
    scenario
        With the overrides.
    rules
        The overrides that came from the workbook, to be priced.
    """

    scenario: Scenario
    rules: tuple[BusinessRule, ...]


def apply_workbook(scenario: Scenario, path: Path, run: str) -> DecidedScenario:
    """Add the overrides of a workbook to the scenario that it was made from.

    Parameters
    ----------
    scenario
        The inputs.
    path
        The workbook, sorted and filled in as the planner likes.
    run
        Run id of the inputs: the workbook must be of this run.

    Raises
    ------
    UsageError
        When the file is no workbook of a plan, or of another run.
    ScenarioError
        With every wrong cell, by its name.
    """
    book = _open(path)
    _check_run(book, path, run)
    sheet = _sheet(book, path, OVERRIDES)
    _need(sheet, path, OVERRIDES, [*KEYS, *MARKED, "delivered"])
    _check_cells(path, OVERRIDES, sheet, MARKED)
    issues: list[Issue] = []
    rows = pd.DataFrame(list(_decisions(sheet, path, issues)), columns=DECIDED)
    _check_lines(scenario, sheet, path, issues)
    _check_marks(rows, path, issues)
    if issues:
        raise ScenarioError(issues)
    if rows.empty:
        return DecidedScenario(scenario, ())
    changed = _with_overrides(scenario, rows)
    changed = _with_locks(changed, rows, sheet, _sheet(book, path, PRIORITIES), path)
    checked = _check_decisions(changed, scenario, rows, path)
    known = {rule.words for rule in rules_by_hand(scenario)}
    rules = [rule for rule in rules_by_hand(checked) if rule.words not in known]
    return DecidedScenario(checked, tuple(rules))


def _open(path: Path) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError, ValueError) as error:
        msg = f"cannot read the workbook {path}: {error}"
        raise UsageError(msg) from error


def _sheet(book: CalamineWorkbook, path: Path, name: str) -> pd.DataFrame:
    """Read a sheet as text; its index is the row as Excel numbers it."""
    if name not in book.sheet_names:
        msg = f"{path} is no workbook of a plan: it has no sheet {name}"
        raise UsageError(msg)
    cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    head = [str(cell) for cell in cells[0]] if cells else []
    frame = pd.DataFrame(cells[1:], columns=head, dtype=object)
    frame.index = pd.RangeIndex(2, len(frame) + 2)
    return frame


def _check_run(book: CalamineWorkbook, path: Path, run: str) -> None:
    about = _sheet(book, path, RUN)
    names = dict(zip(about.iloc[:, 0], about.iloc[:, 1], strict=True)) if about.shape[1] > 1 else {}
    if names.get("run") != run:
        msg = (
            f"{path} is of run {names.get('run', 'unknown')}, but these inputs make run {run}: "
            "they have changed since, or it is another scenario; run it again and decide there"
        )
        raise UsageError(msg)


def _need(sheet: pd.DataFrame, path: Path, name: str, columns: Sequence[str]) -> None:
    """Refuse a sheet without columns that the plan gave it, or with two of them."""
    wrong = [each for each in columns if list(sheet.columns).count(each) != 1]
    if wrong:
        named = f"column {wrong[0]}" if len(wrong) == 1 else f"columns {listed(wrong)}"
        msg = f"{path}, sheet {name}: the first row must have the {named} once; undo the change"
        raise UsageError(msg)


def _check_cells(path: Path, name: str, sheet: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse cells of some columns that read as blank although something stands in them."""
    with zipfile.ZipFile(path) as archive:
        part = sheet_parts(archive).get(name)
        cells = sorted(unusable_cells(archive.read(part))) if part else []
    read = {list(sheet.columns).index(column) + 1: column for column in columns}
    issues = [
        Issue(
            f"{path.name}[{name}]!{_cell(sheet, row - 2, read[number])}",
            problem,
            "write the value itself",
        )
        for row, number, problem in cells
        if number in read and row > 1
    ]
    if issues:
        raise ScenarioError(issues)


def _check_lines(scenario: Scenario, sheet: pd.DataFrame, path: Path, issues: list[Issue]) -> None:
    """Every row must name a line of the scenario, and each line once."""
    known = pd.MultiIndex.from_frame(scenario["lines"][KEYS])
    names = pd.MultiIndex.from_frame(sheet[KEYS].map(_text))
    decided = (sheet[list(MARKED)].map(_text) != "").any(axis=1).to_numpy()
    for row in np.flatnonzero(~names.isin(known) & decided).tolist():
        order, line = (_text(sheet[key].iloc[row]) for key in KEYS)
        problem = f"there is no line {line!r} of an order {order!r}"
        issues.append(_issue(path, sheet, row, "order", problem, "do not change these columns"))
    for row in np.flatnonzero(names.duplicated() & decided).tolist():
        problem = "the line is already given above"
        issues.append(_issue(path, sheet, row, "order", problem, "keep one of the two rows"))


def _check_marks(rows: pd.DataFrame, path: Path, issues: list[Issue]) -> None:
    """No line is locked and held."""
    marks = [
        rows.loc[rows["action"] == action].set_index(KEYS)["cell"] for action in ("hold", "lock")
    ]
    for key, cell in marks[0].items():
        if key in marks[1].index:
            at = f"{path.name}[{OVERRIDES}]!{cell}"
            problem = "what is held here is locked too"
            issues.append(Issue(at, problem, "keep one of the two marks", None, ""))


def _decisions(
    sheet: pd.DataFrame, path: Path, issues: list[Issue]
) -> Iterator[tuple[str, str, str, float, str, str]]:
    """Yield order, line, action, value, note and cell of each decision."""
    for name in (name for name in MARKED if name != "note"):
        for row, cell in enumerate(sheet[name].tolist()):
            text = _text(cell)
            if (text.casefold() in NO and name in FLAGS) or not text:
                continue
            value = _value(name, text)
            if value is None:
                meant = "x or nothing" if name in FLAGS else "a number that is not negative"
                issues.append(
                    _issue(path, sheet, row, name, f"{text!r} is no {name}", f"write {meant}")
                )
                continue
            order, line = (_text(sheet[key].iloc[row]) for key in KEYS)
            note = _text(sheet["note"].iloc[row])
            yield order, line, name, value, note, _cell(sheet, row, name)


def _value(name: str, text: str) -> float | None:
    if name in FLAGS:
        return float("nan") if text.casefold() in YES else None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None


def _text(cell: object) -> str:
    """Write a cell as the plan has it: 12.0 is 12 where somebody typed a number for an id."""
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _cell(sheet: pd.DataFrame, row: int, column: str) -> str:
    """Name a cell as Excel does."""
    nth, letters = list(sheet.columns).index(column) + 1, ""
    while nth:
        nth, rest = divmod(nth - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{sheet.index[row]}"


def _issue(
    path: Path, sheet: pd.DataFrame, row: int, column: str, problem: str, remedy: str
) -> Issue:
    file = f"{path.name}[{OVERRIDES}]!{_cell(sheet, row, column)}"
    return Issue(file, problem, remedy, None, "")


def _with_overrides(scenario: Scenario, rows: pd.DataFrame) -> Scenario:
    """Put decisions in the place of those on the same line and action."""
    table = scenario["overrides"]
    keys = ["order", "line", "action"]
    blank = pd.Series(pd.NaT, index=rows.index)
    new = rows.assign(by="plan.xlsx", until=blank)[list(table.columns)]
    kept = table[~pd.MultiIndex.from_frame(table[keys]).isin(pd.MultiIndex.from_frame(new[keys]))]
    both = pd.concat([kept, new], ignore_index=True).astype(table.dtypes)
    return with_table(scenario, "overrides", both)


def _with_locks(
    scenario: Scenario, rows: pd.DataFrame, sheet: pd.DataFrame, plan: pd.DataFrame, path: Path
) -> Scenario:
    """Commit what the plan gives to the lines that are locked: the lock freezes it."""
    locked = rows[rows["action"] == "lock"]
    locks = pd.MultiIndex.from_frame(locked[KEYS])
    if not len(locks):
        return scenario
    needed = [*KEYS, "site", "service", "ship_date", "quantity"]
    _need(plan, path, PRIORITIES, needed)
    _check_cells(path, PRIORITIES, plan, needed)
    plan = plan.assign(**{key: plan[key].map(_text) for key in KEYS})
    mine = plan[pd.MultiIndex.from_frame(plan[KEYS]).isin(locks)]
    _check_locks(locked, sheet, mine, path)
    table = scenario["commitments"]
    kept = table[~pd.MultiIndex.from_frame(table[KEYS]).isin(locks)]
    try:
        mine = mine.assign(
            ship_date=pd.to_datetime(mine["ship_date"]), quantity=mine["quantity"].astype(float)
        )
        new = sums_by_shipment(mine).assign(frozen=False)
        return with_rows(with_table(scenario, "commitments", kept), "commitments", new)
    except (KeyError, TypeError, ValueError) as error:
        msg = f"{path}, sheet {PRIORITIES}: what is locked cannot be read: {error}; undo the change"
        raise UsageError(msg) from error


def _check_locks(locked: pd.DataFrame, sheet: pd.DataFrame, mine: pd.DataFrame, path: Path) -> None:
    """Ask that what a locked line gets is in the sheet of shipments, which may not have all."""
    names = pd.MultiIndex.from_frame(sheet[KEYS].map(_text))
    gets = dict(zip(names, sheet["delivered"].map(_text), strict=True))
    there = set(pd.MultiIndex.from_frame(mine[KEYS]))
    issues = [
        Issue(
            f"{path.name}[{OVERRIDES}]!{row['cell']}",
            f"the shipments of the line are not in sheet {PRIORITIES}",
            "lock it by the tables commitments and overrides of the scenario",
        )
        for row in locked.to_dict("records")
        if gets.get((row["order"], row["line"])) not in ("", "0", None)
        and (row["order"], row["line"]) not in there
    ]
    if issues:
        raise ScenarioError(issues)


def _check_decisions(
    changed: Scenario, before: Scenario, rows: pd.DataFrame, path: Path
) -> Scenario:
    """Let the door check what was decided; faults name the cell."""
    with TemporaryDirectory() as spare:
        write_scenario(changed, Path(spare) / "scenario", "parquet")
        try:
            checked = read_scenario(Path(spare) / "scenario")
        except ScenarioError as error:
            raise ScenarioError(_with_cells(error.issues, changed, rows, path)) from error
    return replace(checked, warnings=before.warnings)


def _with_cells(
    issues: Sequence[Issue], changed: Scenario, rows: pd.DataFrame, path: Path
) -> list[Issue]:
    """Name the cells of faults in what was decided."""
    first = len(changed["overrides"]) - len(rows)
    issues_by_cell = []
    for issue in issues:
        nth = (issue.row or 0) - 2 - first
        if issue.file.startswith("overrides") and 0 <= nth < len(rows):
            cell = rows["cell"].iloc[nth]
            file = f"{path.name}[{OVERRIDES}]!{cell}"
            issues_by_cell.append(Issue(file, issue.problem, issue.remedy, None, ""))
        else:
            issues_by_cell.append(issue)
    return issues_by_cell
