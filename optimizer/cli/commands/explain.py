"""``allocore explain``: why a line is late or short, and what would fill it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from models.errors import UsageError
from optimizer.cli.registry import command
from optimizer.cli.shared import AsJson, RunPath, dated_records, say, say_json

if TYPE_CHECKING:
    from optimizer.api import Explainer
    from optimizer.explaining import Explanation


@command(50)
def explain(
    run_folder: RunPath,
    name: Annotated[
        str | None, typer.Argument(metavar="[ORDER[/LINE]]", help="Which order or line.")
    ] = None,
    customer: Annotated[
        str, typer.Option(help="Instead: lines of this customer that are not on time.")
    ] = "",
    item: Annotated[str, typer.Option(help="Instead: lines of this item, likewise.")] = "",
    site: Annotated[str, typer.Option(help="Instead: lines that miss units of this site.")] = "",
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Plan again with a unit less of what is scarce; each takes as long as the run.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say why a line is late or short, who has its units, what would fill it and who would pay.

    Asked by customer, item or site: all lines that are not on time, the worst first, and its story.
    """
    from optimizer.api import Explainer
    from optimizer.common.words import several
    from optimizer.explaining import missed_line_sentences, missed_lines

    if bool(name) == bool(customer or item or site):
        msg = "name an order or line, or ask by --customer, --item or --site"
        raise UsageError(msg)
    with Explainer.of_run(run_folder) as explainer:
        if name:
            told = _told(run_folder, explainer, explainer.lines_of(name), verify=verify)
            _say(told, as_json=as_json)
            return
        rows = missed_lines(explainer.given, explainer.solution, customer, item, site)
        worst = list(rows[["order", "line"]].head(1).itertuples(index=False, name=None))
        told = _told(run_folder, explainer, worst, verify=verify)
    if as_json:
        say_json({"lines": dated_records(rows), "explanations": _records(told)})
    elif rows.empty:
        say("All of that is on time.")
    else:
        head = f"Not on time: {several(len(rows), 'line')}, worst first"
        say("\n".join([head, *missed_line_sentences(rows), ""]))
        _say(told, as_json=False)


def _told(
    run_folder: RunPath, explainer: Explainer, lines: list[tuple[str, str]], *, verify: bool
) -> list[Explanation]:
    """Explain lines, and keep what was said in the run folder."""
    from optimizer.explaining.explanation_record import write_record
    from optimizer.runs.run_files import EXPLANATIONS

    told = [explainer.explain(*each, verify=verify) for each in lines]
    for record in _records(told):
        write_record(EXPLANATIONS.path(run_folder), record)
    return told


def _records(told: list[Explanation]) -> list[dict[str, object]]:
    from optimizer.explaining.explanation_record import as_record

    return [as_record(each) for each in told]


def _say(told: list[Explanation], *, as_json: bool) -> None:
    if as_json:
        say_json(_records(told))
    else:
        say("\n\n".join(map(repr, told)))
