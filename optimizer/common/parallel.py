"""Independent pieces of work in other processes: of this machine, or of a Dask cluster."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager

from models.errors import SourceUnavailableError, UsageError


@contextmanager
def workers(processes: int | None = None, dask: str | None = None) -> Iterator[Executor]:
    """Lend an executor; when the block ends with an error, work that has not begun is dropped.

    Parameters
    ----------
    processes
        On this machine; None = one for each core. They are started anew, never forked: solvers
        and databases do not survive a fork.
    dask
        Address of a scheduler, as ``tcp://host:8786``, instead; needs the extra ``[dask]``, and
        Allocore where its workers run.

    Raises
    ------
    UsageError
        Where ``dask`` is asked for and not installed.
    SourceUnavailableError
        Where nothing answers at the address.
    """
    pool = _cluster(dask) if dask else _processes(processes)
    with pool as executor:
        try:
            yield executor
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            raise


@contextmanager
def _processes(count: int | None) -> Iterator[Executor]:
    with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    try:
        from distributed import Client
    except ImportError as error:
        msg = "a Dask cluster needs the extra dask: pip install 'allocore[dask]'"
        raise UsageError(msg) from error
    try:
        client = Client(address, timeout=10)
    except OSError as error:
        msg = f"no Dask scheduler answers at {address}: {error}"
        raise SourceUnavailableError(msg) from error
    with client, client.get_executor() as executor:
        yield executor
