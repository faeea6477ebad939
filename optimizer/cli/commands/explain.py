"""``allocore explain``: why a line is late or short, and what would fill it."""

from __future__ import annotations

from typing import Annotated

import typer

from optimizer.cli.registry import command
from optimizer.cli.shared import AsJson, RunPath, say, say_json


@command(50)
def explain(
    run_folder: RunPath,
    name: Annotated[str, typer.Argument(metavar="ORDER[/LINE]", help="Which order or line.")],
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Plan again with a unit less of what is scarce; each takes as long as the run.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say why a line is late or short, who has its units, what would fill it and who would pay."""
    from optimizer.api import Explainer
    from optimizer.explaining.explanation_record import as_record, write_record
    from optimizer.runs.run_files import EXPLANATIONS

    with Explainer.of_run(run_folder) as explainer:
        explanations = [
            explainer.explain(*each, verify=verify) for each in explainer.lines_of(name)
        ]
    records = [as_record(each) for each in explanations]
    for record in records:
        write_record(EXPLANATIONS.path(run_folder), record)
    if as_json:
        say_json(records)
    else:
        say("\n\n".join(map(repr, explanations)))
