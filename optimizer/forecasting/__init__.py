"""Expected demand: from order history to the table ``forecast``, and how far off it is."""

from optimizer.forecasting.accuracy import forecast_errors
from optimizer.forecasting.demand import DemandForecast, learn
from optimizer.forecasting.history import history_of, history_within, read_history

__all__ = [
    "DemandForecast",
    "forecast_errors",
    "history_of",
    "history_within",
    "learn",
    "read_history",
]
