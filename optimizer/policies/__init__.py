"""Incumbent rules: fill order by order in a fixed sequence and never revise.

``allocating`` makes the plan of a rule, or of all. ``filling`` holds what they share: the sequence
of lines, and the options of each, best first. ``promises`` ships what was promised beforehand;
``backorders`` is the rule ``bop``, ``shares`` what ``fair_share`` and ``quota`` divide.
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
