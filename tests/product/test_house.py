"""The house keeps its shape: rooms with a README, no name twice, small files and functions.

Who may import whom is held by import-linter.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

from tests.support.folders import ROOT

FILES = [*(ROOT / "optimizer").rglob("*.py"), *(ROOT / "models").rglob("*.py")]
OFTEN = {"__init__.py", "__main__.py", "settings.py"}
"""Names that may stand in several rooms."""
MOST_LINES, LONGEST_FUNCTION, MOST_PARAMETERS = 400, 60, 6
EXCEPTIONS = 0.01
"""Share of functions, or files, that may be larger and say why."""
ROOMS = sorted(path.parent for path in (ROOT / "optimizer").glob("*/__init__.py"))
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions() -> Iterator[tuple[Path, Function]]:
    """Every function and method, with its file."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, Function):
                yield path, node


def parameters(function: Function) -> int:
    """Parameters of a function, without the object or class it is bound to."""
    names = function.args.posonlyargs + function.args.args + function.args.kwonlyargs
    return len([each for each in names if each.arg not in ("self", "cls")])


def test_few_files_lie_outside_the_rooms() -> None:
    assert len([path for path in (ROOT / "optimizer").iterdir() if path.is_file()]) <= 8


def test_no_file_name_stands_twice_in_optimizer() -> None:
    counts = Counter(path.name for path in FILES if "optimizer" in path.relative_to(ROOT).parts)
    assert [name for name, n in counts.items() if n > 1 and name not in OFTEN] == []


def test_no_public_class_name_stands_twice() -> None:
    counts = Counter(
        node.name
        for path in FILES
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, n in counts.items() if n > 1] == []


def test_files_are_small() -> None:
    large = [path for path in FILES if path.read_text("utf-8").count("\n") > MOST_LINES]
    assert len(large) <= EXCEPTIONS * len(FILES), large


def test_functions_are_short() -> None:
    every = list(functions())
    long = [
        f"{path.name}:{each.name}"
        for path, each in every
        if (each.end_lineno or 0) - each.lineno + 1 > LONGEST_FUNCTION
    ]
    assert len(long) <= EXCEPTIONS * len(every), long


def test_functions_take_few_parameters_except_commands() -> None:
    every = [(path, each) for path, each in functions() if path.parent.name != "cli"]
    many = [
        f"{path.name}:{each.name}" for path, each in every if parameters(each) > MOST_PARAMETERS
    ]
    assert len(many) <= EXCEPTIONS * len(every), many


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: str(room.name))
def test_each_room_says_what_it_is_for(room: Path) -> None:
    page = (room / "README.md").read_text(encoding="utf-8")
    first, _, _ = page.partition("## Decisions")
    assert len(first.splitlines()) <= 60, "longer than a screen"
    assert ast.get_docstring(ast.parse((room / "__init__.py").read_text("utf-8")))


@pytest.mark.parametrize(
    "page", [*(ROOT / "optimizer").rglob("README.md"), ROOT / "models/README.md"]
)
def test_files_that_a_readme_names_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = [*re.findall(r"`((?:optimizer|models|tests|scenarios)/[\w./-]+)`", text)]
    missing = [name for name in named if not (ROOT / name).exists()]
    missing += [
        to for to in re.findall(r"\]\(([\w./-]+)\)", text) if not (page.parent / to).exists()
    ]
    assert missing == []


def test_each_readme_says_who_imports_whom() -> None:
    graph = grimp.build_graph("optimizer", cache_dir=None)
    names = {room.name for room in ROOMS}
    both = {
        (source.split(".")[1], target.split(".")[1])
        for source in graph.modules
        for target in graph.find_modules_directly_imported_by(source)
        if source.count(".") and target.count(".")
    }
    for room in names:
        page = (ROOT / "optimizer" / room / "README.md").read_text(encoding="utf-8")
        imports, importers = re.findall(
            r"does\simport: ([\w,\s]+)\.\s+Imported\sby: ([\w,\s]+)", page
        )[0]
        assert set(re.findall(r"\w+", imports)) - {"no", "room"} == {
            b for a, b in both if a == room != b
        }
        assert set(re.findall(r"\w+", importers)) - {"nobody"} == {
            a for a, b in both if b == room != a
        }


def test_every_decision_stands_in_one_room() -> None:
    numbers = Counter(
        int(number)
        for page in (ROOT / "optimizer").glob("*/README.md")
        for number in re.findall(r"(?m)^(\d+)\. \*\*", page.read_text(encoding="utf-8"))
    )
    assert {number: n for number, n in numbers.items() if n > 1} == {}
    assert set(range(1, 74)) <= set(numbers)
