"""What a unit is worth over all days: every day after the request is lost, whoever let it pass."""

from __future__ import annotations

import numpy as np

from models.problem import Problem


def worth_by_request(problem: Problem) -> np.ndarray:
    """Worth of a unit shipped after the whole delay since the request [currency], shape (options,).

    A plan of one morning takes the delay until its first possible arrival as given; over many
    mornings a policy would so be forgiven what it put off itself.

    Parameters
    ----------
    problem
        Prepared for a morning, or for all days at once.
    """
    options, line = problem.options, problem.options["line"].to_numpy()
    segments = problem.settings.segments.values()
    kept = np.array([segment.value_kept_per_day_late for segment in segments])
    of = problem.segments["of"].to_numpy()[problem.lines["segment"]]
    value = problem.lines["unit_value"].to_numpy()[line] * options["gives"].to_numpy()
    worth: np.ndarray = value * np.power(kept[of[line]], options["days_late"].to_numpy())
    return worth
