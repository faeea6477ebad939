"""Expected demand: from order history to the table ``forecast``, and how far off it is.

``history`` reads; ``demand`` learns level, weekdays and lead times; ``measuring`` holds days out
and compares with a seasonal naive forecast.
"""

from optimizer.forecasting.accuracy import measured
from optimizer.forecasting.demand import Demand, learn
from optimizer.forecasting.history import history_of, read_history

__all__ = ["Demand", "history_of", "learn", "measured", "read_history"]
