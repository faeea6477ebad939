"""The YAML file of a scheduled job.

Attribute docstrings become the descriptions of the published JSON Schema.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from models.fields import Header, Name, Share, TimeZone, Written

Text = Annotated[str, Field(min_length=1)]
Seconds = Annotated[float, Field(gt=0, le=86400, allow_inf_nan=False), Written]
START = "horizon.start"


class Quarantine(Header):
    """What to do with orders whose own rows are broken."""

    allow: bool = False
    """Plan the other orders without them; `quarantine.csv` of the run folder lists them."""
    at_most_share: Share = 0.02
    """Share of all orders that may be set aside; with more the job ends with exit code 3."""


class JobSettings(Header):
    """What a scheduled job does."""

    format: Literal[1]
    """Version of the format of this file."""
    name: Name
    """Short name of the job, in logs and metrics."""
    scenario: Text
    """Folder or YAML file with the header, and with the tables that no source gives."""
    sources: dict[Text, Text] = Field(default_factory=dict)
    """Where tables come from: a CSV, Parquet or Excel file (`book.xlsx` or `book.xlsx[sheet]`), or
    `sql:` and a table, view or query."""
    database: str = ""
    """URL of the database of all `sql:` sources; default as for any scenario."""
    store: str = ""
    """The run store: an SQLite file or a URL; default ALLOCORE_STORE, or allocore.db beside this
    file."""
    runs: Text = "runs"
    """Folder of the run folders."""
    time_zone: TimeZone = "UTC"
    """Time zone that says which day it is, as Europe/Berlin."""
    quarantine: Quarantine = Quarantine()
    """Whether broken orders may be set aside, and how many."""
    deadline_seconds: Seconds = 900.0
    """Time for finding a plan, reading included; then the solver is ended from outside [s]."""
    lock_seconds: Annotated[float, Field(ge=0, le=86400), Written] = 0.0
    """Time to wait for another job that holds the lock [s]."""
    carry_over: bool = True
    """What the last approved plan has still to ship counts as promised, unless the scenario brings
    commitments of its own."""
    metrics_file: str = ""
    """Prometheus text file to write at the end of each run; none by default."""
    set: dict[Text, Text] = Field(default_factory=dict)
    """Values of the scenario's header to override, as `solver.seconds: 300`."""

    @field_validator("format", mode="before")
    @classmethod
    def _format_may_be_written_as_text(cls, value: object) -> object:
        return 1 if value == "1" else value

    @field_validator("set")
    @classmethod
    def _the_day_is_no_setting(cls, values: dict[str, str]) -> dict[str, str]:
        if START in values:
            msg = f"{START} is the day of the run; say it with --as-of"
            raise ValueError(msg)
        return values
