"""Where the store is: an option, an environment variable, or a file in the working directory."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "ALLOCORE_STORE"
"""Environment variable with the URL of the store; it may hold a password."""
FILE = "allocore.db"
"""SQLite file in the working directory, where nobody says."""


def address_of(given: str | None = None) -> str:
    """Return the address that was given, else that of the environment, else the default's.

    Parameters
    ----------
    given
        A URL, or the path of an SQLite file.
    """
    return given or os.environ.get(VARIABLE) or f"sqlite:///{FILE}"


def is_here() -> bool:
    """Tell whether this place has a store, without opening it: one is named, or is a file."""
    return bool(os.environ.get(VARIABLE)) or Path(FILE).exists()
