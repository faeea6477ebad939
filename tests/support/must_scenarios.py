"""Tiny scenarios of every rule in which two lines must be complete by the second day."""

from __future__ import annotations

from models.scenario import Scenario
from tests.support.mixed_scenarios import mixed_draft


def must_scenario(seed: int) -> Scenario:
    """Draw a mixed scenario; the last two lines that nobody holds must be complete by a day."""
    draft = mixed_draft(seed)
    held = {row["order"] for row in draft.tables.get("overrides", []) if row["action"] == "hold"}
    for row in draft.tables.get("overrides", []):
        row["until"] = ""
    free = [line for line in draft.tables["lines"] if line["order"] not in held]
    for line in free[-2:]:
        rows = {"order": line["order"], "line": line["line"], "action": "must"}
        draft.add("overrides", **rows, value="", until="2026-11-24")
    return draft.scenario()
