"""The verdict on an answer: rules first, then every figure, goal and reason that it states."""

from __future__ import annotations

from models.errors import RuleViolationError
from models.judge.shipments import rules_broken_by
from models.judge.shipments.reserve import reserve_holds
from models.judge.statements import STATEMENTS, look_at
from models.scenario import Scenario
from models.solution import Solution


def judge(scenario: Scenario, solution: Solution) -> list[str]:
    """Say which rules an answer breaks and which of its statements the shipments do not bear out.

    Returns
    -------
    list of str
        One sentence for each finding; empty for an answer that may leave the house.
    """
    answer = look_at(scenario, solution)
    return [
        *rules_broken_by(answer.lookup, answer.whole, solution.shipments, solution.transfers),
        *reserve_holds(scenario, solution.reserve, answer.whole),
        *(sentence for statement in STATEMENTS for sentence in statement(answer)),
    ]


def assert_obeys(scenario: Scenario, solution: Solution) -> None:
    """Raise unless the judge finds nothing.

    Raises
    ------
    RuleViolationError
        Carries every finding.
    """
    findings = judge(scenario, solution)
    if findings:
        raise RuleViolationError(findings)
