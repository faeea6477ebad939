"""Prices of scarce things: a bound on any goal without a solver, and where a good plan ships.

Every row that couples orders (stock, capacity, held goals) gets a price; without these rows each
order has its best answer by itself. So any prices give a bound, proved by adding up.
"""

from optimizer.solving.lagrangian.ascent import ROUNDS, Ascent, ascend
from optimizer.solving.lagrangian.relaxation import Prices, Relaxation, services

__all__ = ["ROUNDS", "Ascent", "Prices", "Relaxation", "ascend", "services"]
