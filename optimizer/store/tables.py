"""The tables of the store as queries name them; ``migrating`` makes them.

Times are text, ISO 8601 in UTC: the same in every database, and in the hashes of the audit.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Float, Integer, MetaData, Table, Text

METADATA = MetaData()


def _table(name: str, /, **columns: type) -> Table:
    return Table(name, METADATA, *(Column(column, kind) for column, kind in columns.items()))


SCHEMA_VERSION = _table("schema_version", version=Integer, since=Text)
RUNS = _table(
    "runs",
    run=Text,
    scenario=Text,
    as_of=Date,
    policy=Text,
    status=Text,
    rung=Text,
    plan_status=Text,
    folder=Text,
    created=Text,
    version=Text,
    published=Boolean,
)
GOALS = _table(
    "goals",
    run=Text,
    position=Integer,
    name=Text,
    value=Float,
    bound=Float,
    gap=Float,
    status=Text,
)
SERVICE = _table(
    "service",
    run=Text,
    segment=Text,
    measure=Text,
    target=Float,
    floor=Float,
    achieved=Float,
    best_reachable=Float,
    shortfall=Float,
    reachable=Float,
    reachable_bound=Float,
    reachable_together=Float,
)
TOTALS = _table("totals", run=Text, name=Text, value=Float)
TESTS = _table("tests", run=Text, position=Integer, text=Text, kept=Boolean)
OVERRIDES = _table(
    "overrides", run=Text, position=Integer, order=Text, line=Text, action=Text, value=Float
)
FILES = _table("files", run=Text, name=Text, size=Integer, sha256=Text)
DECISIONS = _table("decisions", run=Text, decision=Text, by=Text, note=Text, at=Text, seq=Integer)
PUBLICATIONS = _table(
    "publications", run=Text, target=Text, rows=Integer, sha256=Text, at=Text, seq=Integer
)
AUDIT = _table(
    "audit",
    seq=Integer,
    at=Text,
    event=Text,
    run=Text,
    details=Text,
    previous=Text,
    hash=Text,
)
PARTS = (GOALS, SERVICE, TOTALS, TESTS, OVERRIDES, FILES)
"""What a run consists of, beside its row in ``runs``."""
