"""Work in other processes."""

from __future__ import annotations

import os

import pytest

from models.errors import SourceUnavailableError
from optimizer.common.parallel import workers


def test_work_runs_in_other_processes() -> None:
    with workers(1) as pool:
        assert pool.submit(os.getpid).result() != os.getpid()


def test_work_runs_on_a_dask_cluster() -> None:
    from distributed import LocalCluster

    local = LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None)
    with local, workers(dask=local.scheduler_address) as pool:
        assert list(pool.map(abs, [-1, 2])) == [1, 2]


def test_a_cluster_that_does_not_answer_is_said() -> None:
    with (
        pytest.raises(SourceUnavailableError, match="no Dask scheduler"),
        workers(dask="tcp://127.0.0.1:9"),
    ):
        pass
