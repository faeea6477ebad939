"""``allocore check``: every fault of a scenario at once."""

from __future__ import annotations

import typer

from models.errors import ScenarioError
from optimizer.cli.registry import command
from optimizer.cli.shared import (
    EXIT_CODES,
    AsJson,
    Overrides,
    ScenarioPath,
    is_quiet,
    read,
    say,
    say_json,
)


@command(20)
def check(
    scenario: ScenarioPath,
    set_: Overrides = None,
    as_json: AsJson = False,
) -> None:
    """Validate a scenario: every fault at once, each with its place."""
    try:
        checked = read(scenario, set_ or (), quiet=is_quiet() or as_json)
    except ScenarioError as error:
        if as_json:
            from dataclasses import asdict

            say_json({"valid": False, "issues": [asdict(i) for i in error.issues]})
        else:
            say(str(error))
        raise typer.Exit(EXIT_CODES[ScenarioError]) from error
    if as_json:
        say_json({"valid": True, "issues": [], "warnings": list(checked.warnings)})
    else:
        say(f"Valid. {checked!r}")
