"""The door: a scenario folder in, a checked :class:`models.scenario.Scenario` out.

``door`` shows the whole way. The header: ``yaml_text`` reads one YAML file with the place of every
value, ``header`` merges parents and overrides, ``typed_settings`` types the result. The tables:
``sources`` finds the source of each, ``csv_files``, ``parquet_files``, ``workbooks`` and
``sql_tables`` (with ``databases``) read it as a ``raw_table``, ``columns`` checks its header,
``cells`` and ``values`` type its cells, ``references`` checks the tables against one another, with
a module for each topic: ``supply``, ``promises``, ``overrides``, ``expectations``. ``advice``
warns. Every fault goes into one list, ``faults``.
"""

from optimizer.reading.read import read_scenario

__all__ = ["read_scenario"]
