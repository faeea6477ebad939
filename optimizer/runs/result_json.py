"""``result.json``: status, goals and totals, written and read back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from models.solution import Goal, Solution, Status


class RunResult(BaseModel):
    """What the file holds."""

    model_config = ConfigDict(extra="forbid")

    scenario: str
    policy: str
    status: Status
    goals: tuple[Goal, ...]
    totals: dict[str, float]


def result_of(solution: Solution) -> dict[str, Any]:
    """Give goals and totals as the file has them."""
    return {
        "scenario": solution.scenario,
        "policy": solution.policy,
        "status": solution.status,
        "goals": [asdict(goal) for goal in solution.goals],
        "totals": dict(solution.totals),
    }


def read_result(path: Path) -> RunResult:
    """Read the file.

    Raises
    ------
    OSError
        When it cannot be read.
    ValueError
        When it says anything else; the message names the place.
    """
    try:
        return RunResult.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{place}: {first['msg']}" if place else first["msg"]) from error
