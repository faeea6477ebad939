"""``allocore schema``: JSON Schema of the YAML files, for editors."""

from __future__ import annotations

from typing import Annotated

import typer

from optimizer.cli.registry import command
from optimizer.cli.shared import say_json


@command(120)
def schema(
    overlay: Annotated[
        bool, typer.Option("--overlay", help="For files that extend another.")
    ] = False,
    job: Annotated[bool, typer.Option("--job", help="For the YAML file of a job.")] = False,
) -> None:
    """Print the JSON Schema of scenario.yaml, or of a job's file."""
    from optimizer.cli.json_schema import job_schema, json_schema

    say_json(job_schema() if job else json_schema(overlay=overlay))
