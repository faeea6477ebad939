"""The option ``--after RUN``: yesterday's plan, by its folder or by its id in the store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.cli.shared import complain, is_quiet
from optimizer.cli.store_access import open_store

if TYPE_CHECKING:
    from models.scenario import Scenario

After = Annotated[
    str | None,
    typer.Option(
        "--after",
        metavar="RUN",
        help="Yesterday's plan, a run folder or an id of the store: only what must change does.",
    ),
]


def after_run(question: Scenario, run: str | None, address: str | None) -> Scenario:
    """Take a run as yesterday's plan; what is said of it goes to standard error."""
    from optimizer.reading.stay_near import stay_near
    from optimizer.runs.run_reader import read_run

    if run is None:
        return question
    _, earlier = read_run(_folder(run, address))
    near = stay_near(question, earlier)
    for warning in () if is_quiet() else near.warnings[len(question.warnings) :]:
        complain(f"warning: {warning}")
    return near


def _folder(run: str, address: str | None) -> Path:
    """Find the folder of a run: itself, or that of the store's run of this id."""
    if Path(run).is_dir():
        return Path(run)
    with open_store(address) as store:
        return store.find_by_name(run).folder
