"""The morning's data: read, what was promised carried over, broken orders set aside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from models.errors import ScenarioError
from models.scenario import Scenario
from optimizer.jobs.carry_over import carry_over
from optimizer.jobs.job_file import Job
from optimizer.jobs.past import Past
from optimizer.reading.faults import Faults
from optimizer.reading.quarantine import QuarantineResult, no_quarantine, quarantine
from optimizer.reading.read import check, read_unchecked

FEWER = 0.5
"""A table that has less than this share of the rows of the last approved run is worth a warning."""
COMPARED = ("customers", "orders", "lines", "lanes", "stock", "receipts")
MANY = 20
"""Rows that a table had at least, so that a share of them says anything."""


def ingest(
    job: Job, as_of: date, last: Callable[[str], Past | None]
) -> tuple[QuarantineResult, Past | None]:
    """Read today's scenario.

    Parameters
    ----------
    job
        Where everything comes from.
    as_of
        Today.
    last
        The last approved run of a scenario, by its name.

    Returns
    -------
    Aside, Past
        What there is to plan, and the last approved run.

    Raises
    ------
    ScenarioError
        With every fault, unless all of them are about single orders that may be set aside.
    SourceUnavailableError
        When a source cannot be reached now.
    """
    faults = Faults()
    read = read_unchecked(job.scenario, job.overrides(as_of), job.feed, faults)
    before = last(read.settings.name) if read.settings else None
    if before is not None and job.settings.carry_over and not faults.any:
        read = carry_over(read, (before.scenario, before.solution), as_of)
    rule = job.settings.quarantine
    if rule.allow and not faults.any:
        return quarantine(read, rule.at_most_share), before
    scenario = check(read, faults)
    if scenario is None:
        raise ScenarioError(faults.issues)
    return no_quarantine(scenario), before


def shrink_warnings(scenario: Scenario, before: Scenario) -> list[str]:
    """Say which tables have far fewer rows than in the last approved run: a source may be cut."""
    rows = {name: (len(scenario[name]), len(before[name])) for name in COMPARED}
    return [
        f"table {name!r} has {now:,} rows, in the last approved run it had {then:,}: "
        "see that its source is whole"
        for name, (now, then) in rows.items()
        if then >= MANY and now < FEWER * then
    ]
