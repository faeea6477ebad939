"""Which versions made a plan."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("allocore", "highspy", "pandas", "pyomo")


def version_of(package: str) -> str:
    """Return the installed version, ``unknown`` for a checkout that is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def versions() -> dict[str, str]:
    """Return the versions of Python and of what decides a plan."""
    return {"python": platform.python_version()} | {name: version_of(name) for name in PACKAGES}
