"""The plan as a question: all but a few orders keep exactly what the plan gives them."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from models.scenario import Scenario
from models.settings import Policy, Stability
from optimizer.scenario.frozen_commitments import with_items
from optimizer.scenario.table_edits import SHIPMENT, cast_rows, sums_by_shipment

KEYS = SHIPMENT


def freeze_others(
    scenario: Scenario, shipments: pd.DataFrame, free: Collection[str], *, as_now: bool = False
) -> Scenario:
    """Freeze the shipments of all but some orders, and hold everything else of theirs.

    Parameters
    ----------
    scenario
        The question.
    shipments
        What others keep, as in ``shipments.csv``.
    free
        Orders that are planned anew, with what was committed to them before.
    as_now
        Whether their shipments in the plan are their commitments that may change, so that what
        changes is counted.

    Returns
    -------
    Scenario
        A plan of it, and the shipments kept, are a plan of ``scenario``.
    """
    names = list(free)
    given = sums_by_shipment(shipments)
    theirs = given[~given["order"].isin(names)].assign(frozen=True)
    before = scenario["commitments"]
    own = before[before["order"].isin(names)]
    if as_now:
        kept = own[own["frozen"]]
        now = given[given["order"].isin(names)].assign(frozen=False)
        named = with_items(scenario, kept)
        same = pd.MultiIndex.from_frame(now[KEYS]).isin(pd.MultiIndex.from_frame(named[KEYS]))
        own = pd.concat([kept, now[~same]])
    commitments = cast_rows("commitments", pd.concat([own, theirs], ignore_index=True))
    others = scenario["orders"]["order"]
    held = pd.DataFrame({"order": others[~others.isin(names)], "line": "", "action": "hold"})
    by_hand = scenario["overrides"]
    stays = by_hand["order"].isin(names) | (by_hand["action"] == "tier")
    overrides = pd.concat([by_hand[stays], held.assign(value=np.nan, by="", note="")])
    settings = scenario.settings.model_copy(
        update={"policy": Policy.OPTIMAL, "stability": Stability(), "expect": ()}
    )
    tables = {"commitments": commitments, "overrides": cast_rows("overrides", overrides)}
    return Scenario(settings, {**scenario.tables, **tables})
