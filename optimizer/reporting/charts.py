"""Pictures of a plan: one function each, from the frames of the run folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

from models.goals import kind_of
from models.reasons import REASON_WORDS
from models.scenario import Scenario
from models.settings import Settings
from models.solution import Solution
from models.tolerances import UNIT
from optimizer.common.words import goal_name, goal_unit
from optimizer.reporting import figures

WIDTH, LABEL, MOST = 640, 280, 24
"""Of a picture and its longest label [pixel]; rows of one at most."""
ROOM = 16
"""Days for which there is room for a figure each."""
GOOD, BAD, BLUE = "#3A7D44", "#C8553D", "#1F3A5F"


def promises(solution: Solution) -> alt.LayerChart | None:
    """Promised service beside what is reached, and the best that could be."""
    rows = solution.service[solution.service["target"].notna() | solution.service["floor"].notna()]
    rows = rows[rows["achieved"].notna()]
    if rows.empty:
        return None
    kept = rows["shortfall"].fillna(0.0) <= UNIT
    more = rows["segment"].duplicated()  # a floor in another measure
    named = rows["segment"].where(~more, rows["segment"] + ", " + rows["measure"])
    data = rows.assign(kept=kept.map({True: "kept", False: "missed"}), segment=named)
    order = list(data["segment"])
    base = alt.Chart(data).encode(y=alt.Y("segment:N", sort=order, title=None))
    colours = alt.Scale(domain=["kept", "missed"], range=[GOOD, BAD])
    bars = base.mark_bar(height=18).encode(
        x=alt.X("achieved:Q", title="service reached", axis=alt.Axis(format="%")),
        color=alt.Color("kept:N", scale=colours, title="target"),
        tooltip=["segment", "measure", alt.Tooltip("achieved:Q", format=".2%")],
    )
    targets = base.mark_tick(thickness=3, size=26, color="black").encode(x="target:Q")
    best = base.mark_point(shape="diamond", filled=True, size=70, color=BLUE).encode(
        x="reachable:Q",
        tooltip=[alt.Tooltip("reachable:Q", title="reachable alone", format=".2%")],
    )
    layers = [bars, targets, *([best] if data["reachable"].notna().any() else [])]
    return alt.layer(*layers).properties(
        width=WIDTH,
        height=30 * len(order),
        title="Promises: reached (bar), promised (tick), reachable alone if missed (diamond)",
    )


def missing(solution: Solution) -> alt.LayerChart | None:
    """Waterfall from what is missing to nothing, reason by reason."""
    data = figures.by_reason(solution).reset_index()
    if data.empty:
        return None
    data["to"] = data["units"].cumsum()
    data["start"] = data["to"] - data["units"]
    data["why"] = data["reason"].map(REASON_WORDS)
    named = alt.Axis(labelLimit=LABEL)
    base = alt.Chart(data).encode(
        y=alt.Y("why:N", sort=list(data["why"].unique()), title=None, axis=named)
    )
    bars = base.mark_bar(color=BAD, height=16).encode(
        x=alt.X("start:Q", title="units late or short"),
        x2="to:Q",
        tooltip=["reason", "why", "units"],
    )
    text = base.mark_text(align="left", dx=4).encode(
        x="to:Q", text=alt.Text("units:Q", format=",.6~g")
    )
    return (bars + text).properties(
        width=WIDTH - LABEL // 2, height=24 * len(data), title="What is missing, by reason"
    )


def tightness(scenario: Scenario, solution: Solution) -> alt.VConcatChart | None:
    """Heat maps by day: what is waited for of sold-out items, and capacity of sites in use."""
    stock, use = figures.waiting_items(scenario, solution), figures.site_use(scenario, solution)
    panels = []
    if stock["waiting"].any():
        title = "Where stock binds: units waited for of what is sold out, item and site"
        scale = alt.Scale(scheme="blues")
        stock = stock.assign(place=stock["item"] + ", " + stock["site"])
        panels.append(_heat(stock, "place", "waiting", title, scale))
    if len(use):
        title = "Where capacity binds: share of a site's capacity in use"
        scale = alt.Scale(scheme="oranges", domain=[0, 1])
        panels.append(_heat(use, "site", "share", title, scale))
    return alt.vconcat(*panels).resolve_scale(color="independent") if panels else None


def _heat(
    data: pd.DataFrame, rows: str, figure: str, title: str, scale: alt.Scale
) -> alt.LayerChart:
    """Draw a figure by row and day, the fullest rows, and write it where there is room."""
    sums = data.groupby(rows)[figure].sum()
    named = sums[sums > 0].nlargest(MOST).index
    data = data[data[rows].isin(named)]
    share = figure == "share"
    middle, form = (0.5, ".0%") if share else (float(data[figure].max()) / 2, ",.6~g")
    base = alt.Chart(data).encode(
        x=alt.X(
            "yearmonthdate(date):O", title=None, axis=alt.Axis(format="%a %d %b", labelAngle=-60)
        ),
        y=alt.Y(f"{rows}:N", title=None, axis=alt.Axis(labelLimit=LABEL)),
    )
    cells = base.mark_rect(stroke="white").encode(
        color=alt.Color(f"{figure}:Q", legend=None, scale=scale),
        tooltip=[rows, alt.Tooltip("date:T", format="%Y-%m-%d"), figure],
    )
    layers = [cells]
    if data["date"].nunique() <= ROOM:
        text = base.transform_filter(f"datum.{figure} > 0").mark_text(fontSize=10)
        white = alt.condition(f"datum.{figure} > {middle}", alt.value("white"), alt.value("#444"))
        layers.append(text.encode(text=alt.Text(f"{figure}:Q", format=form), color=white))
    return alt.layer(*layers).properties(width=WIDTH, height=22 * len(named), title=title)


def flows(scenario: Scenario, solution: Solution) -> alt.Chart | None:
    """Units from each site to each segment, the best tier first."""
    data = figures.units_by_site(solution)
    if data.empty:
        return None
    most = data.groupby("site")["quantity"].sum().nlargest(MOST).index
    segments = scenario.settings.segments
    order = sorted(segments, key=lambda name: segments[name].tier)
    data = data.assign(tier=[segments[name].tier for name in data["segment"]])
    return (
        alt.Chart(data[data["site"].isin(most)])
        .mark_bar()
        .encode(
            x=alt.X("quantity:Q", title="units shipped"),
            y=alt.Y("site:N", sort="-x", title=None),
            color=alt.Color("segment:N", sort=order, scale=alt.Scale(scheme="tableau10")),
            order=alt.Order("tier:Q"),
            tooltip=["site", "segment", "quantity"],
        )
        .properties(width=WIDTH, height=22 * len(most), title="From sites to segments")
    )


def policies(settings: Settings, frame: pd.DataFrame) -> alt.FacetChart | None:
    """Show what each policy misses of each goal, beside the plan, which comes first."""
    rows = frame[[bool(kind_of(goal).facts.heading) for goal in frame["goal"]]]
    missed = rows.groupby("goal", sort=False)["value"].max()
    goals = list(missed[missed > 0].index)
    if not goals:
        return None
    words = {name: f"{goal_name(name)}, {goal_unit(settings, name)} missed" for name in goals}
    rows = rows[rows["goal"].isin(goals)].assign(named=rows["goal"].map(words))
    order = list(dict.fromkeys(frame["policy"]))
    shades = [BLUE, *("#9AA8B8" for _ in order[1:])]
    return (
        alt.Chart(rows)
        .mark_bar()
        .encode(
            x=alt.X("value:Q", title=None),
            y=alt.Y("policy:N", sort=order, title=None),
            color=alt.Color("policy:N", scale=alt.Scale(domain=order, range=shades), legend=None),
            tooltip=["policy", "named", "value"],
        )
        .properties(width=WIDTH // 3 - 20, height=16 * len(order))
        .facet(alt.Facet("named:N", title=None, sort=list(words.values())), columns=3)
        .resolve_scale(x="independent")
        .properties(title="Floors, targets and units missed, by policy")
    )


def service_by_run(service: pd.DataFrame) -> alt.Chart:
    """Draw the service of each promised segment, a bar for each run.

    Parameters
    ----------
    service
        ``run``, ``segment``, ``target``, ``floor``, ``achieved``.
    """
    rows = service[service["target"].notna() | service["floor"].notna()]
    more = rows.duplicated(["run", "segment"])  # a floor in another measure
    named = rows["segment"].where(~more, rows["segment"] + ", " + rows["measure"])
    rows, runs = rows.assign(segment=named), list(dict.fromkeys(rows["run"]))
    return (
        alt.Chart(rows)
        .mark_bar()
        .encode(
            x=alt.X("achieved:Q", title="service reached", axis=alt.Axis(format="%")),
            y=alt.Y("run:N", sort=runs, title=None),
            color=alt.Color("run:N", sort=runs, legend=None),
            row=alt.Row("segment:N", title=None, sort=list(dict.fromkeys(rows["segment"]))),
            tooltip=["run", "segment", "measure", alt.Tooltip("achieved:Q", format=".2%")],
        )
        .properties(width=WIDTH, height=20 * len(runs))
    )


def pictures(scenario: Scenario, solution: Solution, frame: pd.DataFrame) -> dict[str, Any]:
    """Draw all that there is something to draw for, by name.

    Parameters
    ----------
    scenario, solution
        Of the run.
    frame
        What each policy would have reached.
    """
    drawn = {
        "promises": promises(solution),
        "missing": missing(solution),
        "tightness": tightness(scenario, solution),
        "flows": flows(scenario, solution),
        "policies": policies(scenario.settings, frame),
    }
    return {name: picture for name, picture in drawn.items() if picture is not None}


def save(drawn: dict[str, Any], folder: Path, kind: str) -> list[Path]:
    """Write pictures as files, without a browser.

    Parameters
    ----------
    drawn
        Of :func:`pictures`.
    folder
        Where to.
    kind
        ``png`` or ``svg``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, picture in drawn.items():
        path = folder / f"{name}.{kind}"
        picture.save(str(path), **({"scale_factor": 2} if kind == "png" else {}))
        paths.append(path)
    return paths
