"""A process that plans every minute for days does not grow."""

from __future__ import annotations

import gc
from pathlib import Path

import psutil
import pytest
from job_folders import CONFIG, MONDAY, SOURCES, proposed, registered, write_job

from optimizer.jobs import read_job
from optimizer.jobs.ladder import attempt

RUNS, WARM, MOST = 1_000, 200, 5.0
"""Runs, those before the first measure, and growth [MB]."""


def used() -> float:
    """Memory that only this process has [MB]."""
    gc.collect()
    return psutil.Process().memory_full_info().uss / 1e6


@pytest.mark.long
def test_a_thousand_runs_in_one_process_take_no_more_memory(tmp_path: Path) -> None:
    path = write_job(tmp_path / "job", CONFIG)
    before = 0.0
    for run in range(RUNS):
        stock = SOURCES["stock"].replace("PUMP,8", f"PUMP,{run}")
        (tmp_path / "job" / "stock.csv").write_text(stock, encoding="utf-8")
        proposed(path, MONDAY, lambda asked, clock, cancel, tell: attempt(asked, cancel, tell))
        if run == WARM:
            before = used()
    assert len(registered(read_job(path))) == RUNS
    assert used() - before < MOST
