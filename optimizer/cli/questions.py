"""Commands that question plans: why, what if, which is better."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.errors import UsageError
from optimizer.cli.common import AsJson, Quiet, complain, console, read, records, say, say_json

if TYPE_CHECKING:
    from models.scenario import Scenario
    from models.solution import Solution
    from optimizer.planning.business_rules import BusinessRule

RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")]


def explain(
    run_folder: RunPath,
    name: Annotated[str, typer.Argument(metavar="ORDER[/LINE]", help="Which order or line.")],
    as_json: AsJson = False,
) -> None:
    """Say why a line is late or short, who has its units, what would fill it and who would pay."""
    from optimizer.explaining import Explainer
    from optimizer.explaining.explanation_record import as_record, write_record
    from optimizer.runs.run_files import EXPLANATIONS

    with Explainer.of_run(run_folder) as explainer:
        found = [explainer.explain(*each) for each in explainer.lines_of(name)]
    told = [as_record(each) for each in found]
    for record in told:
        write_record(run_folder / EXPLANATIONS.name, record)
    if as_json:
        say_json(told)
    else:
        say("\n\n".join(map(repr, found)))


def compare(
    names: Annotated[
        list[Path], typer.Argument(metavar="A B [...]", help="Run folders or scenarios.")
    ],
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show runs, or scenarios that are planned for it, side by side."""
    from dataclasses import fields

    from optimizer.api import compare as compared

    if len(names) < 2:
        msg = "name at least two run folders or scenarios to compare"
        raise UsageError(msg)
    opened = [_opened(path, quiet=quiet or as_json) for path in names]
    found = compared(*opened, names=_named(names))
    if as_json:
        frames = {field.name: getattr(found, field.name) for field in fields(found)}
        say_json({name: dated(frame) for name, frame in frames.items()})
    else:
        from optimizer.cli.comparison_text import print_comparison

        print_comparison(console(sys.stdout), found)


def rules(
    run_folder: RunPath,
    contains: Annotated[
        str, typer.Option("--only", help="Only rules whose words contain this.")
    ] = "",
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Price every rule, lock, floor and override of a run: what the plan without it has more."""
    from optimizer.planning.business_rules import rules_of
    from optimizer.planning.rule_prices import rule_prices
    from optimizer.runs.file_formats import write_frame
    from optimizer.runs.run_files import RULE_PRICES
    from optimizer.runs.run_reader import read_run

    scenario, solution = read_run(run_folder)
    asked = [rule for rule in rules_of(scenario) if contains in rule.words]
    if contains and not asked:
        msg = f"no rule of the run contains {contains!r}; without --only, all are priced"
        raise UsageError(msg)
    told = asked if quiet else _told_in_turn(asked)
    priced = rule_prices(scenario, solution, told)
    write_frame(priced, RULE_PRICES.path(run_folder))
    if as_json:
        say_json(records(priced))
    else:
        from optimizer.cli.rule_price_text import told_prices

        say("\n".join(told_prices(scenario.settings, priced)))


def _told_in_turn(rules: list[BusinessRule]) -> Iterator[BusinessRule]:
    """Say on standard error which rule is priced: each is a plan of its own, and takes as long."""
    for nth, rule in enumerate(rules, start=1):
        complain(f"pricing {nth:,} of {len(rules):,}: {rule.words}")
        yield rule


def pictures(
    run_folder: RunPath,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to.")],
    kind: Annotated[str, typer.Option("--format", help="png or svg.")] = "png",
) -> None:
    """Write the pictures of a run's report as files; no browser is needed."""
    from optimizer.reporting.charts import pictures as drawn
    from optimizer.reporting.charts import save
    from optimizer.runs.run_reader import read_policies, read_run

    if kind not in ("png", "svg"):
        msg = f"--format {kind}: must be png or svg"
        raise UsageError(msg)
    scenario, solution = read_run(run_folder)
    for path in save(drawn(scenario, solution, read_policies(run_folder)), folder, kind):
        say(str(path))


def dated(frame: Any) -> list[dict[str, Any]]:  # noqa: ANN401  pandas is imported late
    """Rows of a frame, dates as text, blanks as null."""
    days = frame.select_dtypes("datetime").columns
    text = {name: frame[name].dt.strftime("%Y-%m-%d").astype(object) for name in days}
    return records(frame.assign(**text))


def _named(paths: list[Path]) -> list[str]:
    return [path.resolve().stem for path in paths]


def _opened(path: Path, *, quiet: bool) -> tuple[Scenario, Solution]:
    """Read a run, or plan a scenario."""
    from optimizer.api import plan
    from optimizer.cli.progress import shown
    from optimizer.runs.run_reader import is_run_folder, read_run

    if is_run_folder(path):
        return read_run(path)
    scenario = read(path, (), quiet=quiet)
    with shown(console(sys.stderr), quiet=quiet) as report:
        return scenario, plan(scenario, progress=report).solution
