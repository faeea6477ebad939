"""Read a scenario: the whole way from files to a checked scenario, or to the list of all faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from models.errors import ScenarioError
from models.scenario import Scenario
from models.settings import Csv, Settings
from models.tables import TABLES
from optimizer.reading.adding_up import add_up
from optimizer.reading.advice import about_idle_steps, about_prices, about_transit, advice
from optimizer.reading.cells import parse_frame
from optimizer.reading.columns import LAYOUTS
from optimizer.reading.databases import Databases
from optimizer.reading.earlier_plan import as_earlier_plan
from optimizer.reading.faults import Faults
from optimizer.reading.feeds import Feed, feed_readers
from optimizer.reading.header import MergedHeader, read_header
from optimizer.reading.header_validation import names_in, validate_settings
from optimizer.reading.moments import local_days
from optimizer.reading.no_dates import blank_no_dates
from optimizer.reading.notice_files import about_languages, read_templates
from optimizer.reading.number_marks import settle_numbers
from optimizer.reading.raw_table import RawTable
from optimizer.reading.reference_checks import check_references
from optimizer.reading.segment_rules import segments_by_rule
from optimizer.reading.sources import find_tables, marks_of
from optimizer.reading.stale_commitments import settle_commitments
from optimizer.reading.table_checks import TypedTables
from optimizer.reading.total_rows import note_totals
from optimizer.reading.yaml_text import inside

MUST_HAVE_ROWS = ("customers", "orders", "lines", "lanes")


@dataclass(frozen=True)
class RawScenario:
    """A scenario as it stands in its files: the typed header, and tables of untyped cells."""

    header: MergedHeader
    settings: Settings | None
    raws: Mapping[str, RawTable]
    notes: tuple[str, ...] = ()
    """What was read otherwise than it is written."""
    templates: Mapping[str, str] = field(default_factory=dict)
    """Of notices, by language."""

    def with_tables(self, raws: Mapping[str, RawTable]) -> RawScenario:
        """Return the scenario with other tables."""
        return replace(self, raws=raws)


def read_scenario(path: str | Path, overrides: Sequence[str] = ()) -> Scenario:
    """Read, check and complete a scenario.

    Parameters
    ----------
    path
        A folder with ``scenario.yaml`` and tables, or a YAML file beside its tables.
    overrides
        Values that replace those of the header, as ``segments.core.target.level=0.95``.

    Returns
    -------
    Scenario
        Complete: blanks hold their defaults, orders without a date the start of the horizon,
        sites that are not listed are those of the lanes, customers are in the segments that the
        rules say, stock and receipts that are alike are added up.

    Raises
    ------
    ScenarioError
        With every fault of the header, the tables and their references that can be found, each
        with its file, row and column.
    SourceUnavailableError
        When a database cannot be reached now.
    """
    faults = Faults()
    scenario = check(read_unchecked(Path(path), overrides, Feed(Path()), faults), faults)
    if scenario is None:
        raise ScenarioError(faults.issues)
    return scenario


def read_unchecked(path: Path, overrides: Sequence[str], feed: Feed, faults: Faults) -> RawScenario:
    """Read header and tables.

    Parameters
    ----------
    path, overrides
        As for :func:`read_scenario`.
    feed
        Sources that replace those beside the scenario.
    faults
        Where to note what is wrong.

    Raises
    ------
    SourceUnavailableError
        When a database cannot be reached now.
    """
    header = read_header(path, overrides, faults)
    settings = validate_settings(header.tree, faults) if header.tree else None
    with Databases(header.folder, feed.database) as databases:
        read = _read_tables(header, feed, databases, faults)
    zone = _zone_of(header)
    read = {name: local_days(raw, TABLES[name], zone) for name, raw in read.items()}
    tidy = {name: blank_no_dates(raw, TABLES[name]) for name, raw in read.items()}
    notes = tuple(note for _, told in tidy.values() for note in told)
    raws = {name: raw for name, (raw, _) in tidy.items()}
    return RawScenario(header, settings, raws, notes, read_templates(header, faults))


def _zone_of(header: MergedHeader) -> str | None:
    """Take the time zone that the header says; none where it is faulty."""
    node = inside(header.tree, ("time_zone",))
    try:
        return str(ZoneInfo(str(node.value))) if node and node.value else None
    except (KeyError, ValueError, OSError):
        return None


def check(raw: RawScenario, faults: Faults) -> Scenario | None:
    """Type, check and complete the tables of a scenario; None where anything is wrong."""
    settings, raws, tree = raw.settings, raw.raws, raw.header.tree
    for name, given in raws.items():
        note_totals(given, TABLES[name], faults)
    frames = _type_tables(raws, faults)
    if settings:
        start = pd.Timestamp(settings.horizon.start)
        frames["orders"]["ordered"] = frames["orders"]["ordered"].fillna(start)
        frames["customers"]["segment"] = segments_by_rule(settings, frames)
    names = {key: names_in(tree, key) for key in ("segments", "services")}
    tables = TypedTables(frames, raws, names, settings, tree)
    check_references(tables, faults)
    if faults.any or settings is None:
        return None
    settled, stale = settle_commitments(frames, raws, settings)
    summed, sums = add_up(settled, raws)
    told = (
        *(*about_prices(tables, settings), *about_transit(tables), *about_idle_steps(tables)),
        *advice(settings, summed),
        about_languages(summed["customers"], raw.templates),
    )
    notes = (*raw.notes, *stale, *sums, *filter(None, told))
    return Scenario(settings, summed, notes, raw.templates)


def _read_tables(
    header: MergedHeader, feed: Feed, databases: Databases, faults: Faults
) -> Mapping[str, RawTable]:
    """Read every table that can be read."""
    sources = find_tables(header, databases, faults)
    fed = feed_readers(feed, databases, faults)
    sources.read |= fed
    own = marks_of(header.layers[-1]) if header.layers else Csv()
    sources.csv |= dict.fromkeys(fed, own)
    raws = {}
    for name, table in TABLES.items():
        if name in sources.read:
            raw = sources.read[name](faults)
            if raw is None:
                continue
            raw = settle_numbers(raw, LAYOUTS[name], sources.csv[name], faults)
            raws[name] = as_earlier_plan(raw) if name == "commitments" else raw
            if raw.rows == 0 and name in MUST_HAVE_ROWS:
                faults.add(raw.file, f"table {name!r} has no rows", "write at least one row")
        elif table.required and sources.complete:
            remedy = f"add {name}.csv, {name}.parquet or a sheet {name}: {table.doc}"
            faults.add(header.file, f"required table {name!r} is missing", remedy)
    return raws


def _type_tables(raws: Mapping[str, RawTable], faults: Faults) -> dict[str, pd.DataFrame]:
    """Type every table; one that was not read is empty, except that sites default to the lanes'."""
    frames = {
        name: parse_frame(raws[name], table, faults) if name in raws else table.empty()
        for name, table in TABLES.items()
    }
    if frames["sites"].empty:
        frames["sites"] = _sites_of_lanes(frames["lanes"])
    return frames


def _sites_of_lanes(lanes: pd.DataFrame) -> pd.DataFrame:
    """Make the table of sites where none is given: every site that a lane names, with defaults."""
    names = sorted(set(lanes["site"]) - {""})
    columns = {
        column: names if column == "site" else [spec.blank] * len(names)
        for column, spec in TABLES["sites"].columns.items()
    }
    kinds = {column: spec.kind.dtype for column, spec in TABLES["sites"].columns.items()}
    return pd.DataFrame(columns).astype(kinds)
