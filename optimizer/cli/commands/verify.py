"""``allocore verify``: judge a run folder again, from its files alone."""

from __future__ import annotations

import typer

from optimizer.cli.registry import command
from optimizer.cli.run_findings import run_findings
from optimizer.cli.shared import RULE_BROKEN, AsJson, RunPath, say, say_json


@command(40)
def verify(
    run_folder: RunPath,
    as_json: AsJson = False,
) -> None:
    """Judge a run folder again, from its files alone and without a solver."""
    findings = run_findings(run_folder)
    if as_json:
        say_json({"valid": not findings, "findings": findings})
    elif findings:
        say("\n".join([f"{run_folder} breaks rules:", *(f" * {f}" for f in findings)]))
    else:
        say(f"{run_folder} obeys every rule and says what its shipments make.")
    if findings:
        raise typer.Exit(RULE_BROKEN)
