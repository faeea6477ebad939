"""``report.html``: one page to be read top down, with all that it needs in it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Hashable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, select_autoescape

from models.forecast import KEY
from models.reasons import REASON_WORDS
from models.scenario import Scenario
from models.settings import Measure, Settings
from models.solution import AS_ASKED, Solution
from models.tolerances import DECIMALS, UNIT
from optimizer.common.words import (
    HELD_COUNTS,
    distance_to_best,
    goal_name,
    goal_unit,
    nothing_of,
    number,
    percent,
    reachable,
)
from optimizer.explaining.input_changes import Row
from optimizer.explaining.unit_ledger import TAKEN, UnitHolders
from optimizer.explaining.virtual_orders import holder_name, with_virtual_orders
from optimizer.reporting.charts import pictures
from optimizer.reporting.headline import headline, horizon_sentence, not_due_sentences
from optimizer.reporting.told import to_be_told

NAMED = 3
"""Orders named for a line."""
MOST = 40
"""Rows of what is told to customers, and of what is held; the files have all."""
PADDING = {"left": 60, "right": 30, "top": 5, "bottom": 5}
"""Around a picture [pixel]: fonts of a browser may be wider than those it was drawn with."""
SHOWS = {
    "promises": "Bars: service reached by segment, beside what is promised; the table below has it",
    "missing": "Bars: units late or short by reason",
    "tightness": "By day: units waited for of sold-out items, and capacity in use",
    "flows": "Bars: units shipped from each site to each segment",
    "policies": "Bars: what each policy misses of each goal; the table below has it",
}
"""What each picture shows, for who cannot see it."""


def write_report(
    scenario: Scenario,
    solution: Solution,
    policies: pd.DataFrame,
    notes: tuple[str, ...],
    run: str,
    path: Path,
) -> None:
    """Write the page.

    Parameters
    ----------
    scenario, solution
        Of the run.
    policies
        What each policy would have reached: columns ``policy``, ``goal``, ``value``.
    notes
        What a planner should know of the run.
    run
        Its run id.
    path
        Of the file.
    """
    drawn = pictures(scenario, solution, policies)
    style, script = _file("report.css"), _file("report.js")
    settings = scenario.settings
    page = _template().render(
        title=settings.title or settings.name,
        run=run,
        horizon=horizon_sentence(settings),
        headline=headline(solution),
        notes=[*not_due_sentences(solution), *notes],
        totals=_totals(settings, solution),
        service=_service(settings, solution),
        goals=_goals(settings, solution),
        exceptions=_exceptions(scenario, solution),
        reserve=_reserve(scenario, solution),
        currency=settings.currency,
        told=_told(solution),
        policies=_policies(policies),
        held_counts=HELD_COUNTS if len(solution.reserve) else "",
        pictures={name: _as_image(name, picture) for name, picture in drawn.items()},
        style=style,
        script=script,
        policy=_allowed(style, script),
    )
    path.write_text(page, encoding="utf-8", newline="\n")


@cache
def _template() -> Any:  # noqa: ANN401  jinja2's own type says nothing more
    environment = Environment(autoescape=select_autoescape(default=True))
    return environment.from_string(_file("report.html.jinja"))


def _file(name: str) -> str:
    return files("optimizer.reporting").joinpath(name).read_text(encoding="utf-8")


def _allowed(style: str, script: str) -> str:
    """Give what a browser may run and show: this style, this script, pictures of this file."""
    digests = [hashlib.sha256(text.encode()).digest() for text in (style, script)]
    hashes = [base64.b64encode(digest).decode() for digest in digests]
    return (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _as_image(name: str, picture: Any) -> dict[str, str]:  # noqa: ANN401  any of altair's charts
    """Draw a picture into the page, so that neither paper nor a script is needed."""
    import vl_convert

    drawn = vl_convert.vegalite_to_svg({**picture.to_dict(), "padding": PADDING}).encode()
    return {
        "source": f"data:image/svg+xml;base64,{base64.b64encode(drawn).decode()}",
        "says": SHOWS[name],
    }


def _totals(settings: Settings, solution: Solution) -> list[tuple[str, str]]:
    totals = solution.totals
    net = totals["delivered_value"] - totals["cost"]
    return [
        ("Units ordered", number(totals["ordered_units"])),
        ("of them delivered", number(totals["delivered_units"])),
        ("of them on time", number(totals["on_time_units"])),
        (f"Net value, {settings.currency}", number(round(net))),
        ("kg CO2", number(round(totals["kg_co2"]))),
    ]


def _service(settings: Settings, solution: Solution) -> list[dict[str, Any]]:
    service = solution.service
    promised = service[service["target"].notna() | service["floor"].notna()]
    rows = [
        {
            "tier": settings.segments[row["segment"]].tier,
            "segment": row["segment"],
            "measure": row["measure"],
            "target": percent(row["target"]),
            "achieved": percent(row["achieved"]) or nothing_of(Measure(row["measure"])),
            "together": percent(row["reachable_together"]),
            "alone": reachable(row["reachable"], row["reachable_bound"]),
            "floor": percent(row["floor"]),
            "missed": bool(row["shortfall"] > UNIT),
            "shortfall": number(row["shortfall"]),
        }
        for row in promised.to_dict("records")
    ]
    return sorted(rows, key=lambda row: (row["tier"], row["segment"]))


def _goals(settings: Settings, solution: Solution) -> list[dict[str, str]]:
    return [
        {
            "name": goal_name(goal.name),
            "value": f"{number(goal.value)} {goal_unit(settings, goal.name)}",
            "bound": "" if goal.bound is None else number(goal.bound),
            "gap": "" if goal.gap is None else f"{goal.gap:.2%}",
            "far": distance_to_best(goal, goal_unit(settings, goal.name)),
            "status": goal.status.value,
        }
        for goal in solution.goals
    ]


def _exceptions(scenario: Scenario, solution: Solution) -> list[dict[str, Any]]:
    """List lines that are not on time, best tiers and most units first, and who has the units."""
    lines = solution.lines[~solution.lines["status"].isin(AS_ASKED)]
    missing = lines["ordered"] - lines["delivered_on_time"]
    who = _holders(scenario, solution)
    first = lines.assign(missing=missing).sort_values(
        ["tier", "missing"], ascending=[True, False], kind="stable"
    )
    return [
        {
            **{str(name): cell for name, cell in row.items()},
            "why": REASON_WORDS.get(row["reason"], row["reason"]),
            "requested": _day(row["requested"]),
            "promised": _day(row["promised_before"]),
            "new_date": _new_date(row),
            "ordered": number(row["ordered"]),
            "delivered": number(row["delivered"]),
            "missing": number(row["missing"]),
            "who": who.get((row["order"], row["line"]), []),
        }
        for row in first.to_dict("records")
    ]


def _day(date: Any) -> str:  # noqa: ANN401  a date or a blank
    """Write a date; blank where there is none."""
    return "" if pd.isna(date) else f"{date:%Y-%m-%d}"


def _new_date(row: dict[Hashable, Any]) -> str:
    """Write when the last of a line arrives, and whether that is all of it."""
    if pd.isna(row["last_arrival"]):
        return ""
    part = " (in part)" if row["short"] > UNIT else ""
    return f"{row['last_arrival']:%Y-%m-%d}{part}"


def _told(solution: Solution) -> dict[str, Any]:
    """List what customers are to be told: headings, the first rows, and how many more there are."""
    table = to_be_told(solution)
    first = table.head(MOST)
    for name in first.select_dtypes("datetime"):
        first = first.assign(**{str(name): first[name].dt.strftime("%Y-%m-%d").fillna("")})
    rows = first.to_numpy().tolist()
    return {"headings": list(first.columns), "rows": rows, "more": len(table) - len(first)}


def _reserve(scenario: Scenario, solution: Solution) -> list[dict[str, str]]:
    """List what is held for which expected demand, most first."""
    rows = solution.reserve.sort_values("quantity", ascending=False, kind="stable").head(MOST)
    expected = scenario["forecast"].set_index(KEY)["quantity"]
    return [
        {
            **{name: row[name] for name in ("segment", "region", "item", "site")},
            "requested": f"{row['requested']:%Y-%m-%d}",
            "expected": number(expected[tuple(row[name] for name in KEY)]),
            "held": number(row["quantity"]),
            "bid": number(row["bid_price"]),
        }
        for row in rows.to_dict("records")
    ]


def _holders(scenario: Scenario, solution: Solution) -> dict[tuple[str, str], list[str]]:
    """Name the orders, or forecasts, that have most of what each line misses."""
    holders, parts = UnitHolders(*with_virtual_orders(scenario, solution)), solution.shortages
    return {
        (str(order), str(line)): _named(holders.of(mine))
        for (order, line), mine in parts[parts["reason"].isin(TAKEN)].groupby(["order", "line"])
    }


def _named(ledger: list[Row]) -> list[str]:
    """Write who has most, and how many more there are."""
    units: dict[str, float] = {}
    for row in ledger:
        if row["order"]:
            units[row["order"]] = units.get(row["order"], 0.0) + row["units"]
    most = sorted(units, key=lambda name: -round(units[name], DECIMALS))
    rows = [f"{holder_name(name)}: {number(round(units[name], DECIMALS))}" for name in most[:NAMED]]
    return [*rows, f"and {len(most) - NAMED} more"] if len(most) > NAMED else rows


def _policies(policies: pd.DataFrame) -> dict[str, Any]:
    """Give a table with a row for each goal and a column for each policy, which fits a page."""
    table = policies.pivot_table("value", "goal", "policy", sort=False, dropna=False)
    rows = [
        (goal_name(str(goal)), ["" if pd.isna(v) else number(round(v, 2)) for v in values])
        for goal, values in zip(table.index, table.to_numpy(), strict=True)
    ]
    return {"names": list(table.columns), "rows": rows}
