"""What was promised beforehand: what is frozen, and what may change how much."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.allocation.declaring import Declared
from models.allocation.listing import beside_promises, on_its_day, places
from models.problem import Problem


def declare_promised(d: Declared, p: Problem) -> None:
    """Declare frozen promises, changes against the others, and budgets of change."""
    frozen, row = p.frozen, p.options["frozen"].to_numpy()
    kept = np.flatnonzero(on_its_day(p))
    d.rows("FROZEN", len(frozen), "promises that must be kept")
    d.column("frozen", "FROZEN", frozen["quantity"], "promised [unit shipped]")
    d.column("frozen_gives", "FROZEN", frozen["gives"], "units delivered by a unit shipped")
    d.variable("missing", "FROZEN", frozen["quantity"], False, "not kept [unit shipped]")
    d.listing("options_of_frozen", "FROZEN", row[kept], kept, "options that keep it")
    _moved(d, p)
    _beside(d, p, kept)
    _changes(d, p)
    _budgets(d, p)


def _moved(d: Declared, p: Problem) -> None:
    """Declare what becomes of units that are not kept on their day, where there may be any."""
    frozen, row = p.frozen, p.options["frozen"].to_numpy()
    moves = np.flatnonzero(p.options["moves"].to_numpy())
    chosen = np.arange(len(frozen) if may_be_late(p) else 0)
    d.rows("LATE", len(chosen), "promises, where stock may not keep all of them on their days")
    d.column("lost_days", "LATE", frozen["lost"].to_numpy()[chosen], "days of a unit that is lost")
    d.column("days_moved", "OPTIONS", p.options["delay"], "days by which it moves a promise")
    d.variable("lost", "LATE", frozen["quantity"].to_numpy()[chosen], False, "never delivered")
    d.listing("options_moved", "LATE", row[moves], moves, "options that move the promise")
    d.listing("options_late", "ALL", np.zeros_like(moves), moves, "options that move any promise")


def may_be_late(p: Problem) -> bool:
    """Whether stock may not keep all promises on their days."""
    return bool((p.frozen["lost"] > 0).any())


def _beside(d: Declared, p: Problem, kept: np.ndarray) -> None:
    """Declare which promises free units may go with: what ships counts as promised first."""
    pairs = beside_promises(p)
    chosen = np.unique(pairs["promise"])
    most = p.lines["most"].to_numpy()[p.frozen["line"].to_numpy()[chosen]]
    d.rows("BESIDE", len(chosen), "promises that free units may go with")
    d.column("promise_beside", "BESIDE", chosen, "the promise, a row of `FROZEN`")
    d.column("promised_beside", "BESIDE", p.frozen["quantity"].to_numpy()[chosen], "[unit shipped]")
    d.column("most_beside", "BESIDE", most, "may be delivered to its line [unit]")
    own = places(chosen, len(p.frozen))[p.options["frozen"].to_numpy()[kept]]
    mine = kept[own >= 0]
    d.listing("options_kept", "BESIDE", own[own >= 0], mine, "options that keep the promise")
    row = np.searchsorted(chosen, pairs["promise"])
    d.listing("options_beside", "BESIDE", row, pairs["option"], "free options of the same shipment")
    d.variable("kept", "BESIDE", 1, True, "the promise is kept in full")


def _changes(d: Declared, p: Problem) -> None:
    """Lines whose promises may change: what they get by arrival against what they expect."""
    options = p.options
    rows = p.committed.assign(units=p.committed["quantity"] * p.committed["gives"])
    committed = rows.groupby(["line", "arrival"])[["units"]].sum().reset_index()
    counted = np.unique(committed["line"])
    place = places(counted, len(p.lines))
    most = p.lines["most"].to_numpy()[counted]
    d.rows("COUNTED", len(counted), "lines with a promise that may change")
    d.column("counted_most", "COUNTED", most, "may be delivered [unit]")
    d.variable("changed", "COUNTED", 1, True, "the line gets something else or another day")
    d.variable("worse", "COUNTED", 1, True, "the line gets less by some day")
    owner = place[committed["line"]]
    units = committed["units"].to_numpy()
    first = np.searchsorted(owner, owner)
    total = np.cumsum(units)
    d.rows("EXPECTED", len(committed), "arrivals that those lines expect")
    d.column("line_expecting", "EXPECTED", owner, "the line, a row of `COUNTED`")
    d.column("expected", "EXPECTED", units, "units then [unit]")
    d.column("by_then", "EXPECTED", total - (total - units)[first], "units by then [unit]")
    d.column("expected_most", "EXPECTED", most[owner], "may be delivered [unit]")
    mine = np.flatnonzero(place[options["line"]] >= 0)
    counts = place[options["line"].to_numpy()[mine]]
    arrival = options["arrival"].to_numpy()[mine]
    spans = np.searchsorted(owner, np.arange(len(counted) + 1))
    size = np.diff(spans)[counts]
    nth = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    expecting, members = np.repeat(spans[counts], size) + nth, np.repeat(mine, size)
    late = np.repeat(arrival, size) - committed["arrival"].to_numpy()[expecting]
    exact, early = late == 0, late <= 0
    d.listing("options_then", "EXPECTED", expecting[exact], members[exact], "that arrive then")
    d.listing("options_by_then", "EXPECTED", expecting[early], members[early], "there by then")
    other = ~np.isin(mine, members[exact])
    d.listing("options_else", "COUNTED", counts[other], mine[other], "that arrive on other days")


def _budgets(d: Declared, p: Problem) -> None:
    """Budgets of change; what is forced beyond them is measured."""
    given = (p.settings.stability.max_changed_lines, p.settings.stability.max_worse_promises)
    asked = [nth for nth, budget in enumerate(given) if budget is not None]
    counted = np.arange(d.count("COUNTED"))
    d.rows("BUDGETS", len(asked), "budgets of change")
    d.column("budget", "BUDGETS", [given[nth] for nth in asked], "lines")
    d.variable("beyond", "BUDGETS", len(counted), True, "lines beyond the budget")
    for kind, name in enumerate(("changes_of_budget", "worse_of_budget")):
        members = counted if kind in asked else counted[:0]
        row = np.full(len(members), asked.index(kind) if kind in asked else 0)
        d.listing(name, "BUDGETS", row, members, "lines that count")


def broken(m: Any, _: int) -> Any:
    """(G4) sum_f gives_f missing_f + sum_b beyond_b: promises that are not kept."""
    units = sum(m.frozen_gives[f] * m.missing[f] for f in m.FROZEN)
    return units + sum(m.beyond[b] for b in m.BUDGETS)


def changes(m: Any, _: int) -> Any:
    """(G5) sum_l changed_l: lines that get something else than was promised, or another day."""
    return sum(m.changed[l] for l in m.COUNTED)


def delayed(m: Any, a: int) -> Any:
    """(G12) sum_j gives_j days_moved_j x_j + sum_f gives_f lost_days_f lost_f: days of delay."""
    moved = sum(m.gives[j] * m.days_moved[j] * m.x[j] for j in m.options_late[a])
    never = sum(m.frozen_gives[f] * m.lost_days[f] * m.lost[f] for f in m.LATE)
    return moved + never
