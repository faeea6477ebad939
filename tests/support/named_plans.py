"""Plans written with names instead of positions, to compare them and to judge them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.problem import Problem

Floats = NDArray[np.float64]


def shipped_rows(problem: Problem, x: Floats) -> pd.DataFrame:
    """Write the units that are shipped as the columns that every rule of the judge needs."""
    kept = problem.options[x > 0]
    line = kept["line"].to_numpy()
    lines = problem.lines
    start = np.datetime64(problem.settings.horizon.start, "s")
    rows = pd.DataFrame(
        {
            "order": problem.orders["order"].to_numpy()[lines["order"].to_numpy()[line]],
            "line": lines["line"].to_numpy()[line],
            "item": problem.items[kept["item"]],
            "site": problem.sites[kept["site"]],
            "service": problem.services[kept["service"]],
            "ship_date": start + kept["day"].to_numpy().astype("timedelta64[D]"),
            "quantity": x[x > 0],
        }
    ).astype(dict.fromkeys(("order", "line", "item", "site", "service"), "str"))
    moves, promise = kept["moves"].to_numpy(), kept["frozen"].to_numpy()
    for name, column in (("ship", "day"), ("arrival", "arrival")):
        made_for = np.append(problem.frozen[column], 0)[promise].astype("timedelta64[D]")
        rows[f"promised_{name}_date"] = np.where(moves, start + made_for, np.datetime64("NaT"))
    keys = [name for name in rows if name != "quantity"]  # promised and free units, certainties
    return rows.groupby(keys, sort=False, dropna=False)["quantity"].sum().reset_index()


def plan_in_names(problem: Problem, x: Floats) -> dict[str, float]:
    """Write units by ``"order/line day service site"``, which ``solverless_plans.units`` reads."""
    rows = shipped_rows(problem, x)
    day = (rows["ship_date"] - pd.Timestamp(problem.settings.horizon.start)).dt.days.astype(str)
    name = rows["order"] + "/" + rows["line"] + " " + day
    return dict(
        zip(name + " " + rows["service"] + " " + rows["site"], rows["quantity"], strict=True)
    )
