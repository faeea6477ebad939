"""A small good scenario folder that uses every table and column, to be spoilt by the tests."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path

import pytest

from models.errors import Issue, ScenarioError
from models.tables import TABLES
from optimizer.reading import read_scenario

HEADER = """\
format: 1
name: small
title: A small good scenario
horizon: {start: 2026-11-23, days: 14}
segments:
  gold: {tier: 1, target: {measure: unit_otif, level: 0.9}, services: [express, standard]}
  core:
    tier: 2
    services: [standard]
services:
  standard: {}
  express: {surcharge_per_unit: 1.5, window: "07:00-12:00"}
"""
Row = Mapping[str, str]
BASE: Mapping[str, Row] = {
    "customers": {
        "customer": "C1",
        "segment": "gold",
        "region": "north",
        "stage": "develop",
        "stage_since": "2026-01-01",
        "value": "1000",
        "receives": "07:00-16:00",
        "language": "de",
    },
    "orders": {
        "order": "O1",
        "customer": "C1",
        "requested": "2026-11-25",
        "ordered": "2026-11-20",
        "earliest": "2026-11-24",
        "cancel": "2026-12-10",
        "ship_complete": "false",
        "max_shipments": "2",
        "service": "standard",
        "reference": "4711",
    },
    "lines": {
        "order": "O1",
        "line": "1",
        "item": "A",
        "quantity": "10",
        "unit_value": "2.5",
        "min_fill": "0.5",
        "complete": "true",
    },
    "sites": {
        "site": "S1",
        "open": "true",
        "fixed_cost_per_day": "5",
        "pick_accuracy": "0.99",
        "latitude": "52.1",
        "longitude": "-11.6",
    },
    "lanes": {
        "site": "S1",
        "region": "north",
        "service": "standard",
        "transit_days": "2",
        "transit": "working",
        "cost_per_unit": "0.4",
        "cost_per_shipment": "6.5",
        "kg_co2_per_unit": "0.1",
    },
    "stock": {"site": "S1", "item": "A", "on_hand": "7"},
    "receipts": {
        "site": "S1",
        "item": "A",
        "date": "2026-11-24",
        "quantity": "3",
        "kind": "purchase",
        "confidence": "0.75",
    },
    "site_capacity": {"site": "S1", "date": "2026-11-24", "units": "100"},
    "lane_capacity": {
        "site": "S1",
        "region": "north",
        "service": "standard",
        "date": "2026-11-24",
        "units": "50",
    },
    "items": {
        "item": "A",
        "pick_effort": "1.5",
        "pack": "5",
        "divisible": "false",
        "step": "",
        "text": "Pump DN 40",
    },
    "substitutes": {
        "item": "A",
        "substitute": "B",
        "ratio": "1.5",
        "penalty_per_unit": "0.2",
        "segments": "gold core",
    },
    "transfers": {
        "from_site": "S1",
        "to_site": "S2",
        "item": "A",
        "transit_days": "1",
        "cost_per_unit": "0.3",
        "units_per_day": "40",
    },
    "quotas": {
        "segment": "gold",
        "customer": "C1",
        "region": "north",
        "item": "A",
        "site": "S1",
        "from": "2026-11-23",
        "to": "2026-11-30",
        "at_most": "100",
        "protected": "2.5",
    },
    "commitments": {
        "order": "O1",
        "line": "1",
        "item": "A",
        "site": "S1",
        "service": "standard",
        "ship_date": "2026-11-24",
        "quantity": "4",
        "frozen": "true",
    },
    "overrides": {
        "order": "O1",
        "line": "1",
        "action": "expedite",
        "value": "",
        "until": "",
        "by": "Ada",
        "note": "asked for by sales",
    },
    "segment_views": {
        "customer": "C1",
        "function": "sales",
        "segment": "gold",
        "value": "2000",
    },
    "ledger": {"segment": "", "customer": "C1", "ordered": "100", "served": "90"},
    "forecast": {
        "segment": "gold",
        "region": "north",
        "item": "A",
        "requested": "2026-11-27",
        "quantity": "2.4",
        "unit_value": "3",
    },
    "calendars": {
        "of": "site",
        "id": "S1",
        "weekdays": "mon tue wed thu fri",
        "holidays": "DE",
        "closed": "2026-11-30",
    },
    "signals": {
        "customer": "C1",
        "date": "2026-11-20",
        "kind": "late_delivery",
        "value": "2",
    },
}


def as_csv(rows: Sequence[Row]) -> str:
    """Write rows as CSV text; the first one gives the columns."""
    text = StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def every_table() -> dict[str, str]:
    """Return the CSV text of every table of the good scenario."""
    return {name: as_csv([row]) for name, row in BASE.items()} | {"sites": TWO_SITES}


TWO_SITES = as_csv([BASE["sites"], {**BASE["sites"], "site": "S2"}])
"""The sites that the good scenario's transfers need."""


def write_folder(
    folder: Path, header: str = HEADER, /, **tables: str | bytes | Sequence[Row] | None
) -> Path:
    """Write the required tables of the good scenario, and others as given; None leaves one out."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scenario.yaml").write_text(header, encoding="utf-8")
    needed = {name: [BASE[name]] for name, table in TABLES.items() if table.required}
    for name, content in (needed | tables).items():
        if content is None:
            continue
        text = content if isinstance(content, str | bytes) else as_csv(content)
        data = text if isinstance(text, bytes) else text.encode()
        (folder / f"{name}.csv").write_bytes(data)
    return folder


def faults_of(path: Path, *overrides: str) -> tuple[Issue, ...]:
    """Return the faults that reading a scenario reports, each with a problem and a remedy."""
    with pytest.raises(ScenarioError) as caught:
        read_scenario(path, overrides)
    issues = caught.value.issues
    assert issues, "an error without issues tells a planner nothing"
    assert all(issue.problem and issue.remedy for issue in issues)
    return issues


def the_fault(path: Path, *overrides: str) -> str:
    """Return the only fault found, as the planner reads it."""
    issues = faults_of(path, *overrides)
    assert len(issues) == 1, [str(issue) for issue in issues]
    return str(issues[0])
