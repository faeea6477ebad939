"""Cases of the trade beside the project: skipped where they are missing, a failure in CI."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.folders import SHARED

CASES = SHARED / "cases"


def case_folder(case: str, scenario: str = "") -> Path:
    """Return the folder of a scenario of a case, or of the case itself."""
    folder = CASES / case / scenario
    if not folder.is_dir():
        absent = f"the case {case} (../shared/cases) is not beside the project"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(absent)
    return folder
