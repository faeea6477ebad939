"""Every statement of an answer, held against its shipments.

``STATEMENTS`` are the checks, one function for each, that take what ``look_at(scenario, solution)``
makes of an answer.
"""

from __future__ import annotations

from models.judge.statements.all_statements import STATEMENTS
from models.judge.statements.judged_answer import JudgedAnswer, look_at

__all__ = ["STATEMENTS", "JudgedAnswer", "look_at"]
