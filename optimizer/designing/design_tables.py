"""From an answer of the design model to a scenario, and to the tables of S&OP."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from models.settings import Settings
from models.tolerances import DECIMALS, INTEGRALITY
from optimizer.common.steps import step_by_item
from optimizer.designing.compiled_network import CompiledNetwork, Floats
from optimizer.designing.design import Design, Designs
from optimizer.designing.design_answer import DesignAnswer
from optimizer.designing.network_builder import LANE
from optimizer.designing.stock_change import StockChange, stock_change
from optimizer.scenario.table_edits import cast_rows, with_table

NEARLY = 1e-3
"""What is bought may lack so much to a whole step: what is promised has a slack [step]."""
HALF = 0.5
"""A yes-or-no above it is a yes."""


def name_of(level: float) -> str:
    """Name the point of a level."""
    return f"level-{100 * level:g}"


def design_of(
    designs: Designs, compiled: CompiledNetwork, answer: DesignAnswer, levels: Floats
) -> Design:
    """Turn an answer into a scenario: its sites, stock and lanes, and the promise that it keeps."""
    scenario, network = designs.scenario, compiled.network
    is_open = compiled.of_variable("open", answer.vector) > HALF
    scenario = with_table(scenario, "sites", scenario["sites"].assign(open=is_open))
    scenario = replace(scenario, settings=_with_promises(scenario.settings, levels))
    targets = stock_targets(designs, compiled, answer)
    stock = targets.rename(columns={"target": "on_hand"})
    stock = stock[(stock["on_hand"] > 0) | (stock["today"] > 0)]
    scenario = with_table(scenario, "stock", cast_rows("stock", stock))
    extra = 0.0
    if len(designs.lanes):
        runs = compiled.of_variable("runs", answer.vector) > HALF
        extra = float(designs.lanes.loc[runs, "fixed_cost_per_day"].sum())
        today = pd.MultiIndex.from_frame(scenario["lanes"][LANE])
        decided = pd.MultiIndex.from_frame(designs.lanes[LANE])
        kept = scenario["lanes"][~today.isin(decided)]
        lanes = pd.concat([kept, designs.lanes[runs]], ignore_index=True)
        scenario = with_table(scenario, "lanes", cast_rows("lanes", lanes))
    names = ", ".join(network.sites["site"][is_open])
    prices = designs.choices.stock if designs.choices else None
    change = stock_change(designs.scenario, scenario, prices)
    return Design(scenario, f"open: {names}", extra, change)


def _with_promises(settings: Settings, levels: Floats) -> Settings:
    """Promise other levels to segments that have a target, and no more as a floor."""
    segments = {}
    for (name, segment), level in zip(settings.segments.items(), levels.tolist(), strict=True):
        change: dict[str, object] = {}
        if segment.target:
            change["target"] = segment.target.model_copy(update={"level": level})
            if isinstance(segment.floor, float):
                change["floor"] = min(segment.floor, level)
        segments[name] = segment.model_copy(update=change)
    return settings.model_copy(update={"segments": segments})


def stock_targets(
    designs: Designs, compiled: CompiledNetwork, answer: DesignAnswer
) -> pd.DataFrame:
    """Where stock is to be: ``site``, ``item``, ``today``, ``target`` in steps of the items.

    What the network has no use for stays where it is.
    """
    network = compiled.network
    places = network.positions
    wish = compiled.of_variable("positioned", answer.vector)
    bought = compiled.of_variable("bought", answer.vector)
    steps = step_by_item(designs.scenario["items"], network.items["item"])
    target = np.zeros(len(places))
    today = places["today"].to_numpy()
    for code, step in enumerate(steps.tolist()):
        mine = np.flatnonzero(places["item"] == code)
        amount = wish[mine]
        whole = np.floor(amount / step + INTEGRALITY) * step
        total = np.floor((network.items["total"][code] + bought[code]) / step + NEARLY) * step
        room = min(total, np.ceil(amount.sum() / step - INTEGRALITY) * step) - whole.sum()
        by_rest = np.argsort(-(amount - whole), kind="stable")
        whole[by_rest[: round(max(room, 0.0) / step)]] += step
        rest = total - whole.sum()
        for place in np.argsort(-(today[mine] - whole), kind="stable"):
            stays = min(rest, max(today[mine[place]] - whole[place], 0.0))
            whole[place], rest = whole[place] + stays, rest - stays
        target[mine] = np.round(whole, DECIMALS)
    return pd.DataFrame(
        {
            "site": network.sites["site"].to_numpy()[places["site"]],
            "item": network.items["item"].to_numpy()[places["item"]],
            "today": today,
            "target": target,
        }
    )


def tables_of(
    compiled: CompiledNetwork,
    designs: Designs,
    level: float,
    levels: Floats,
    answer: DesignAnswer,
    change: StockChange,
) -> tuple[pd.DataFrame, ...]:
    """Tables of one point; ``change`` is what its network does to today's stock."""
    name, network = name_of(level), compiled.network
    is_open = compiled.of_variable("open", answer.vector) > HALF
    places = stock_targets(designs, compiled, answer)
    places["change"] = places["target"] - places["today"]
    total = network.segments["total"].to_numpy()
    possible = levels - answer.short / np.where(total > 0, total, 1.0)
    sites = network.sites["site"]
    point = pd.DataFrame(
        {
            "point": [name],
            "level": level,
            "cost": answer.cost,
            "bound": answer.bound,
            "gap": answer.gap,
            "open": int(is_open.sum()),
            "stock": float(places["target"].sum()),
            "moved": change.moved,
            "seconds": answer.seconds,
            "bought": change.added,
            "stock_cost": change.cost,
        }
    )
    service = pd.DataFrame(
        {
            "point": name,
            "level": level,
            "segment": network.segments["segment"],
            "promised": levels,
            "possible": possible,
        }
    )
    open_today = designs.scenario["sites"]["open"].to_numpy()
    opened = pd.DataFrame({"point": name, "site": sites, "open": is_open, "today": open_today})
    runs = compiled.of_variable("runs", answer.vector) > HALF
    lanes = pd.DataFrame({c: designs.lanes[c] for c in LANE} if len(designs.lanes) else {})
    lanes = lanes.reindex(columns=LANE).assign(runs=runs)
    lanes.insert(0, "point", name)
    places.insert(0, "point", name)
    return point, service, opened, places, lanes
