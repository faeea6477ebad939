"""All options: what the rules of the scenario allow, and what keeps or moves frozen commitments."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.scenario import Scenario
from optimizer.preparing.names import rows_of
from optimizer.preparing.options import (
    CodedScenario,
    OptionList,
    Routes,
    arrivals_by_day,
    free_options,
    is_permitted,
    journeys,
    open_calendars,
    option_list,
)
from optimizer.scenario.calendars import Calendars


def possible_options(
    scenario: Scenario, coded: CodedScenario, promised: pd.DataFrame
) -> OptionList:
    """List the options, sorted by line, pair, service, ship day and promise.

    Parameters
    ----------
    scenario
        For entitlements, windows, calendars and the horizon.
    coded
        The rest of it, in codes.
    promised
        Frozen commitments, coded, with their arrivals; each is an option of its own, and has
        further ones that move it where it is ``in_doubt``.
    """
    calendars = open_calendars(scenario, coded.lanes, scenario.settings.horizon.days)
    free = free_options(scenario, calendars, coded)
    if promised.empty:
        return free
    parts = [free, _frozen_options(scenario, calendars, coded, promised)]
    if (promised["lost"] > 0).any():
        parts.append(_moved_options(scenario, calendars, coded, promised))
    columns = {
        name: np.concatenate([part.columns[name] for part in parts]) for name in free.columns
    }
    pair, lane = (np.concatenate([getattr(p, n) for p in parts]) for n in ("pair", "lane"))
    keys = (columns["line"], pair, columns["service"], columns["day"], columns["frozen"])
    order = np.lexsort(keys[::-1])
    columns = {name: column[order] for name, column in columns.items()}
    return OptionList(columns, pair[order], lane[order])


def _frozen_options(
    scenario: Scenario, calendars: Calendars, coded: CodedScenario, promised: pd.DataFrame
) -> OptionList:
    """List the options that keep frozen commitments, from supply of any certainty."""
    order = coded.lines["order"].to_numpy()[promised["line"]]
    asked = promised.assign(region=coded.orders["region"].to_numpy()[order])
    lane = rows_of(coded.lanes, ["site", "region", "service"], asked)
    places = coded.pairs[["site", "item", "first_day"]].assign(pair=coded.pairs.index)
    kept = promised.assign(lane=lane, promise=np.arange(len(promised)))
    kept = kept[lane >= 0].merge(places, on=["site", "item"])
    kept = kept[(kept["day"] >= kept["first_day"]) & (kept["day"] >= 0)]
    line, pair, chosen = (kept[n].to_numpy(dtype=np.int32) for n in ("line", "pair", "lane"))
    routes = Routes(line, pair, chosen, kept["gives"].to_numpy(), kept["penalty"].to_numpy())
    day = kept["day"].to_numpy(dtype=np.int32)
    route = np.arange(len(kept), dtype=np.int32)
    arrivals, row = arrivals_by_day(calendars, coded, routes, scenario.settings.horizon.days)
    listed = option_list(scenario, coded, routes, route, day, arrivals[row, day])
    listed.columns["frozen"] = kept["promise"].to_numpy(dtype=np.int32)
    return listed


def _moved_options(
    scenario: Scenario, calendars: Calendars, coded: CodedScenario, promised: pd.DataFrame
) -> OptionList:
    """List the options that keep frozen commitments in doubt on another day, or another way.

    The same item from any open site, of any certainty, by a service that the line may use or by
    the lane that was promised; later than promised, or arriving no earlier.
    """
    order = coded.lines["order"].to_numpy()[promised["line"]]
    asked = promised.assign(
        region=coded.orders["region"].to_numpy()[order], promise=np.arange(len(promised))
    )
    asked = asked[asked["in_doubt"]].rename(columns={"site": "from", "service": "by"})
    pairs = coded.pairs[["site", "item"]].assign(pair=coded.pairs.index)
    lanes = coded.lanes[["site", "region", "service"]].assign(lane=coded.lanes.index)
    ways = asked.merge(pairs, on="item").merge(lanes, on=["site", "region"])
    line, pair, lane = (ways[n].to_numpy(dtype=np.int32) for n in ("line", "pair", "lane"))
    routes = Routes(line, pair, lane, ways["gives"].to_numpy(), ways["penalty"].to_numpy())
    own = ((ways["site"] == ways["from"]) & (ways["service"] == ways["by"])).to_numpy()
    usable = own | is_permitted(scenario, coded, routes)
    routes, own, ways = routes.where(usable), own[usable], ways[usable].reset_index(drop=True)
    route, day, arrival = journeys(scenario, calendars, coded, routes)
    made_for = ways.iloc[route]
    later = day > made_for["day"].to_numpy()
    other = later | (arrival >= made_for["arrival"].to_numpy())
    other &= ~(own[route] & (day == made_for["day"].to_numpy()))
    route, day, arrival, made_for = route[other], day[other], arrival[other], made_for[other]
    listed = option_list(scenario, coded, routes, route, day, arrival)
    listed.columns["frozen"] = made_for["promise"].to_numpy(dtype=np.int32)
    listed.columns["moves"][:] = True
    delay = np.maximum(arrival - made_for["arrival"].to_numpy(), 0)
    listed.columns["delay"] = delay.astype(np.int32)
    return listed
