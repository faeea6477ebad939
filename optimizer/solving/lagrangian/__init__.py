"""Lagrangian relaxation: a bound on any goal without a solver, and where a good plan ships.

Every row that couples orders (stock, capacity, locked goals) gets a price, its Lagrange multiplier;
without these rows each order is best served by itself. So any prices give a bound, proved by adding
up. See the maths card, "Bounds by prices".
"""

from optimizer.solving.lagrangian.ascent import Ascent, ascend
from optimizer.solving.lagrangian.relaxation import Multipliers, Relaxation
from optimizer.solving.lagrangian.service_weights import service_weights

__all__ = ["Ascent", "Multipliers", "Relaxation", "ascend", "service_weights"]
