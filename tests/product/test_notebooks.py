"""The notebooks: pairs in step, no outputs kept, only the public API, and every cell runs."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

import optimizer
from tests.support.folders import ROOT

FOLDER = ROOT / "notebooks"
SCRIPTS = sorted(FOLDER.glob("*.py"))
SECONDS = 600
"""Longest that a cell may take on a busy machine; whole notebooks take a tenth of it [s]."""
LIBRARIES = {"altair", "numpy", "pandas"}

each = pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)


def test_there_are_six() -> None:
    assert [path.name[:2] for path in SCRIPTS] == ["01", "02", "03", "04", "05", "06"]


@each
def test_script_and_notebook_say_the_same(script: Path) -> None:
    notebook = nbformat.read(script.with_suffix(".ipynb"), as_version=4)
    paired = jupytext.read(script)
    assert [(c.cell_type, c.source) for c in notebook.cells] == [
        (c.cell_type, c.source) for c in paired.cells
    ]


@each
def test_no_outputs_are_kept(script: Path) -> None:
    cells = nbformat.read(script.with_suffix(".ipynb"), as_version=4).cells
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)


@each
def test_only_the_public_api_is_used(script: Path) -> None:
    imports = [
        (node.module or "", [name.name for name in node.names])
        if isinstance(node, ast.ImportFrom)
        else (name.name, [])
        for node in ast.walk(ast.parse(script.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom | ast.Import)
        for name in node.names
    ]
    assert "optimizer" in dict(imports)
    for module, names in imports:
        if module == "optimizer":
            assert set(names) <= set(optimizer.__all__)
        else:
            assert module.split(".")[0] in LIBRARIES | sys.stdlib_module_names


@each
def test_every_cell_runs(script: Path) -> None:
    notebook = nbformat.read(script.with_suffix(".ipynb"), as_version=4)
    client = NotebookClient(
        notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": FOLDER}}
    )
    client.execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    assert "image/png" in {
        key for cell in code for out in cell.outputs for key in out.get("data", {})
    }
