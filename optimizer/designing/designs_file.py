"""Read candidate designs: everything found wrong comes out together, with its place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from models.columns import Column, Kind, Table
from models.design.candidates import MOVES, Candidate, Choices, DesignFile, StockChoice, Without
from models.errors import ScenarioError
from models.fields import Header
from models.scenario import Scenario
from models.settings import Settings
from models.tables import TABLES
from optimizer.designing.design import TODAY, Design, Designs
from optimizer.designing.overlay_rows import KnownNames, leave_out, overlay, rows_of
from optimizer.designing.stock_change import stock_change
from optimizer.designing.stock_moves import moved_stock
from optimizer.reading import read_scenario
from optimizer.reading.faults import Faults, excerpt, suggest
from optimizer.reading.header_validation import SCENARIO, Form, note_error, validate
from optimizer.reading.yaml_text import MOST_BYTES, Node, YamlTextError, inside, parse_yaml
from optimizer.scenario.free_supply import with_free_supply

FILE = "designs.yaml"
"""Name of the file beside ``scenario.yaml``."""
PARTS: Mapping[str, type[Header]] = {
    "": DesignFile,
    "designs.*": Candidate,
    "designs.*.without": Without,
    "choose": Choices,
    "choose.stock": StockChoice,
}
FORM = Form(PARTS)
LANE_COST = Column(Kind.NUMBER, "cost of being run", default=0.0, unit="currency/day")


def read_designs(path: str | Path, file: str | Path | None = None) -> Designs:
    """Read a scenario and its candidate designs.

    Parameters
    ----------
    path
        Scenario folder or its YAML file.
    file
        The designs; ``designs.yaml`` beside the scenario by default.

    Returns
    -------
    Designs
        Each candidate as a whole scenario, with the supply that is free. Where the file has none,
        ``today`` alone.

    Raises
    ------
    ScenarioError
        With every fault of the scenario, or of the file, with its row and column.
    """
    scenario = with_free_supply(read_scenario(path))
    folder = Path(path) if Path(path).is_dir() else Path(path).parent
    source = Path(file) if file else folder / FILE
    faults = Faults()
    tree = _tree(source, faults)
    designs = _designs(scenario, tree, faults) if tree else None
    if faults.issues or designs is None:
        raise ScenarioError(faults.issues)
    return designs


def _tree(source: Path, faults: Faults) -> Node | None:
    try:
        with source.open("rb") as opened:
            return parse_yaml(opened.read(MOST_BYTES + 1), source.name)
    except OSError as fault:
        problem = f"the file of designs cannot be read: {fault.strerror}"
        faults.add(source.name, problem, "write it beside scenario.yaml, or name it by --designs")
    except YamlTextError as fault:
        place = fault.place
        faults.add(place.file, fault.problem, fault.remedy, place.row, place.column)
    return None


def _designs(scenario: Scenario, tree: Node, faults: Faults) -> Designs | None:
    content = validate(DesignFile, FORM, tree, faults)
    if content is None:
        return None
    prices = content.choose.stock if content.choose else None
    candidates = {
        name: _design(scenario, candidate, prices, inside(tree, ("designs", name)), faults)
        for name, candidate in content.designs.items()
    }
    candidates = candidates or {TODAY: _design(scenario, Candidate(), prices, None, faults)}
    lanes = pd.DataFrame()
    if content.choose:
        lanes = _choices(scenario, content.choose, inside(tree, ("choose",)), faults)
    return Designs(scenario, candidates, content.choose, lanes)


def _design(
    scenario: Scenario,
    candidate: Candidate,
    prices: StockChoice | None,
    tree: Node | None,
    faults: Faults,
) -> Design:
    """Lay one candidate over the scenario; prices are those of moving, buying and holding stock."""
    before = len(faults.issues)
    settings = _settings(scenario.settings, candidate, inside(tree, ("header",)), faults)
    tables = dict(scenario.tables)
    sites = rows_of("sites", inside(tree, ("sites",)), scenario["sites"], faults)
    if sites:
        tables["sites"] = overlay("sites", scenario["sites"], sites)
    known = KnownNames.of(settings, tables)
    for name in ("lanes", "stock", "receipts", "site_capacity", "lane_capacity", "transfers"):
        rows = rows_of(name, inside(tree, (name,)), scenario[name], faults)
        if rows:
            known.check(TABLES[name], rows, faults)
            tables[name] = overlay(name, tables[name], rows)
    moves = rows_of("stock", inside(tree, ("move_stock",)), MOVES.empty(), faults, MOVES)
    if moves:
        known.check(MOVES, moves, faults)
        if len(faults.issues) == before:
            tables["stock"] = moved_stock(tables["stock"], moves, known.items, faults)
    for name in ("lanes", "transfers"):
        node = inside(tree, ("without", name))
        tables[name] = leave_out(name, tables[name], node, faults)
    network = Scenario(settings, tables)
    change = stock_change(scenario, network, prices)
    return Design(network, candidate.title, candidate.fixed_cost_per_day, change)


def _settings(
    settings: Settings, candidate: Candidate, tree: Node | None, faults: Faults
) -> Settings:
    if tree is None:
        return settings
    whole = _merge(settings.model_dump(mode="json", exclude_unset=True), candidate.header)
    try:
        other = Settings.model_validate(whole)
    except ValidationError as invalid:
        for error in invalid.errors():
            if inside(tree, error["loc"]) is None and error["type"] == "missing":
                name = ".".join(map(str, error["loc"]))
                place = tree.place
                faults.add(place.file, f"{name} is missing", "add it", place.row, place.column)
            else:
                note_error(error, SCENARIO, tree, faults)
        return settings
    _check_services(other, tree, faults)
    changed_keys = {"horizon", "name", "currency"} & set(candidate.header)
    new = set(settings.segments) ^ set(other.segments)
    refused = [
        *(((key,), f"a design cannot change {key!r}") for key in sorted(changed_keys)),
        *((("segments", n), f"a design cannot add segment {excerpt(n)}") for n in sorted(new)),
    ]
    for path, problem in refused:
        place = (inside(tree, path) or tree).place
        remedy = "change it in scenario.yaml, for all designs"
        faults.add(place.file, problem, remedy, place.row, place.column)
    return other


def _check_services(settings: Settings, tree: Node, faults: Faults) -> None:
    """Every service that a segment names is on the menu."""
    menu = settings.services
    for name, segment in settings.segments.items():
        for service in segment.services:
            if service not in menu:
                place = (inside(tree, ("segments", name, "services")) or tree).place
                problem = f"segment {name!r} names the unknown service {excerpt(service)}"
                faults.add(place.file, problem, suggest(service, menu), place.row, place.column)


def _merge(parent: Any, child: Any) -> Any:  # noqa: ANN401  parts of YAML
    if not isinstance(parent, dict) or not isinstance(child, dict):
        return child
    both = dict(parent)
    for key, value in child.items():
        both[key] = _merge(both[key], value) if key in both else value
    return both


def _choices(
    scenario: Scenario, choices: Choices, tree: Node | None, faults: Faults
) -> pd.DataFrame:
    """Check what may be chosen; the lanes that may be run."""
    known = KnownNames.of(scenario.settings, scenario.tables)
    sites, segments = sorted(known.names["sites"]), list(scenario.settings.segments)
    for nth, site in enumerate(choices.sites):
        if site not in known.names["sites"]:
            place = (inside(tree, ("sites", nth)) or tree or _NOWHERE).place
            problem = f"{excerpt(site)} is not among the sites"
            remedy = f"{suggest(site, sites)}; or add it to sites, closed"
            faults.add(place.file, problem, remedy, place.row, place.column)
    if choices.segment is not None and choices.segment not in segments:
        place = (inside(tree, ("segment",)) or tree or _NOWHERE).place
        problem = f"{excerpt(choices.segment)} is not among the segments"
        remedy = suggest(choices.segment, segments)
        faults.add(place.file, problem, remedy, place.row, place.column)
    lanes = TABLES["lanes"]
    columns = {**lanes.columns, "fixed_cost_per_day": LANE_COST}
    table = Table("Lanes that may be run.", columns, lanes.key)
    rows = rows_of("lanes", inside(tree, ("lanes",)), scenario["lanes"], faults, table)
    if not rows:
        return pd.DataFrame()
    known.check(table, rows, faults)
    return rows.frame


_NOWHERE = parse_yaml(b"{}", FILE)
