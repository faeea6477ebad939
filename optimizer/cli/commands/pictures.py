"""``allocore pictures``: the pictures of a run's report as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from models.errors import UsageError
from optimizer.cli.registry import command
from optimizer.cli.shared import AsJson, RunPath, say, say_json


@command(80)
def pictures(
    run_folder: RunPath,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to.")],
    kind: Annotated[str, typer.Option("--format", help="png or svg.")] = "png",
    as_json: AsJson = False,
) -> None:
    """Write the pictures of a run's report as files; no browser is needed."""
    from optimizer.reporting.charts import pictures as drawn
    from optimizer.reporting.charts import save
    from optimizer.runs.run_reader import read_policies, read_run

    if kind not in ("png", "svg"):
        msg = f"--format {kind}: must be png or svg"
        raise UsageError(msg)
    scenario, solution = read_run(run_folder)
    paths = save(drawn(scenario, solution, read_policies(run_folder)), folder, kind)
    files = [str(path) for path in paths]
    if as_json:
        say_json({"files": files})
    else:
        say("\n".join(files))
