"""The scenarios that come with the package: what there is, and a copy to start from."""

from __future__ import annotations

import shutil
from pathlib import Path

from models.errors import UsageError

PACKAGE = Path(__file__).parents[1]
INSTALLED = PACKAGE / "scenarios"
CHECKOUT = PACKAGE.parent / "scenarios"


def bundled_names() -> list[str]:
    """Return the names of the bundled scenarios, sorted: ``quickstart``, ``lessons/packs`` ..."""
    home = _home()
    headers = [*home.glob("*/scenario.yaml"), *home.glob("*/*/scenario.yaml")]
    return sorted(header.parent.relative_to(home).as_posix() for header in headers)


def copy_bundled(name: str, folder: str | Path) -> Path:
    """Copy a bundled scenario, so that it can be changed and run.

    Parameters
    ----------
    name
        One of :func:`bundled_names`.
    folder
        Where to: a new folder, made with its parents, or an empty one.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    UsageError
        When there is no scenario of that name, or the folder is not free or cannot be written.
    """
    names = bundled_names()
    if name not in names:
        msg = f"no bundled scenario is called {name!r}; choose one of: {', '.join(names)}"
        raise UsageError(msg)
    target = Path(folder)
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            msg = f"{target} is not an empty folder; name a new one or empty it first"
            raise UsageError(msg)
        shutil.copytree(_home() / name, target, dirs_exist_ok=True)
    except OSError as error:
        msg = f"cannot copy the scenario to {target}: {error.strerror or error}"
        raise UsageError(msg) from error
    return target


def _home() -> Path:
    return INSTALLED if INSTALLED.is_dir() else CHECKOUT
