"""Whether the files of a run folder are still those that the run wrote.

The judge recomputes what shipments make of a scenario. What only the run could know, the scenario
that was asked, proofs and reasons, is held by a hash of each file in ``run.json``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from optimizer.runs.run_files import RECORD, UNSEALED


def seal(folder: Path) -> dict[str, str]:
    """Hash each file of a run folder that is sealed, by its path within."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix(): path for path in files}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in names.items()
        if name not in UNSEALED
    }


def changes(folder: Path) -> list[str]:
    """Say which files of a run folder are not as the run wrote them.

    Parameters
    ----------
    folder
        With a record.

    Returns
    -------
    list of str
        One sentence for each file that is missing, was changed, or was added where it would be
        read. Other files beside them, notes say, are free.
    """
    try:
        written: dict[str, str] = dict(json.loads(RECORD.path(folder).read_bytes())["files"])
    except (ValueError, KeyError, TypeError):
        return [
            f"{RECORD.name} was changed after the run: it no longer says which files the run wrote"
        ]
    return differences(written, seal(folder))


def differences(written: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    """Say in a sentence each which files are not as written, by the hashes of both."""
    read = {Path(name).stem for name in written}
    return [
        *(f"{name} is missing" for name in written if name not in there),
        *(
            f"{name} was changed after the run"
            for name, digest in written.items()
            if there.get(name, digest) != digest
        ),
        *(
            f"{name} was added after the run"
            for name in there
            if name not in written and (name.startswith("scenario/") or Path(name).stem in read)
        ),
    ]
