"""``write_run``: the run folder, written whole or not at all.

The same input gives the same bytes, ``run.json`` aside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from optimizer.common.versions import versions
from optimizer.runs.destination import (
    Guard,
    check_destination,
    default_folder,
    no_guard,
    replacement,
)
from optimizer.runs.file_formats import Format, write_json
from optimizer.runs.run_files import RECORD, RUN_FILES, RunContent, RunFile
from optimizer.runs.run_id import input_hashes, run_id
from optimizer.runs.sealing import seal

if TYPE_CHECKING:
    from optimizer.planning.judged_plan import JudgedPlan


def write_run(
    plan: JudgedPlan,
    folder: Path | None = None,
    file_format: Format = "csv",
    *,
    files: Sequence[RunFile] = RUN_FILES,
    extras: Mapping[str, pd.DataFrame | Mapping[str, Any]] | None = None,
    guard: Guard = no_guard,
) -> Path:
    """Write a plan as a run folder.

    Parameters
    ----------
    plan
        Judged.
    folder
        The run folder itself; a run folder there is replaced as a whole. Default
        :func:`optimizer.runs.destination.default_folder`.
    file_format
        Of the frames.
    files
        Which to write; ``run.json`` is always written.
    extras
        By name of a file, the frame or JSON document that only the caller knows.
    guard
        Refuses run folders that stay as they are.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    UsageError
        When the destination is in the way, refused, or cannot be written.
    """
    scenario, policy = plan.scenario, plan.solution.policy
    target = folder or default_folder(scenario, policy)
    check_destination(target, guard)
    content = RunContent(plan, run_id(scenario, policy), file_format, extras or {})
    with replacement(target, guard) as new:
        for file in files:
            if file.write:
                file.write(content, file.path(new, file_format))
        write_json(_record(content) | {"files": seal(new)}, RECORD.path(new))
    return target


def _record(content: RunContent) -> dict[str, Any]:
    """Say how the run was made."""
    plan = content.plan
    return {
        "run": content.run,
        "scenario": plan.solution.scenario,
        "inputs": input_hashes(plan.scenario),
        "versions": versions(),
        "options": {
            "policy": plan.solution.policy,
            "format": content.file_format,
            **plan.scenario.settings.solver.model_dump(mode="json"),
        },
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(plan.seconds, 3),
        "cancelled": plan.cancelled,
        "notes": list(plan.notes),
    }
