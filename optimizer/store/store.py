"""The store: one door to all that is known of runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pandas as pd
from sqlalchemy import ColumnElement, select

from models.errors import UsageError
from optimizer.store import decisions, pruning, publishing, registering, verifying
from optimizer.store.database import Database
from optimizer.store.guard import guard
from optimizer.store.migrating import migrate
from optimizer.store.records import (
    Run,
    StoreChange,
    changes_of,
    find,
    run_by_id,
    run_id_in,
    run_of,
)
from optimizer.store.tables import (
    AUDIT,
    DECISIONS,
    FILES,
    GOALS,
    METADATA,
    OVERRIDES,
    PUBLICATIONS,
    RUNS,
    SERVICE,
    TESTS,
    TOTALS,
)

DETAILS = (GOALS, SERVICE, TOTALS, TESTS, OVERRIDES, FILES, DECISIONS, PUBLICATIONS)


class Store:
    """Runs, their decisions and publications, and the audit.

    Any number of processes may use one store at the same time. Every method raises
    ``SourceUnavailableError`` when the database cannot be reached or stays locked.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, address: str) -> Self:
        """Open a store; make it, or bring its schema to this version, where needed.

        Parameters
        ----------
        address
            URL of SQLite or PostgreSQL (``postgresql+psycopg://user:password@host/database``), or
            the path of an SQLite file.

        Raises
        ------
        UsageError
            When the address is none, or the store is of a newer version.
        SourceUnavailableError
            When the database cannot be reached.
        """
        database = Database(address, wal=True)
        migrate(database)
        return cls(database)

    def __enter__(self) -> Self:
        """Use it until the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    @property
    def name(self) -> str:
        """Address as people may see it."""
        return self._database.name

    def register(self, folder: Path, *, as_of: date, rung: str) -> Run:
        """Register a complete run folder as a proposal.

        Parameters
        ----------
        folder
            As :func:`optimizer.runs.run_writer.write_run` wrote it.
        as_of
            Day that the plan is for.
        rung
            How it was got: ``exact``, ``within_limit``, ``last_goal``, ``greedy``, ``yesterday``.

        Returns
        -------
        Run
            A run whose id is registered is returned as it is there, whatever its status. Only a
            proposal whose files were lost or changed is registered once more with those here.

        Raises
        ------
        UsageError, ScenarioError
            When the folder is no complete run folder.
        ChangedRunError
            When its files are not those that the run wrote.
        """
        return registering.register(self._database, folder, as_of, rung)

    def find(self, run: str) -> Run | None:
        """Return the run of this id; None when it is not registered."""
        with self._database.reading() as connection:
            return find(connection, run)

    def find_by_name(self, name: str) -> Run:
        """Return the run of an id, the beginning of one, or a folder.

        Raises
        ------
        UsageError
            When none is registered by that name, or several.
        """
        if not name:
            msg = "name a run: its id, the beginning of one, or its folder"
            raise UsageError(msg)
        inside = run_id_in(Path(name))
        begins = RUNS.c.run.startswith(name, autoescape=True)
        asked = RUNS.c.run == inside if inside else begins
        with self._database.reading() as connection:
            rows = connection.execute(select(RUNS).where(asked).order_by(RUNS.c.run))
            found = [run_of(row) for row in rows]
        whole = [run for run in found if run.run == name] or found
        if len(whole) == 1:
            return whole[0]
        if whole:
            ids = ", ".join(run.run for run in whole[:5])
            msg = f"{name} is the beginning of {len(whole)} runs ({ids} ...): write more of it"
        else:
            msg = f"no run {name} is registered in {self.name}; `allocore runs list` names them"
        raise UsageError(msg)

    def changes(self, run: str) -> list[str]:
        """Say which files of a run are not as they were registered; nothing when all are.

        Raises
        ------
        UsageError
            When the run is not registered.
        """
        with self._database.reading() as connection:
            return changes_of(connection, run_by_id(connection, run))

    def last_approved(self, scenario: str, before: date | None = None) -> Run | None:
        """Return the approved run of a scenario for the latest day.

        Parameters
        ----------
        scenario
            Its name.
        before
            Only days before this one.

        Returns
        -------
        Run or None
            Of several for that day, the one approved last.
        """
        asked = (RUNS.c.scenario == scenario) & (RUNS.c.status == "approved")
        if before is not None:
            asked &= RUNS.c.as_of < before
        decided = select(RUNS).join(DECISIONS, DECISIONS.c.run == RUNS.c.run).where(asked)
        latest = decided.order_by(RUNS.c.as_of.desc(), DECISIONS.c.seq.desc()).limit(1)
        with self._database.reading() as connection:
            row = connection.execute(latest).first()
        return run_of(row) if row else None

    def runs(
        self, *, scenario: str | None = None, status: str | None = None, as_of: date | None = None
    ) -> pd.DataFrame:
        """Return runs, the newest first; the columns are the fields of :class:`Run`."""
        given = {RUNS.c.scenario: scenario, RUNS.c.status: status, RUNS.c.as_of: as_of}
        asked = [column == value for column, value in given.items() if value is not None]
        newest = (RUNS.c.as_of.desc(), RUNS.c.created.desc(), RUNS.c.run)
        return self._frame(RUNS.name, *asked, order=newest)

    def details(self, run: str) -> dict[str, pd.DataFrame]:
        """Return what is kept of a run.

        Returns
        -------
        dict
            ``goals``, ``service``, ``totals``, ``tests`` (of the plan), ``overrides``, ``files``,
            ``decisions``, ``publications``: a frame each.
        """
        tables = {table.name: table for table in DETAILS}
        with self._database.reading() as connection:
            answers = {
                name: connection.execute(select(table).where(table.c.run == run).order_by(*table.c))
                for name, table in tables.items()
            }
            return {
                name: pd.DataFrame(answer.all(), columns=list(answer.keys())).drop(columns="run")
                for name, answer in answers.items()
            }

    def approve(self, run: str, by: str, note: str = "") -> StoreChange:
        """Approve a proposal, for good.

        Parameters
        ----------
        run
            Its id.
        by, note
            Who decides, and why; kept as given.

        Returns
        -------
        StoreChange
            The same call again changes nothing, and says so.

        Raises
        ------
        UsageError
            When it was rejected, or is not registered.
        ChangedRunError
            When its files are not those that were registered.
        """
        return decisions.decide(self._database, run, "approved", by, note)

    def reject(self, run: str, by: str, note: str = "") -> StoreChange:
        """Reject a proposal, for good; as :meth:`approve`, without a look at its files."""
        return decisions.decide(self._database, run, "rejected", by, note)

    def publish(
        self, run: str, *, to: Path | None = None, into: tuple[str, str] | None = None
    ) -> StoreChange:
        """Publish the priority list of an approved run.

        Parameters
        ----------
        run
            Its id.
        to
            CSV or Parquet file, which is replaced whole.
        into
            Address of a database, and name of a table in it: there the run's rows take the place
            of all rows of the same scenario.

        Returns
        -------
        StoreChange
            Where the same run is already there, nothing changes, and that is said.

        Raises
        ------
        UsageError
            When it is not approved, or cannot be written there.
        ExpectationError
            When it fails a test of the plan.
        ChangedRunError
            When its files are not those that were registered.
        """
        return publishing.publish(self._database, run, to, into)

    @contextmanager
    def guard(self, folder: Path) -> Iterator[None]:
        """Guard a folder, and let nobody approve anything while it is replaced.

        Raises
        ------
        UsageError
            When it is the folder of an approved run.
        """
        with guard(self._database, folder):
            yield

    def audit(self) -> pd.DataFrame:
        """Return the audit: ``seq``, ``at``, ``event``, ``run``, ``details``, hashes."""
        return self._frame(AUDIT.name, order=(AUDIT.c.seq,))

    def verify(self, run: str | None = None) -> list[str]:
        """Verify the audit's chain, the store against it, and registered files by their hashes.

        Parameters
        ----------
        run
            Only the files of this one; by default of all.

        Returns
        -------
        list of str
            A sentence for each finding; none when all is well.
        """
        with self._database.reading() as connection:
            return verifying.verify(connection, run)

    def prune(self, older_than_days: float) -> list[str]:
        """Remove runs that were registered longer ago, their rows and folders.

        Parameters
        ----------
        older_than_days
            Age [days].

        Returns
        -------
        list of str
            Ids of removed runs. Approved and published ones stay, and so does the audit.
        """
        return pruning.prune(self._database, older_than_days)

    def _frame(
        self, name: str, *asked: ColumnElement[bool], order: tuple[ColumnElement[Any], ...]
    ) -> pd.DataFrame:
        table = METADATA.tables[name]
        with self._database.reading() as connection:
            answer = connection.execute(select(table).where(*asked).order_by(*order))
            return pd.DataFrame(answer.all(), columns=list(answer.keys()))
