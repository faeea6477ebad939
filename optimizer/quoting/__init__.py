"""Quotes: accept or decline an order now, against a run.

Entry points are :class:`Quoter` and :func:`read_order`.
"""

from optimizer.quoting.order_request import OrderRequest, read_order
from optimizer.quoting.quoter import Quoter

__all__ = ["OrderRequest", "Quoter", "read_order"]
