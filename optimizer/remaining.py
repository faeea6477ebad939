"""Stock and capacity that a plan in the making leaves: what one more unit by an option may use."""

from __future__ import annotations

import numpy as np

from models.problem import Problem

TINY = 1e-9


class Remaining:
    """Book shipments one by one; plain lists, because single look-ups are what it is for.

    Parameters
    ----------
    problem
        Integer-coded.
    """

    def __init__(self, problem: Problem) -> None:
        options, epochs = problem.options, problem.epochs
        self.shipped = np.zeros(len(options))
        self._upper = options["upper"].tolist()
        self._effort = options["effort"].tolist()
        self._epoch = options["epoch"].tolist()
        self._atp = epochs.groupby("pair")["arriving"].cumsum().tolist()
        pair = epochs["pair"].to_numpy()
        self._end = np.searchsorted(pair, pair, side="right").tolist()
        self._site_left = [*problem.site_days["limit"].tolist(), np.inf]
        self._lane_left = [*problem.lane_days["limit"].tolist(), np.inf]
        self._site_day = options["site_day"].tolist()
        self._lane_day = options["lane_day"].tolist()
        self._lane_total = options["lane_total"].tolist()
        self._whole = problem.lines["whole"].to_numpy()[options["line"]].tolist()

    def free(self, option: int) -> float:
        """Units that can still be shipped by the option, beyond what it ships already."""
        epoch, effort = self._epoch[option], self._effort[option]
        site_left = self._site_left[self._site_day[option]]
        units = min(
            self._upper[option] - float(self.shipped[option]),
            min(self._atp[epoch : self._end[epoch]]),
            site_left / effort if effort > 0 else np.inf,
            self._lane_left[self._lane_day[option]],
            self._lane_left[self._lane_total[option]],
        )
        return float(np.floor(units + TINY)) if self._whole[option] else max(units, 0.0)

    def book(self, option: int, units: float) -> None:
        """Ship units by the option; negative to take them back."""
        self.shipped[option] += units
        epoch = self._epoch[option]
        for later in range(epoch, self._end[epoch]):
            self._atp[later] -= units
        self._site_left[self._site_day[option]] -= units * self._effort[option]
        self._lane_left[self._lane_day[option]] -= units
        self._lane_left[self._lane_total[option]] -= units
