"""Where the checkout is, and what lies beside it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
"""The project's top folder."""
SHARED = ROOT.parent / "shared"
"""Material beside the project: there in CI, not at a user's."""
