"""Pictures of a plan: one function each, from the frames of the run folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

from models.scenario import Scenario
from models.solution import Solution
from optimizer.wording import REASONS

WIDTH, MOST = 640, 24
"""Of a picture [pixel]; rows of one at most."""
GOOD, BAD, BLUE = "#3A7D44", "#C8553D", "#1F3A5F"


def promises(solution: Solution) -> alt.LayerChart | None:
    """Promised service beside what is reached, and the best that could be."""
    rows = solution.service[solution.service["target"].notna() | solution.service["floor"].notna()]
    rows = rows[rows["achieved"].notna()]
    if rows.empty:
        return None
    kept = rows["shortfall"].fillna(0.0) <= 1e-6
    data = rows.assign(kept=kept.map({True: "kept", False: "missed"}))
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
        x="best_reachable:Q",
        tooltip=[alt.Tooltip("best_reachable:Q", title="best reachable", format=".2%")],
    )
    layers = [bars, targets, *([best] if data["best_reachable"].notna().any() else [])]
    return alt.layer(*layers).properties(
        width=WIDTH,
        height=30 * len(order),
        title="Promises: reached (bar), promised (tick), best reachable if missed (diamond)",
    )


def missing(solution: Solution) -> alt.LayerChart | None:
    """Waterfall from what is missing to nothing, reason by reason."""
    sums = solution.shortages.groupby("reason")["units"].sum().sort_values(ascending=False)
    if sums.empty:
        return None
    data = sums.reset_index()
    data["to"] = data["units"].cumsum()
    data["start"] = data["to"] - data["units"]
    data["why"] = data["reason"].map(REASONS)
    base = alt.Chart(data).encode(y=alt.Y("reason:N", sort=list(data["reason"]), title=None))
    bars = base.mark_bar(color=BAD, height=16).encode(
        x=alt.X("start:Q", title="units late or short"), x2="to:Q", tooltip=["why", "units"]
    )
    text = base.mark_text(align="left", dx=4).encode(x="to:Q", text=alt.Text("units:Q", format=","))
    return (bars + text).properties(
        width=WIDTH, height=24 * len(data), title="What is missing, by reason"
    )


def tightness(scenario: Scenario, solution: Solution) -> alt.Chart | None:
    """Heat map of the capacity that sites use, day by day."""
    data = site_use(scenario, solution)
    if data.empty:
        return None
    return (
        alt.Chart(data.head(5000))
        .mark_rect()
        .encode(
            x=alt.X("yearmonthdate(date):O", title=None, axis=alt.Axis(format="%a %d %b")),
            y=alt.Y("site:N", title=None),
            color=alt.Color(
                "share:Q",
                title="capacity used",
                scale=alt.Scale(scheme="orangered", domain=[0, 1]),
                legend=alt.Legend(format="%"),
            ),
            tooltip=["site", "date:T", alt.Tooltip("share:Q", format=".0%"), "used", "units"],
        )
        .properties(width=WIDTH, title="Where capacity binds")
    )


def site_use(scenario: Scenario, solution: Solution) -> pd.DataFrame:
    """Capacity used of each site and day: ``site``, ``date``, ``used``, ``units``, ``share``.

    Parameters
    ----------
    scenario, solution
        Of the run.
    """
    limits = scenario["site_capacity"]
    if limits.empty:
        return pd.DataFrame(columns=["site", "date", "used", "units", "share"])
    horizon = scenario.settings.horizon
    days = pd.DataFrame({"date": pd.date_range(horizon.start, periods=horizon.days, unit="s")})
    every = limits[limits["date"].isna()].drop(columns="date").merge(days, how="cross")
    dated = limits[limits["date"].notna()]
    both = pd.concat([dated, every]).drop_duplicates(["site", "date"])
    effort = scenario["items"].set_index("item")["pick_effort"]
    shipped = solution.shipments.assign(
        used=solution.shipments["quantity"] * solution.shipments["item"].map(effort).fillna(1.0)
    )
    used = shipped.groupby(["site", "ship_date"])["used"].sum().rename_axis(["site", "date"])
    table = both.merge(used.reset_index(), on=["site", "date"], how="left").fillna({"used": 0.0})
    table["share"] = (table["used"] / table["units"].where(table["units"] > 0)).clip(upper=1.0)
    return table.sort_values(["site", "date"], ignore_index=True)


def flows(solution: Solution) -> alt.Chart | None:
    """Units from each site to each segment."""
    segments = solution.lines.set_index(["order", "line"])["segment"]
    rows = solution.shipments
    if rows.empty:
        return None
    names = pd.MultiIndex.from_frame(rows[["order", "line"]])
    data = rows.assign(segment=segments.loc[names].to_numpy())
    data = data.groupby(["site", "segment"])["quantity"].sum().reset_index()
    most = data.groupby("site")["quantity"].sum().nlargest(MOST).index
    return (
        alt.Chart(data[data["site"].isin(most)])
        .mark_bar()
        .encode(
            x=alt.X("quantity:Q", title="units shipped"),
            y=alt.Y("site:N", sort="-x", title=None),
            color=alt.Color("segment:N", scale=alt.Scale(scheme="tableau10")),
            tooltip=["site", "segment", "quantity"],
        )
        .properties(width=WIDTH, height=22 * len(most), title="From sites to segments")
    )


def policies(frame: pd.DataFrame) -> alt.FacetChart | None:
    """Show what each policy misses of each goal, beside the plan."""
    rows = frame[frame["goal"].str.startswith(("floor:", "target:"))]
    if rows.empty or rows["value"].max() <= 0:
        return None
    order = list(dict.fromkeys(frame["policy"]))
    return (
        alt.Chart(rows)
        .mark_bar()
        .encode(
            x=alt.X("value:Q", title="missed"),
            y=alt.Y("policy:N", sort=order, title=None),
            color=alt.Color("policy:N", sort=order, legend=None),
            tooltip=["policy", "goal", "value"],
        )
        .properties(width=WIDTH // 3, height=16 * len(order))
        .facet(alt.Facet("goal:N", title=None), columns=3)
        .resolve_scale(x="independent")
        .properties(title="Floors and targets missed, by policy")
    )


def service_by_run(service: pd.DataFrame) -> alt.Chart:
    """Draw the service of each promised segment, a bar for each run.

    Parameters
    ----------
    service
        ``run``, ``segment``, ``target``, ``floor``, ``achieved``.
    """
    rows = service[service["target"].notna() | service["floor"].notna()]
    runs = list(dict.fromkeys(rows["run"]))
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
        "flows": flows(solution),
        "policies": policies(frame),
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
