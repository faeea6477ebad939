"""What the judge and the seal find wrong with a run folder."""

from __future__ import annotations

from pathlib import Path

from models.errors import ScenarioError, UsageError


def run_findings(folder: Path) -> list[str]:
    """Judge a run folder; what cannot be read is a finding where it was changed after the run."""
    from models.judge import judge
    from optimizer.runs.run_reader import check_run_folder, read_run
    from optimizer.runs.sealing import changes

    check_run_folder(folder)
    changed = changes(folder)
    try:
        return [*judge(*read_run(folder)), *changed]
    except (UsageError, ScenarioError) as error:
        if not changed:
            raise
        return [str(error), *changed]
