"""Today's scenario with an earlier plan as yesterday's, so that only what must change does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from models.goals import GoalName
from models.scenario import Scenario
from models.settings import Settings
from models.solution import Solution
from optimizer.common.membership import BETWEEN, is_among
from optimizer.common.words import several
from optimizer.reading.read import read_scenario
from optimizer.scenario.frozen_commitments import with_items
from optimizer.scenario.scenario_writer import write_scenario
from optimizer.scenario.table_edits import SHIPMENT, complete_rows, sums_by_shipment, with_table

PROMISE = ["order", "line", "item", "ship_date"]
"""What a promise that is moved is known by."""


def stay_near(scenario: Scenario, earlier: Solution) -> Scenario:
    """Take what an earlier plan has still to ship as commitments that may change, but least of all.

    Parameters
    ----------
    scenario
        Today's. What is frozen stays so; its commitments that are not give way to the plan.
    earlier
        The plan. What leaves before today's start has left.

    Returns
    -------
    Scenario
        ``stability`` is among its goals, the last one if it was not, and the goals after ``value``
        may take ``give_up.value_after`` of it. A warning says which shipments today's tables do
        not know; these are left out.

    Raises
    ------
    ScenarioError
        When the shipments cannot be commitments, as where lines that today's overrides lock would
        have to ship by ways that are gone and ``commitments_stale`` refuses that.
    """
    own = with_items(scenario, scenario["commitments"])
    frozen = own[own["frozen"]]
    rows = _still_to_ship(scenario, earlier, frozen)
    known = _is_known(scenario, rows)
    firm = pd.MultiIndex.from_frame(frozen[SHIPMENT])
    free = rows[known & ~pd.MultiIndex.from_frame(rows[SHIPMENT]).isin(firm)]
    both = pd.concat([frozen, free.assign(frozen=False)], ignore_index=True)
    near = with_table(scenario, "commitments", complete_rows("commitments", both))
    checked = _checked(replace(near, settings=_settings(scenario.settings)))
    said = (*scenario.warnings, *checked.warnings, *_left_out(rows[~known]))
    return replace(checked, warnings=tuple(dict.fromkeys(said)))


def _still_to_ship(scenario: Scenario, earlier: Solution, frozen: pd.DataFrame) -> pd.DataFrame:
    """List what leaves from today on; not what moves a promise that is frozen today, too."""
    rows = earlier.shipments
    start = pd.Timestamp(scenario.settings.horizon.start)
    made_for = rows.assign(ship_date=rows["promised_ship_date"])[PROMISE]
    moves = pd.MultiIndex.from_frame(made_for).isin(pd.MultiIndex.from_frame(frozen[PROMISE]))
    return sums_by_shipment(rows[(rows["ship_date"] >= start).to_numpy() & ~moves])


def _is_known(scenario: Scenario, rows: pd.DataFrame) -> np.ndarray:
    """Whether today's tables know order, line, item, site and service, shape (rows,)."""
    lines, swaps = scenario["lines"], scenario["substitutes"]
    item = lines.set_index(["order", "line"])["item"]
    own = item.reindex(pd.MultiIndex.from_frame(rows[["order", "line"]])).fillna("").to_numpy()
    may = is_among(own + BETWEEN + rows["item"], swaps["item"] + BETWEEN + swaps["substitute"])
    known = (own == rows["item"].to_numpy()) | may
    known &= is_among(rows["site"], scenario["sites"]["site"])
    known &= is_among(rows["service"], list(scenario.settings.services))
    return np.asarray(known & (own != ""))


def _settings(settings: Settings) -> Settings:
    """Let as little change as can be after all goals, for a small part of the value."""
    goals = tuple(dict.fromkeys((*settings.goals, GoalName.STABILITY)))
    share = max(settings.give_up.value, settings.give_up.value_after)
    give_up = settings.give_up.model_copy(update={"value": share})
    return settings.model_copy(update={"goals": goals, "give_up": give_up})


def _checked(near: Scenario) -> Scenario:
    """Let the door check the commitments, as it will where the run's copy is planned again."""
    with TemporaryDirectory() as spare:
        folder = Path(spare) / "scenario"
        write_scenario(near, folder, "parquet")
        return read_scenario(folder)


def _left_out(rows: pd.DataFrame) -> tuple[str, ...]:
    """Count the shipments of the earlier plan that today's tables do not know."""
    if rows.empty:
        return ()
    first = rows.iloc[0]
    named = f"order {first['order']!r} line {first['line']!r} from {first['site']!r}"
    return (
        f"{several(len(rows), 'shipment')} of the earlier plan left out, of orders, lines, items, "
        f"sites or services that are gone: {named} first.",
    )
