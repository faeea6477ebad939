"""What commands share: options, exit codes, reading, answers on standard output."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextvars import ContextVar
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from models.errors import (
    AllocoreError,
    ChangedRunError,
    ExpectationError,
    LockedError,
    NoPlanError,
    RuleViolationError,
    ScenarioError,
    SourceUnavailableError,
    UsageError,
)

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from models.scenario import Scenario

DEFECT, RULE_BROKEN, TEST_FAILED, INTERRUPTED = 1, 5, 6, 130
EXIT_CODES: dict[type[AllocoreError], int] = {
    UsageError: 2,
    ScenarioError: 3,
    NoPlanError: 4,
    RuleViolationError: RULE_BROKEN,
    LockedError: 7,
    ChangedRunError: RULE_BROKEN,
    ExpectationError: TEST_FAILED,
    SourceUnavailableError: 75,
}
"""Exit code for each kind of error that stops a command."""


class FrameFormat(StrEnum):
    """File formats of the frames in a run folder."""

    CSV = "csv"
    PARQUET = "parquet"


class LogLevel(StrEnum):
    """How much is logged to standard error."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


ScenarioPath = Annotated[
    Path, typer.Argument(metavar="SCENARIO", help="Scenario folder or its YAML file.")
]
RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Override a value, as segments.core.target.level=0.95."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no warnings.")]

_QUIET: ContextVar[bool] = ContextVar("quiet", default=False)


def be_quiet(*, quiet: bool) -> None:
    """Say for the command that begins now whether it is quiet."""
    _QUIET.set(quiet)


def is_quiet() -> bool:
    """Whether progress and warnings are not wanted: `-q`, before a command or after it."""
    return _QUIET.get()


def read(path: Path, overrides: Sequence[str], *, quiet: bool) -> Scenario:
    """Read a scenario; its warnings go to standard error."""
    from optimizer.reading import read_scenario

    scenario = read_scenario(path, overrides)
    for warning in () if quiet else scenario.warnings:
        complain(f"warning: {warning}")
    return scenario


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a frame, blanks as null."""
    return [
        {str(name): None if value != value else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]


def dated_records(frame: Any) -> list[dict[str, Any]]:  # noqa: ANN401  pandas is imported late
    """Rows of a frame, dates as text, blanks as null."""
    days = frame.select_dtypes("datetime").columns
    text = {name: frame[name].dt.strftime("%Y-%m-%d").astype(object) for name in days}
    return records(frame.assign(**text))


def console(stream: TextIO) -> Console:
    """Make a console that is wide enough for the summary where no terminal says its width."""
    from rich.console import Console

    return Console(file=stream, width=None if stream.isatty() else 100)


def say(text: str) -> None:
    """Print to standard output."""
    typer.echo(text)


def say_json(content: object) -> None:
    """Print as JSON."""
    say(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))


def complain(text: str) -> None:
    """Print to standard error."""
    typer.echo(text, err=True)
