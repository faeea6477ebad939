"""``allocore bench``: how fast it is here, beside other ways."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from optimizer.cli.registry import command
from optimizer.cli.shared import AsJson, complain, is_quiet, say, say_json


@command(190)
def bench(
    lines: Annotated[
        list[int] | None, typer.Option(min=1, help="Order lines; repeat. Default 1000, 10000.")
    ] = None,
    seed: Annotated[
        list[int] | None, typer.Option(help="Of the generated peak week; repeat. Default 11.")
    ] = None,
    case: Annotated[
        list[str] | None,
        typer.Option(
            help="build, lp, plan, plan-value, plan-lp, plan-parcels, explain or read; repeat. "
            "Default all."
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(min=1, help="Time limit of a plan.")] = 60,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write results, table and picture there.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure time, memory and gaps on generated peak weeks, beside competitors."""
    from optimizer.benching.bench_report import report, results, write
    from optimizer.benching.cases import CASES
    from optimizer.benching.measurement import measure_all

    figures = measure_all(
        case or list(CASES),
        lines or [1000, 10_000],
        seed or [11],
        seconds,
        (lambda _: None) if is_quiet() else complain,
    )
    content = results(figures)
    if out:
        write(content, out)
    if as_json:
        say_json(content)
    else:
        say(report(content))
