"""Accept or decline an order now, against a run.

``quoting`` is the whole way; ``asking`` reads the order, ``left`` says what the plan leaves,
``answers`` is what comes out.
"""

from optimizer.quoting.order_request import Asked, read_order
from optimizer.quoting.quoter import Quoter

__all__ = ["Asked", "Quoter", "read_order"]
