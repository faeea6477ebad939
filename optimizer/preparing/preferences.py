"""What is preferred among equals: lines by the ties of their segments, services by its list."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.scenario import Scenario
from models.settings import Ties
from optimizer.common.packing import row_keys
from optimizer.preparing.options import CodedScenario


def preferences(
    scenario: Scenario, coded: CodedScenario, options: dict[str, np.ndarray]
) -> np.ndarray:
    """Place of each option's service in the list of its line's segment, shape (options,).

    Services that a stage lends come after the segment's own, all others last. Forecast demand
    prefers none.
    """
    settings = scenario.settings
    place = np.array(
        [
            [
                _places((*own.services, *stage.lends_services), coded.services)
                for own in settings.segments.values()
            ]
            for stage in settings.stages.values()
        ]
    )
    lines, line = coded.lines, options["line"]
    known = pd.Index(list(settings.stages), dtype="str")
    stage = known.get_indexer(pd.Index(coded.orders["stage"]))[lines["order"].to_numpy()]
    found = place[stage[line], lines["of"].to_numpy()[line], options["service"]]
    return np.where(lines["virtual"].to_numpy()[line], 0, found).astype(np.int32)


def _places(listed: tuple[str, ...], services: np.ndarray) -> list[int]:
    """Place of each service in a list; behind its end if it is not there."""
    return [listed.index(name) if name in listed else len(listed) for name in services]


def precedence(scenario: Scenario, lines: pd.DataFrame) -> np.ndarray:
    """Say how early each line goes among equals: 0 to 1, the higher, the earlier, shape (lines,).

    Lines of all segments with the same rule are ranked together, those that the rule does not tell
    apart alike.

    Parameters
    ----------
    scenario
        For the rules of its segments.
    lines
        Coded, with ``of``, ``requested``, ``ordered_on``, ``unit_value``, ``due`` and ``virtual``.
    """
    age = -row_keys(lines["requested"], lines["ordered_on"])
    keys = {
        Ties.OLDEST_FIRST: age,
        Ties.NEWEST_FIRST: -age,
        Ties.MOST_VALUABLE: lines["unit_value"].to_numpy(),
    }
    rules = [segment.ties for segment in scenario.settings.segments.values()]
    ranks = np.zeros(len(lines))
    for rule, key in keys.items():
        followers = np.array([own is rule for own in rules])[lines["of"].to_numpy()]
        mine = np.flatnonzero(followers & (lines["due"] & ~lines["virtual"]).to_numpy())
        rank = 1.0 + pd.factorize(key[mine], sort=True)[0]
        ranks[mine] = rank / rank.max(initial=1.0)
    return ranks
