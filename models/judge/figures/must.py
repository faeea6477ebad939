"""Lines that a planner wants complete by a day: how late their units are."""

from __future__ import annotations

from models.judge.lookup import Lookup
from models.judge.lookup.commitments import lost_days


def must_delay(lookup: Lookup) -> tuple[float, float]:
    """Add up the days by which units come after their day, and these lines' units.

    A unit that never comes counts one day more than one that comes on the last day there is.

    Returns
    -------
    delay : float
        [ordered unit-day]
    units : float
        What the lines ordered [ordered unit]; 0 = nobody wants any line by a day.
    """
    lines = lookup.lines[lookup.lines["must_by"].notna()]
    if lines.empty:
        return 0.0, 0.0
    wanted = lines[["place"]].assign(arrival=lines["must_by"])
    lost = lost_days(lookup.scenario, lookup.lines, wanted).set_axis(lines["place"])
    placed = lookup.placed[lookup.placed["place"].isin(lines["place"])]
    until = lines.set_index("place")["must_by"].reindex(placed["place"]).to_numpy()
    late = (placed["arrival"] - until).dt.days.clip(lower=0)
    spared = placed["units"] * (lost.reindex(placed["place"]).to_numpy() - late)
    nothing = lines["ordered"].to_numpy() * lost.to_numpy()
    return max(0.0, float(nothing.sum() - spared.sum())), float(lines["ordered"].sum())
