"""Pictures of designs: the frontier, and designs against the first."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from optimizer.designing.kpis import FIGURES, SERVICE
from optimizer.reporting.charts import BAD, BLUE, GOOD, WIDTH

HEIGHT = 320
"""Of a picture [pixel]."""


def frontier_chart(points: pd.DataFrame, titles: Sequence[str]) -> alt.LayerChart:
    """Draw the cost of the cheapest network by promised level, and whether the promise holds.

    A point whose gap is open is hollow, with a line down to its bound.

    Parameters
    ----------
    points
        As in :class:`optimizer.designing.frontier_result.Frontier`.
    titles
        Of the network of each point.
    """
    data = points.assign(
        kept=points["kept"].map({True: "kept in the replay", False: "missed"}), sites=titles
    )
    base = alt.Chart(data).encode(
        x=alt.X("level:Q", title="promised service", axis=alt.Axis(format="%")).scale(zero=False),
        y=alt.Y("cost:Q", title="cost of the network for a demand day's horizon").scale(zero=False),
    )
    line = base.mark_line(color=BLUE)
    colours = alt.Scale(domain=["kept in the replay", "missed"], range=[GOOD, BAD])
    gap = base.mark_rule(color=BLUE, strokeDash=[2, 2]).encode(y2="bound:Q")
    marks = base.encode(
        color=alt.Color("kept:N", scale=colours, title="promise"),
        tooltip=[
            alt.Tooltip("level:Q", format=".1%"),
            alt.Tooltip("cost:Q", format=",.0f"),
            alt.Tooltip("gap:Q", format=".2%"),
            "sites",
        ],
    )
    proved = marks.mark_point(filled=True, size=110, opacity=1).transform_filter("datum.proved")
    unproved = marks.mark_point(size=110, fill="white", opacity=1).transform_filter("!datum.proved")
    text = base.mark_text(align="right", dx=-8, dy=-8).encode(text=alt.Text("open:Q", format="d"))
    title = alt.TitleParams(
        "What a promise costs: the cheapest network by level (number: sites open)",
        subtitle="hollow: not proved, a network as cheap as the end of its line is not ruled out",
    )
    layers = alt.layer(line, gap, proved, unproved, text)
    return layers.properties(width=WIDTH, height=HEIGHT, title=title)


def comparison_chart(differences: pd.DataFrame, first: str) -> alt.VConcatChart:
    """Draw differences to the first design, each paired (thick) and unpaired (thin).

    Parameters
    ----------
    differences
        Of :func:`optimizer.designing.paired_intervals.paired_intervals`.
    first
        Name of the design that the others are held against.
    """
    rows = differences[differences["design"] != first]
    rows = rows[rows["difference"].notna()]
    charted = [figure.name for figure in FIGURES if figure.is_charted]
    money, service = rows["figure"].isin(charted), rows["figure"] == SERVICE
    parts = [
        _differences(rows[service], "segment", "service against the first design", "+.1%"),
        _differences(rows[money], "figure", "figures against the first design", "+,.0f"),
    ]
    return alt.vconcat(*parts).properties(
        title="Designs against the first: mean difference, paired interval (thick), unpaired (thin)"
    )


def _differences(rows: pd.DataFrame, facet: str, title: str, form: str) -> alt.FacetChart:
    data = rows.assign(
        low=rows["difference"] - rows["paired"],
        high=rows["difference"] + rows["paired"],
        least=rows["difference"] - rows["unpaired"],
        most=rows["difference"] + rows["unpaired"],
    )
    base = alt.Chart(data).encode(y=alt.Y("design:N", title=None))
    known = base.transform_filter("isValid(datum.low)")
    thin = known.mark_rule(color="#999999").encode(x=alt.X("least:Q", title=None), x2="most:Q")
    thick = known.mark_rule(color=BLUE, strokeWidth=5).encode(x="low:Q", x2="high:Q")
    point = base.mark_point(filled=True, color=BAD, size=60).encode(
        x="difference:Q", tooltip=["design", alt.Tooltip("difference:Q", format=form)]
    )
    if form.endswith("%"):
        thin = thin.encode(x=alt.X("least:Q", title=None, axis=alt.Axis(format="+.0%")))
    layers = alt.layer(thin, thick, point).properties(width=WIDTH // 3, height=18 * 4)
    return (
        layers.facet(alt.Facet(f"{facet}:N", title=None), columns=3)
        .resolve_scale(x="independent")
        .properties(title=title)
    )
