"""The command ``allocore``. Heavy imports are inside the commands, so that help is instant.

Answers go to standard output, progress, warnings and errors to standard error.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from models.errors import (
    AllocoreError,
    NoPlanError,
    RuleViolationError,
    ScenarioError,
    SourceUnavailableError,
    UsageError,
)
from optimizer.versions import version_of

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from models.scenario import Scenario
    from optimizer.planning import Plan

log = logging.getLogger(__name__)

DEFECT, TEST_FAILED, INTERRUPTED = 1, 6, 130
EXIT_CODES: dict[type[AllocoreError], int] = {
    UsageError: 2,
    ScenarioError: 3,
    NoPlanError: 4,
    RuleViolationError: 5,
    SourceUnavailableError: 75,
}
"""Exit code for each kind of error that stops a command."""

app = typer.Typer(
    help="Decide which customer orders are filled when stock and delivery capacity are short.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


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
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Override a value, as segments.core.target.level=0.95."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no warnings.")]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments
        Without the program's name; those of the process by default.

    Returns
    -------
    int
        Exit code: 0 done, 1 a defect of ours, 2 wrong usage, 3 invalid input, 4 no usable plan,
        5 a plan breaks a rule, 6 a test of the plan failed (``expect``, or a target missed with
        ``--require-targets``), 75 a source cannot be reached now, 130 and 143 cancelled.
    """
    try:
        app(args=arguments, prog_name="allocore")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except AllocoreError as error:
        defect = "no plan is written, it would break a rule; please report this:\n"
        _complain(f"allocore: {defect if isinstance(error, RuleViolationError) else ''}{error}")
        return EXIT_CODES[type(error)]
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        log.debug("traceback", exc_info=True)
        kind = type(error).__name__
        _complain(
            f"allocore: unexpected {kind}: {error}. This is a defect: please report it, with what "
            "`allocore --log-level debug ...` says."
        )
        return DEFECT
    return 0


def _version(asked: bool) -> None:
    if asked:
        _print(f"allocore {version_of('allocore')}")
        raise typer.Exit


@app.callback()
def _common(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_version, help="Print the version."),
    ] = False,
    log_level: Annotated[LogLevel, typer.Option(help="How much to log.")] = LogLevel.WARNING,
    quiet: Quiet = False,
) -> None:
    logging.basicConfig(level=log_level.upper(), format="%(levelname)s %(name)s: %(message)s")
    context.obj = quiet


@app.command()
def run(
    context: typer.Context,
    scenario: ScenarioPath,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Run folder; default runs/<scenario>-<run id>."),
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(
            help="optimal, or a rule: fcfs, edd, segment_priority, fair_share, revenue, bop, quota."
        ),
    ] = None,
    set_: Overrides = None,
    file_format: Annotated[
        FrameFormat, typer.Option("--format", help="Of the frames in the run folder.")
    ] = FrameFormat.CSV,
    require_targets: Annotated[bool, typer.Option(help="Exit 6 when a target is missed.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Plan a scenario and write a run folder."""
    from optimizer.stopping import stoppable

    quiet = quiet or bool(context.obj)
    with stoppable(_complain) as stop:
        from optimizer.planning import plan
        from optimizer.progress import shown
        from optimizer.writing import check_destination, default_folder, write_run

        if out:
            check_destination(out)
        question = _read(scenario, [*(set_ or ()), *_chosen(policy)], quiet=quiet)
        target = out or default_folder(question, question.settings.policy)
        check_destination(target)
        with shown(_console(sys.stderr), quiet=quiet) as report:
            made = plan(question, progress=report, cancel=stop.cancel)
        write_run(made, target, file_format.value)
    if as_json:
        _print_json(_answer(made, target))
    else:
        from optimizer.summary import print_summary

        print_summary(_console(sys.stdout), made, target)
    if made.cancelled:
        raise typer.Exit(stop.exit_code)
    if not all(test.kept for test in made.expectations) or (
        require_targets and _targets_missed(made)
    ):
        raise typer.Exit(TEST_FAILED)


@app.command()
def check(
    context: typer.Context,
    scenario: ScenarioPath,
    set_: Overrides = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Validate a scenario: every fault at once, each with its place."""
    try:
        checked = _read(scenario, set_ or (), quiet=quiet or as_json or bool(context.obj))
    except ScenarioError as error:
        if as_json:
            from dataclasses import asdict

            _print_json({"valid": False, "issues": [asdict(i) for i in error.issues]})
        else:
            _print(str(error))
        raise typer.Exit(EXIT_CODES[ScenarioError]) from error
    if as_json:
        _print_json({"valid": True, "issues": [], "warnings": list(checked.warnings)})
    else:
        _print(f"Valid. {checked!r}")


@app.command()
def segments(
    context: typer.Context,
    scenario: ScenarioPath,
    set_: Overrides = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Compare how functions see the customers: contradictions, and the orders that they decide."""
    from dataclasses import fields

    from optimizer.auditing import audited

    asked = _read(scenario, set_ or (), quiet=quiet or as_json or bool(context.obj))
    found = audited(asked)
    if as_json:
        frames = {field.name: getattr(found, field.name) for field in fields(found)}
        _print_json({name: frame.to_dict("records") for name, frame in frames.items()})
    else:
        from optimizer.audit_summary import print_audit

        print_audit(_console(sys.stdout), asked.settings, found)


@app.command()
def verify(
    run_folder: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")],
    as_json: AsJson = False,
) -> None:
    """Judge a run folder again, from its files alone and without a solver."""
    findings = _findings(run_folder)
    if as_json:
        _print_json({"valid": not findings, "findings": findings})
    elif findings:
        _print("\n".join([f"{run_folder} breaks rules:", *(f" * {f}" for f in findings)]))
    else:
        _print(f"{run_folder} obeys every rule and says what its shipments make.")
    if findings:
        raise typer.Exit(EXIT_CODES[RuleViolationError])


@app.command()
def schema(
    overlay: Annotated[
        bool, typer.Option("--overlay", help="For files that extend another.")
    ] = False,
) -> None:
    """Print the JSON Schema of scenario.yaml."""
    from optimizer.schema import json_schema

    _print_json(json_schema(overlay=overlay))


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New or empty folder.")],
    template: Annotated[str, typer.Option(help="Bundled scenario to start from.")] = "quickstart",
    workbook: Annotated[
        bool, typer.Option("--workbook", help="Tables in one Excel workbook.")
    ] = False,
) -> None:
    """Write a runnable template scenario."""
    from optimizer.bundled import copy_bundled

    if workbook:
        from tempfile import TemporaryDirectory

        from optimizer.reading import read_scenario
        from optimizer.scenario_writing import write_scenario

        with TemporaryDirectory() as spare:
            copied = read_scenario(copy_bundled(template, Path(spare) / template))
        write_scenario(copied, folder, "xlsx")
    else:
        copy_bundled(template, folder)
    _print(f"{folder} holds the scenario {template}. Next: allocore run {folder}")


@app.command()
def bench(
    context: typer.Context,
    lines: Annotated[
        list[int] | None, typer.Option(min=1, help="Order lines; repeat. Default 1000, 10000.")
    ] = None,
    seed: Annotated[
        list[int] | None, typer.Option(help="Of the generated peak week; repeat. Default 11.")
    ] = None,
    case: Annotated[
        list[str] | None,
        typer.Option(
            help="build, lp, plan, plan-value, plan-lp, plan-parcels or read; repeat. Default all."
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(min=1, help="Time limit of a plan.")] = 60,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write results, table and picture there.")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Measure time, memory and gaps on generated peak weeks, beside competitors."""
    from optimizer.benching.cases import CASES
    from optimizer.benching.measuring import measure_all
    from optimizer.benching.rendering import report, results, write

    silent = quiet or bool(context.obj)
    figures = measure_all(
        case or list(CASES),
        lines or [1000, 10_000],
        seed or [11],
        seconds,
        (lambda _: None) if silent else _complain,
    )
    found = results(figures)
    if out:
        write(found, out)
    if as_json:
        _print_json(found)
    else:
        _print(report(found))


def _findings(folder: Path) -> list[str]:
    """Judge a run folder; what cannot be read is a finding where it was changed after the run."""
    from models.rules import judge
    from optimizer.run_reading import check_run_folder, read_run
    from optimizer.sealing import changes

    check_run_folder(folder)
    changed = changes(folder)
    try:
        return [*judge(*read_run(folder)), *changed]
    except (UsageError, ScenarioError) as error:
        if not changed:
            raise
        return [str(error), *changed]


def _read(path: Path, overrides: Sequence[str], *, quiet: bool) -> Scenario:
    from optimizer.reading import read_scenario

    scenario = read_scenario(path, overrides)
    for warning in () if quiet else scenario.warnings:
        _complain(f"warning: {warning}")
    return scenario


def _chosen(policy: str | None) -> list[str]:
    """Turn ``--policy`` into an override, so that the run folder says it."""
    from models.settings import policy_named

    return [] if policy is None else [f"policy={policy_named(policy).value}"]


def _targets_missed(plan: Plan) -> bool:
    service = plan.service
    return bool((service["target"].notna() & (service["shortfall"] > 1e-6)).any())


def _answer(plan: Plan, folder: Path) -> dict[str, Any]:
    from dataclasses import asdict

    from optimizer.writing import result_of

    return {
        "folder": str(folder),
        **result_of(plan.solution),
        "service": _records(plan.service),
        "policies": _records(plan.policies),
        "expectations": [asdict(test) for test in plan.expectations],
        "conflict": plan.conflict and asdict(plan.conflict),
        "notes": list(plan.notes),
        "warnings": list(plan.scenario.warnings),
        "seconds": round(plan.seconds, 3),
        "cancelled": plan.cancelled,
    }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a frame, blanks as null."""
    return [
        {str(name): None if value != value else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]


def _console(stream: TextIO) -> Console:
    """Make a console that is wide enough for the summary where no terminal says its width."""
    from rich.console import Console

    return Console(file=stream, width=None if stream.isatty() else 100)


def _print(text: str) -> None:
    typer.echo(text)


def _print_json(content: object) -> None:
    _print(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))


def _complain(text: str) -> None:
    typer.echo(text, err=True)


if __name__ == "__main__":
    sys.exit(main())
