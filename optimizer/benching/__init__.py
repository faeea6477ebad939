"""How fast the parts are, beside their competitors, on generated peak weeks.

Hands on nothing: a contender's memory holds only what it imports itself. The entry points are
``measurement.measure_all`` and ``peak_week.generate``.
"""
