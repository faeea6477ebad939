"""Read files and databases into a checked :class:`models.scenario.Scenario`.

:func:`read_scenario` is the entry point; a job reads with :mod:`optimizer.reading.read` and
:mod:`optimizer.reading.quarantine`.
"""

from optimizer.reading.read import read_scenario

__all__ = ["read_scenario"]
