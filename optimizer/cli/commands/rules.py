"""``allocore rules``: what every rule, lock, floor and override of a run costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from models.errors import UsageError
from optimizer.cli.registry import command
from optimizer.cli.shared import AsJson, RunPath, complain, is_quiet, records, say, say_json

if TYPE_CHECKING:
    from optimizer.planning.business_rules import BusinessRule


@command(70)
def rules(
    run_folder: RunPath,
    contains: Annotated[
        str, typer.Option("--only", help="Only rules whose words contain this.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Price every rule, lock, floor and override of a run: what the plan without it has more."""
    from optimizer.planning.business_rules import rules_of
    from optimizer.planning.rule_prices import rule_prices
    from optimizer.runs.file_formats import write_frame
    from optimizer.runs.run_files import RULE_PRICES
    from optimizer.runs.run_reader import read_run

    scenario, solution = read_run(run_folder)
    chosen = [rule for rule in rules_of(scenario) if contains in rule.words]
    if contains and not chosen:
        msg = f"no rule of the run contains {contains!r}; without --only, all are priced"
        raise UsageError(msg)
    queue = chosen if is_quiet() else _announce_each(chosen)
    prices = rule_prices(scenario, solution, queue)
    write_frame(prices, RULE_PRICES.path(run_folder))
    if as_json:
        say_json(records(prices))
    else:
        from optimizer.cli.rule_price_text import rule_price_lines

        say("\n".join(rule_price_lines(scenario.settings, prices)))


def _announce_each(rules: list[BusinessRule]) -> Iterator[BusinessRule]:
    """Say on standard error which rule is priced: each is a plan of its own, and takes as long."""
    for nth, rule in enumerate(rules, start=1):
        complain(f"pricing {nth:,} of {len(rules):,}: {rule.words}")
        yield rule
