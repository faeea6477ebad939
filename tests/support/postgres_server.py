"""A PostgreSQL server of the tests' own: Debian's, in a temporary folder, on a Unix socket only."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

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
    """Run a new server; lend the folder of its socket."""
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


def address(socket: str, database: str) -> str:
    """Write the URL of a database of the server."""
    return f"postgresql+psycopg://tests@/{database}?host={socket}"


def new_database(socket: str, template: str = "template1") -> str:
    """Make a database, empty or as another one; return its URL."""
    name = f"t{secrets.token_hex(6)}"
    _execute(socket, f"CREATE DATABASE {name} TEMPLATE {template}")
    return address(socket, name)


def drop_database(url: str) -> None:
    """Remove a database, whoever is connected."""
    _execute(url.partition("?host=")[2], f"DROP DATABASE {name_in(url)} WITH (FORCE)")


def name_in(url: str) -> str:
    """Return the name of a database, as ``template`` takes it."""
    return url.removeprefix("postgresql+psycopg://tests@/").partition("?")[0]


def _execute(socket: str, statement: str) -> None:
    engine = create_engine(address(socket, "postgres"), poolclass=NullPool)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(statement)


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
