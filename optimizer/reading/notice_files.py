"""Templates of notices that a company writes itself: ``notices/<language>.jinja``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from optimizer.common.words import several
from optimizer.reading.faults import Faults, excerpt
from optimizer.reading.header import MergedHeader, name_from
from optimizer.scenario.notice_templates import (
    DEFAULT,
    EXAMPLES,
    TemplateFaultError,
    bundled_templates,
    fill,
)

FOLDER, SUFFIX = "notices", ".jinja"
REMEDY = "correct it; the facts that a template has are listed in the format's page"
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]+)*")


def read_templates(header: MergedHeader, faults: Faults) -> Mapping[str, str]:
    """Read the templates beside a scenario and its parents, by language; a child's replace theirs.

    Each is tried: one that cannot be filled is a fault of its file and row.
    """
    templates: dict[str, str] = {}
    for layer in header.layers:
        for path in _files(layer.folder / FOLDER):
            file = name_from(header.folder, path)
            text = _text(path, file, layer.folder, faults)
            if text is not None:
                templates[path.stem] = text
    return templates


def _files(folder: Path) -> Iterator[Path]:
    """List the files of a folder that are not left out, none where there is no folder."""
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return (path for path in found if not path.name.startswith(("_", "~", ".")))


def _text(path: Path, file: str, folder: Path, faults: Faults) -> str | None:
    """Read one template; None, with a fault, where it is none."""
    if path.suffix != SUFFIX or not LANGUAGE.fullmatch(path.stem):
        remedy = "call it by its language in small letters, as de.jinja; or start its name with _"
        faults.add(file, "the file is no template of a language", remedy)
        return None
    if not path.resolve().is_relative_to(folder.resolve()):
        problem = "the file is a link to a place outside the folder"
        faults.add(file, problem, "copy the file into the folder")
        return None
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        faults.add(file, f"the template cannot be read: {fault}", "save it as a text file in UTF-8")
        return None
    try:
        for facts in EXAMPLES:
            fill(text, facts)
    except TemplateFaultError as fault:
        faults.add(file, f"the template cannot be filled: {fault}", REMEDY, fault.row)
        return None
    return text


def about_languages(customers: pd.DataFrame, templates: Mapping[str, str]) -> str:
    """Write of customers whose language has no template; nothing where there are none."""
    known = {*bundled_templates(), *templates}
    unknown = customers[~customers["language"].str.lower().isin(known)]
    if unknown.empty:
        return ""
    language, customer = unknown[["language", "customer"]].iloc[0]
    return (
        f"{several(len(unknown), 'customer')} with a language that has no template, first "
        f"{excerpt(customer)} with {excerpt(language)}: notices to them are in {excerpt(DEFAULT)}. "
        f"Write {FOLDER}/{str(language).lower()}{SUFFIX}."
    )
