"""The result of a backtest: shares of what was possible, with intervals paired over the worlds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import t as student

if TYPE_CHECKING:
    import altair as alt

CONFIDENCE = 0.95
"""Of all intervals."""
MEASURES = {"share": "of the clairvoyant bound's value", "met_share": "of contracts met"}
COLUMNS = {
    "seed": "int64",
    "policy": "str",
    "value": "float64",
    "bound": "float64",
    "share": "float64",
    "contracts": "int64",
    "met": "int64",
    "met_share": "float64",
    "ordered": "float64",
    "on_time": "float64",
    "delivered": "float64",
    "seconds": "float64",
}
"""Columns of :meth:`Backtested.to_frame`."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over the worlds and the interval that holds it with 95 % confidence."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: np.ndarray) -> Interval:
        """By Student's t; without bounds for a single world."""
        mean = float(np.mean(values))
        if len(values) < 2:
            return cls(mean, float("nan"), float("nan"))
        error = float(np.std(values, ddof=1)) / len(values) ** 0.5
        reach = error * float(student.ppf((1 + CONFIDENCE) / 2, len(values) - 1))
        return cls(mean, mean - reach, mean + reach)


@dataclass(frozen=True, eq=False)
class Backtested:
    """Policies side by side in the same worlds.

    Parameters
    ----------
    frame
        A row by seed and policy: the columns of :data:`COLUMNS`.
    days
        Simulated days of each world.
    policies
        In the order asked for.
    """

    frame: pd.DataFrame
    days: int
    policies: tuple[str, ...]

    @classmethod
    def of(cls, rows: Sequence[dict[str, Any]], days: int, policies: Sequence[str]) -> Backtested:
        """Put the parts together."""
        bounds = {row["seed"]: row["value"] for row in rows if row["policy"] == "bound"}
        frame = pd.DataFrame([row for row in rows if row["policy"] != "bound"])
        frame["bound"] = frame["seed"].map(bounds)
        frame["share"] = frame["value"] / frame["bound"].where(frame["bound"] > 0)
        frame["met_share"] = frame["met"] / frame["contracts"].where(frame["contracts"] > 0)
        return cls(frame[[*COLUMNS]].astype(COLUMNS), days, tuple(policies))

    @property
    def seeds(self) -> int:
        """Worlds."""
        return int(self.frame["seed"].nunique())

    def to_frame(self) -> pd.DataFrame:
        """Give a row by seed and policy: value, bound, share of it, contracts met."""
        return self.frame.copy()

    def interval(self, policy: str, measure: str = "share", less: str = "") -> Interval:
        """Mean of a measure over the worlds, or of its difference to another policy.

        Parameters
        ----------
        policy
            Whose.
        measure
            ``share`` or ``met_share``.
        less
            The other policy: the difference is taken world by world, so that what all policies
            have in common cancels out.
        """
        by = self.frame.set_index(["seed", "policy"])[measure].unstack()  # noqa: PD010
        values = by[policy] - by[less] if less else by[policy]
        return Interval.of(values.to_numpy())

    @property
    def summary(self) -> pd.DataFrame:
        """A row by policy: means and intervals of both measures, and of gains over two others.

        Columns ``policy``, ``measure``, ``against`` (blank, or the policy it is compared with),
        ``mean``, ``low``, ``high``.
        """
        others = [p for p in ("segment_priority", "myopic") if p in self.policies]
        rows = []
        for measure in MEASURES:
            for policy in self.policies:
                for other in ("", *others):
                    if other != policy:
                        gain = self.interval(policy, measure, other)
                        rows.append((policy, measure, other, gain.mean, gain.low, gain.high))
        names = ["policy", "measure", "against", "mean", "low", "high"]
        return pd.DataFrame(rows, columns=names)

    def __repr__(self) -> str:
        """Give the table."""
        return "\n".join(text_of(self))

    def _repr_html_(self) -> str:
        shown = _table(self)
        return f"<p>{_head(self)}</p>" + shown.to_html(index=False, border=0)

    def plot(self) -> alt.LayerChart:
        """Show each policy's share of what was possible: mean, interval and every world."""
        import altair as alt

        means = self.summary
        means = means[(means["against"] == "") & (means["measure"] == "share")]
        order = list(self.policies)
        y = alt.Y("policy:N", sort=order, title=None)
        worlds = (
            alt.Chart(self.frame)
            .mark_circle(size=18, opacity=0.35, color="#1F3A5F")
            .encode(y=y, x=alt.X("share:Q", scale=alt.Scale(zero=False)), tooltip=["seed", "share"])
        )
        base = alt.Chart(means).encode(y=y)
        bars = base.mark_rule(strokeWidth=3, color="#C8553D").encode(x="low:Q", x2="high:Q")
        points = base.mark_point(filled=True, size=60, color="#C8553D").encode(
            x=alt.X("mean:Q", title="share of the clairvoyant bound", axis=alt.Axis(format="%"))
        )
        return alt.layer(worlds, bars, points).properties(width=560, height=28 * len(order))

    def record(self) -> dict[str, Any]:
        """Everything as plain data."""
        summary = self.summary.astype(object).where(self.summary.notna(), None)
        frame = self.frame.astype(object).where(self.frame.notna(), None)
        return {
            "days": self.days,
            "seeds": self.seeds,
            "confidence": CONFIDENCE,
            "policies": summary.to_dict("records"),
            "worlds": frame.to_dict("records"),
        }

    def write(self, folder: str | Path) -> None:
        """Write ``backtest.csv``, ``summary.csv`` and ``backtest.json``."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.frame.to_csv(folder / "backtest.csv", index=False, lineterminator="\n")
        self.summary.to_csv(folder / "summary.csv", index=False, lineterminator="\n")
        text = json.dumps(self.record(), indent=1)
        (folder / "backtest.json").write_text(text + "\n", encoding="utf-8")


def text_of(result: Backtested) -> list[str]:
    """Say the result in lines of text."""
    return [_head(result), "", *_table(result).to_string(index=False).splitlines()]


def _head(result: Backtested) -> str:
    worlds = "1 world" if result.seeds == 1 else f"{result.seeds} worlds"
    return (
        f"{worlds} of {result.days} days; in brackets {CONFIDENCE:.0%} confidence intervals, "
        "differences paired world by world"
    )


def _table(result: Backtested) -> pd.DataFrame:
    """Policies as rows, written for people; differences in points of per cent."""
    others = [p for p in ("segment_priority", "myopic") if p in result.policies]
    rows = []
    for policy in result.policies:
        row = {"policy": policy, "value, % of bound": _percent(result.interval(policy))}
        for other in others:
            gain = "" if other == policy else _percent(result.interval(policy, less=other), "+")
            row[f"over {other}"] = gain
        row["contracts met, %"] = _percent(result.interval(policy, "met_share"))
        rows.append(row)
    return pd.DataFrame(rows)


def _percent(interval: Interval, sign: str = "") -> str:
    """Write a share in per cent with its interval."""
    if np.isnan(interval.mean):
        return "-"
    mean = f"{100 * interval.mean:{sign}.1f}"
    if np.isnan(interval.low):
        return mean
    return f"{mean} [{100 * interval.low:{sign}.1f}, {100 * interval.high:{sign}.1f}]"
