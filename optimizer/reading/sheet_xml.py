"""Faults that the reader of workbooks hides: error values, formulas without result, far cells.

It returns errors and uncalculated formulas as blanks, and makes a cell of every place between the
first and the last, so that one stray cell in the last row could take all memory.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from html import unescape

MOST_CELLS = 20_000_000
"""Cells between the first and the last of a sheet."""
NO_RESULT = "the cell holds a formula without a stored result"
ATTRIBUTE = re.compile(r"""([\w:]+)\s*=\s*["']([^"']*)["']""")
ROW = re.compile(rb"""<(?:\w+:)?row\b[^>]*?\br=["'](\d+)["']""")
TWO_LETTERS = re.compile(rb"""\br=["']([A-Z]{2})\d+["']""")
THREE_LETTERS = re.compile(rb"""\br=["'][A-Z]{3}\d+["']""")
REFERENCE = rb"""\br=["']([A-Z]+)(\d+)["']"""
ERROR = re.compile(rb"""<(?:\w+:)?c\b(?=[^>]*\bt=["']e["'])[^>]*?""" + REFERENCE)
UNCALCULATED = re.compile(
    rb"""<(?:\w+:)?c\b(?![^>]*\bt=["']str["'])[^>]*?"""
    + REFERENCE
    + rb"[^>]*><(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
)


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the archive's file of each sheet, as far as it can be found."""
    names = set(archive.namelist())
    book, relations = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
    if not {book, relations} <= names:
        return {}
    targets = {r.get("Id"): r.get("Target", "") for r in _tags(archive, relations, "Relationship")}
    parts = {}
    for sheet in _tags(archive, book, "sheet"):
        target = targets.get(sheet.get("r:id"), "")
        part = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
        if part in names:
            parts[sheet.get("name", "")] = part
    return parts


def _tags(archive: zipfile.ZipFile, part: str, tag: str) -> Iterator[dict[str, str]]:
    text = archive.read(part).decode("utf-8", errors="replace")
    for found in re.finditer(rf"<(?:\w+:)?{tag}\s([^>]*)>", text):
        yield {key: unescape(value) for key, value in ATTRIBUTE.findall(found.group(1))}


def reach(xml: bytes) -> tuple[int, int]:
    """Return the last row and the last column, at least, that hold a cell."""
    rows = max((int(row) for row in ROW.findall(xml)), default=0)
    if THREE_LETTERS.search(xml):
        return rows, 26**3
    pairs = TWO_LETTERS.findall(xml)
    return rows, max((column_number(pair.decode()) for pair in set(pairs)), default=26)


def unusable_cells(xml: bytes) -> Iterator[tuple[int, int, str]]:
    """Yield row, column and fault of each cell whose value is not what it seems, from 1."""
    for pattern, fault in ((ERROR, "the cell holds an error value"), (UNCALCULATED, NO_RESULT)):
        for letters, row in pattern.findall(xml):
            yield int(row), column_number(letters.decode()), fault


def column_number(letters: str) -> int:
    """Return the number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number
