"""Type the header of a scenario, and put what pydantic finds wrong into a planner's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from models.columns import Column, Kind
from models.fields import NOT_A_DAY, NOT_A_NUMBER, Header
from models.relationship import Ledger, Penalty, SegmentRule, Stage, StageRule
from models.settings import (
    Csv,
    Expectation,
    Floor,
    GiveUp,
    Horizon,
    Segment,
    Service,
    Settings,
    Solver,
    Stability,
    Target,
)
from models.simulation import Backtest
from optimizer.reading.faults import Faults, excerpt, suggest
from optimizer.reading.header import ABOUT_FILES
from optimizer.reading.values import MisreadError, parse_date, parse_number
from optimizer.reading.yaml_text import Node, inside

ANY_NUMBER = Column(Kind.NUMBER, "", least=float("-inf"), most=float("inf"))
PARTS: Mapping[str, type[Header]] = {
    "": Settings,
    "horizon": Horizon,
    "segments.*": Segment,
    "segments.*.target": Target,
    "segments.*.floor": Floor,
    "segments.*.penalty": Penalty,
    "services.*": Service,
    "segment_rules.*": SegmentRule,
    "stages.*": Stage,
    "stage_rules.*": StageRule,
    "ledger": Ledger,
    "csv": Csv,
    "solver": Solver,
    "give_up": GiveUp,
    "stability": Stability,
    "expect.*": Expectation,
    "backtest": Backtest,
}
"""The model of each part of the header."""
Model = TypeVar("Model", bound=Header)


@dataclass(frozen=True)
class Form:
    """What a YAML file may say."""

    parts: Mapping[str, type[Header]]
    """The model of each part by its path; ``*`` stands for an id or a position."""
    beside: tuple[str, ...] = ()
    """Keys that are used up before the file is typed."""


SCENARIO = Form(PARTS, ABOUT_FILES)
PATTERNS = {
    "title": "write one line without control characters",
    "window": "write the window as 07:00-12:00",
    "decimal": "write a point or a comma, in quotes",
    "thousands": "write one of . , ' or a blank, in quotes",
    "currency": "write three capital letters, for example EUR",
    "name": "use letters, digits, '.', '_' and '-', at most 64",
}
RANGES = {
    "greater_than_equal": ("ge", "too small", "at least"),
    "greater_than": ("gt", "too small", "more than"),
    "less_than_equal": ("le", "too large", "at most"),
}


def validate_settings(tree: Node, faults: Faults) -> Settings | None:
    """Type the header; None when it has faults, which are noted with their places."""
    before = len(faults.issues)
    _check_entitlements(tree, faults)
    _check_segment_rules(tree, faults)
    settings = validate(Settings, SCENARIO, tree, faults)
    return settings if len(faults.issues) == before else None


def validate(model: type[Model], form: Form, tree: Node, faults: Faults) -> Model | None:
    """Type a YAML file; None when it has faults, which are noted with their places."""
    try:
        return model.model_validate(tree.plain())
    except ValidationError as invalid:
        for error in invalid.errors():
            note_error(error, form, tree, faults)
        return None


def names_in(tree: Node | None, key: str) -> tuple[str, ...] | None:
    """List the names under ``segments`` or ``services``, valid or not; None if there are none."""
    node = inside(tree, (key,))
    return tuple(node.value) if node and isinstance(node.value, dict) else None


def _check_entitlements(tree: Node, faults: Faults) -> None:
    """Check that every service that a segment or a stage names is on the menu."""
    menu = names_in(tree, "services")
    keys = {"segments": "services", "stages": "lends_services"}
    naming = [
        (f"{part[:-1]} {name!r}", (part, name, key))
        for part, key in keys.items()
        for name in names_in(tree, part) or ()
    ]
    for who, path in naming:
        services = inside(tree, path)
        if menu is None or services is None or not isinstance(services.value, list):
            continue
        for service in services.value:
            if isinstance(service.value, str) and service.value not in menu:
                place = service.place
                problem = f"{who} names the unknown service {excerpt(service.value)}"
                remedy = suggest(service.value, menu)
                faults.add(place.file, problem, remedy, place.row, place.column)


def _check_segment_rules(tree: Node, faults: Faults) -> None:
    """Check that every segment that a rule names is in the header."""
    known, rules = names_in(tree, "segments"), inside(tree, ("segment_rules",))
    for nth in range(len(rules.value)) if rules and isinstance(rules.value, list) else ():
        named = inside(tree, ("segment_rules", nth, "segment"))
        if known and named and isinstance(named.value, str) and named.value not in known:
            problem = f"rule {nth + 1} names the unknown segment {excerpt(named.value)}"
            place = named.place
            faults.add(place.file, problem, suggest(named.value, known), place.row, place.column)


def note_error(error: ErrorDetails, form: Form, tree: Node, faults: Faults) -> None:
    """Note one finding of pydantic at the place of its value, key or nearest parent."""
    path = [step for step in error["loc"] if not str(step).startswith("[")]
    nearest = path
    while (node := inside(tree, nearest)) is None:
        nearest = nearest[:-1]
    of_key = error["type"] == "extra_forbidden" or error["loc"][-1:] == ("[key]",)
    place = node.key if node.key and (of_key or node.value is None) else node.place
    name = ".".join(str(step + 1 if isinstance(step, int) else step) for step in path)
    problem, remedy = _in_words(error, name, [str(step) for step in path], form)
    faults.add(place.file, problem, remedy, place.row, place.column)


def _in_words(error: ErrorDetails, name: str, path: list[str], form: Form) -> tuple[str, str]:
    """Problem and remedy of a finding about the key ``name``."""
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "missing":
        return f"{name} is missing", f"add the key {path[-1]!r}"
    if kind == "extra_forbidden":
        return _unknown_key(name, path, form)
    if value is None:
        return f"{name} is blank", "write its value, or {} for a part without keys"
    if kind in RANGES:
        limit, problem, words = RANGES[kind]
        return (
            f"{name}: {excerpt(value)} is {problem}",
            f"write a value of {words} {context[limit]}",
        )
    if kind in ("enum", "literal_error"):
        return _not_a_choice(name, str(value), str(context["expected"]))
    if kind in (NOT_A_NUMBER, NOT_A_DAY, "date_from_datetime_parsing"):
        return _not_read(name, str(value), is_date=kind != NOT_A_NUMBER)
    if kind in ("int_parsing", "int_from_float", "int_parsing_size"):
        return f"{name}: {excerpt(value)} is not a whole number", "write a whole number"
    if kind in ("string_pattern_mismatch", "string_too_long"):
        remedy = PATTERNS.get(path[-1], "write at most 128 characters without blanks around them")
        return f"{name}: {excerpt(value)} is not written as it must be", remedy
    if kind == "too_short":
        return f"{name} is empty", "write at least one entry"
    if kind == "value_error":
        return f"{name}: {context['error']}", "change the header as it says"
    expected = {"dict": "keys with values", "model": "keys with values", "tuple": "a list"}
    want = expected.get(kind.split("_")[0], "a single value")
    return f"{name}: {excerpt(value)} is not what belongs here", f"write {want}"


def _unknown_key(name: str, path: list[str], form: Form) -> tuple[str, str]:
    key, parents = path[-1], path[:-1]
    if key.isdigit():
        return f"unknown key {excerpt(name)}", "write decimals with a point, as 0.95"
    by_id = parents[:1] in ([name.partition(".")[0]] for name in form.parts if "*" in name)
    part = ".".join([parents[0], "*", *parents[2:]] if by_id else parents)
    known = [*form.parts[part].model_fields, *(() if parents else form.beside)]
    return f"unknown key {excerpt(name)}", suggest(key, known)


def _not_a_choice(name: str, value: str, expected: str) -> tuple[str, str]:
    choices = expected.replace(" or ", ", ").replace("'", "").split(", ")
    return f"{name}: {excerpt(value)} is not a choice", suggest(value, choices)


def _not_read(name: str, value: str, *, is_date: bool) -> tuple[str, str]:
    try:
        (parse_date if is_date else parse_number)(value, ANY_NUMBER)
    except MisreadError as fault:
        return f"{name}: {fault.problem}", fault.remedy
    return f"{name}: {excerpt(value)} is not what belongs here", "correct the value"
