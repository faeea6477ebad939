"""The files of a backtest's finished parts: each is there as a whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pandas as pd

from models.errors import UsageError
from models.scenario import Scenario
from optimizer.common.versions import version_of


def open_parts(folder: Path, inputs: str, resume: bool) -> Path:
    """Make or open the folder of the parts.

    Raises
    ------
    UsageError
        When it holds something else, or parts of other inputs, or parts that are not to be used.
    """
    parts = folder / "parts"
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not parts.is_dir())):
        msg = f"{folder} holds something else; name a new folder"
        raise UsageError(msg)
    parts.mkdir(parents=True, exist_ok=True)
    before = read_part(parts, "inputs")
    if before is None:
        write_part(parts, "inputs", {"inputs": inputs})
    elif not resume:
        msg = f"{folder} holds a backtest already; add --resume to go on, or name a new folder"
        raise UsageError(msg)
    elif before["inputs"] != inputs:
        msg = f"{folder} holds a backtest of other inputs; name a new folder"
        raise UsageError(msg)
    return parts


def fingerprint(scenario: Scenario, history: pd.DataFrame, days: int) -> str:
    """Tell inputs and versions apart: results of others must not be mixed."""
    parts = [version_of("allocore"), str(days), scenario.settings.model_dump_json()]
    parts += [frame.to_csv(index=False) for _, frame in sorted(scenario.tables.items())]
    parts.append(history.to_csv(index=False))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def write_part(folder: Path, name: str, content: object) -> None:
    """Write a file so that it is there as a whole or not at all."""
    path = folder / f"{name}.json"
    aside = path.with_suffix(f".{os.getpid()}.tmp")
    with aside.open("w", encoding="utf-8") as target:
        json.dump(content, target)
        target.flush()
        os.fsync(target.fileno())
    aside.replace(path)


def read_part(folder: Path, name: str) -> dict[str, Any] | None:
    """Read a finished result; None where there is none."""
    path = folder / f"{name}.json"
    if not path.is_file():
        return None
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
