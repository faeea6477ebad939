"""``report.html``: one page to be read top down, with all that it needs in it."""

from __future__ import annotations

import json
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
from models.tolerances import UNIT
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
from optimizer.explaining.unit_ledger import unit_ledger
from optimizer.explaining.virtual_orders import holder_name, with_virtual_orders
from optimizer.reporting.charts import pictures
from optimizer.reporting.headline import headline, horizon_sentence, not_due_sentences
from optimizer.reporting.told import to_be_told

NAMED = 3
"""Orders named for a line."""
MOST = 40
"""Lines in the list of exceptions; lines.csv has all."""


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
        late=int((~solution.lines["status"].isin(AS_ASKED)).sum()),
        most=MOST,
        told=_told(solution),
        policies=_policies(policies),
        held_counts=HELD_COUNTS if len(solution.reserve) else "",
        pictures=list(drawn),
        specs=_safe({name: picture.to_dict() for name, picture in drawn.items()}),
        bundle=_bundle() if drawn else "",
    )
    path.write_text(page, encoding="utf-8", newline="\n")


@cache
def _template() -> Any:  # noqa: ANN401  jinja2's own type says nothing more
    text = files("optimizer.reporting").joinpath("report.html.jinja").read_text(encoding="utf-8")
    return Environment(autoescape=select_autoescape(default=True)).from_string(text)


@cache
def _bundle() -> str:
    """Give Vega, Vega-Lite and Vega-Embed as one script: nothing is fetched."""
    import vl_convert

    script: str = vl_convert.javascript_bundle("window.draw = vegaEmbed;")
    return script.replace("</script", "<\\/script")


def _safe(content: object) -> str:
    """Write JSON that may stand in a script."""
    text = json.dumps(content, ensure_ascii=True, allow_nan=False, default=str)
    return text.replace("<", "\\u003c").replace("&", "\\u0026")


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
    spelled = with_virtual_orders(scenario, solution)
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
            "who": _who(spelled, solution.shortages, row["order"], row["line"]),
        }
        for row in first.head(MOST).to_dict("records")
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


def _who(
    spelled: tuple[Scenario, pd.DataFrame, pd.DataFrame], table: pd.DataFrame, order: str, line: str
) -> list[str]:
    """Name the orders, or forecasts, that have most of what a line misses."""
    mine = table[(table["order"] == order) & (table["line"] == line)]
    ledger = unit_ledger(*spelled, mine)
    named = ledger[ledger["order"] != ""].groupby("order", sort=False)["units"].sum()
    most = named.sort_values(ascending=False, kind="stable")
    rows = [
        f"{holder_name(str(name))}: {number(units)}" for name, units in most.head(NAMED).items()
    ]
    return [*rows, f"and {len(most) - NAMED} more"] if len(most) > NAMED else rows


def _policies(policies: pd.DataFrame) -> dict[str, Any]:
    """Give a table of policies by goal."""
    goals = list(dict.fromkeys(policies["goal"]))
    rows = [
        (name, [number(round(v, 2)) for v in own.set_index("goal")["value"].reindex(goals)])
        for name, own in policies.groupby("policy", sort=False)
    ]
    return {"goals": [goal_name(goal) for goal in goals], "rows": rows}
