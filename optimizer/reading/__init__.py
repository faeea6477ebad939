"""The door: a scenario folder in, a checked :class:`models.scenario.Scenario` out.

``yaml_text`` reads one YAML file with the place of every value, ``header`` merges parents and
overrides, ``settings`` types the result; ``sources`` finds the file of each table, ``csv_files``,
``parquet_files`` and ``workbooks`` read it, ``cells`` types it, ``references`` checks the tables
against one another, ``advice`` warns. Every fault goes into one :class:`faults.Faults`.
"""

from optimizer.reading.door import read_scenario

__all__ = ["read_scenario"]
