"""The command ``allocore``: a file for each command, and what people read of its answers.

Answers go to standard output, progress, warnings and errors to standard error. Heavy imports are
inside the commands, so that help is instant.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated

import typer

from models.errors import AllocoreError, RuleViolationError
from optimizer.cli import commands
from optimizer.cli.registry import add_commands
from optimizer.cli.shared import (
    DEFECT,
    EXIT_CODES,
    INTERRUPTED,
    LogLevel,
    Quiet,
    be_quiet,
    complain,
    say,
)
from optimizer.common.versions import version_of

log = logging.getLogger(__name__)

app = typer.Typer(
    help="Decide which customer orders are filled when stock and delivery capacity are short.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


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
        complain(f"allocore: {defect if isinstance(error, RuleViolationError) else ''}{error}")
        return EXIT_CODES[type(error)]
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        log.debug("traceback", exc_info=True)
        kind = type(error).__name__
        complain(
            f"allocore: unexpected {kind}: {error}. This is a defect: please report it, with what "
            "`allocore --log-level debug ...` says."
        )
        return DEFECT
    return 0


def _version(asked: bool) -> None:
    if asked:
        say(f"allocore {version_of('allocore')}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_version, help="Print the version."),
    ] = False,
    log_level: Annotated[LogLevel, typer.Option(help="How much to log.")] = LogLevel.WARNING,
    quiet: Quiet = False,
) -> None:
    logging.basicConfig(level=log_level.upper(), format="%(levelname)s %(name)s: %(message)s")
    be_quiet(quiet=quiet)


for module in iter_modules(commands.__path__):
    import_module(f"{commands.__name__}.{module.name}")
add_commands(app)
