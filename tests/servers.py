"""A PostgreSQL server of the tests' own: Debian's, in a temporary folder, on a Unix socket only."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = Path("/usr/lib/postgresql")
"""Where Debian puts each version."""
OWNER = "postgres"
"""Who runs the server where the tests are root's, whom it refuses."""
SPEEDS = {"fsync": "off", "listen_addresses": "''", "max_connections": "60"}
"""A killed client loses nothing by these; a crash of the machine is not what is tested."""


def programs() -> Path | None:
    """Return the folder of the newest version's programs; None where none is installed."""
    found = sorted(PROGRAMS.glob("*/bin"), key=lambda path: int(path.parent.name))
    return found[-1] if found else None


@contextmanager
def server(bin_folder: Path) -> Iterator[str]:
    """Run a new server; lend the address of its socket, as a URL needs it."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, OWNER)
        data = folder / "data"
        _run(bin_folder / "initdb", "-A", "trust", "-U", "tests", "-E", "UTF8", "-D", data)
        options = " ".join(f"-c {name}={value}" for name, value in SPEEDS.items())
        control = (bin_folder / "pg_ctl", "-D", data, "-w")
        _run(*control, "-l", folder / "log", "-o", f"{options} -k {folder}", "start")
        try:
            yield str(folder)
        finally:
            _run(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(*command: Path | str) -> None:
    words: Sequence[str] = [str(word) for word in command]
    if os.geteuid() == 0:
        pwd.getpwnam(OWNER)  # says who is missing
        words = ["runuser", "-u", OWNER, "--", *words]
    done = subprocess.run(  # noqa: S603
        words, capture_output=True, text=True, check=False, cwd="/", env=_environment()
    )
    if done.returncode:
        msg = f"{words}: {done.stdout}{done.stderr}"
        raise RuntimeError(msg)


def _environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"}
