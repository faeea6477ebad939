"""Incumbent rules: fill order by order in a fixed sequence and never revise; and tidying.

Entry points are :func:`allocate` and :func:`allocate_all`.
"""

from optimizer.policies.allocating import allocate, allocate_all
from optimizer.policies.backorders import exceptions
from optimizer.policies.commitment_keeping import keep_commitments, keep_frozen
from optimizer.policies.fill_order import SEQUENCES, best_first, top_up, turns_of

__all__ = [
    "SEQUENCES",
    "allocate",
    "allocate_all",
    "best_first",
    "exceptions",
    "keep_commitments",
    "keep_frozen",
    "top_up",
    "turns_of",
]
