"""What a killed job left in the folder of runs is cleared by the next one, which holds the lock."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

HALF = re.compile(r"\.(?P<name>.+)-[0-9a-f]{8}(?P<old>\.old)?")
"""A folder being written, or (``.old``) replaced; see :mod:`optimizer.runs.destination`."""


def recover(runs: Path) -> list[str]:
    """Put back what was about to be replaced, and remove what was half written.

    Parameters
    ----------
    runs
        Folder of run folders; nobody else writes there.

    Returns
    -------
    list of str
        Names of the folders that were put back or removed.
    """
    found = [(path, HALF.fullmatch(path.name)) for path in sorted(runs.iterdir())]
    left = [(path, half) for path, half in found if half and path.is_dir()]
    for path, half in left:
        whole = runs / half["name"]
        if half["old"] and not whole.exists():
            path.rename(whole)
        else:
            shutil.rmtree(path)
    return [path.name for path, _ in left]
