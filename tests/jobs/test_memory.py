"""A process that plans every minute for days does not grow."""

from __future__ import annotations

import gc
from pathlib import Path

import psutil
import pytest

from optimizer.jobs import read_job
from optimizer.jobs.ladder import attempt
from tests.support.job_folders import CONFIG, MONDAY, SOURCES, propose_job, run_ids, write_job

RUNS, WARM, EVERY, MOST = 1_000, 200, 20, 5.0
"""Runs, those before the first measure, runs between two measures, and growth [MB]."""
WINDOW = 200
"""Runs over which the least is taken: libraries keep and return blocks of 20 MB as they like."""


def used() -> float:
    """Memory that only this process has [MB]."""
    gc.collect()
    return psutil.Process().memory_full_info().uss / 1e6


@pytest.mark.long
def test_a_thousand_runs_in_one_process_take_no_more_memory(tmp_path: Path) -> None:
    path = write_job(tmp_path / "job", CONFIG)
    found = {}
    for run in range(RUNS):
        stock = SOURCES["stock"].replace("PUMP,8", f"PUMP,{run}")
        (tmp_path / "job" / "stock.csv").write_text(stock, encoding="utf-8")
        propose_job(path, MONDAY, lambda asked, clock, cancel, tell: attempt(asked, cancel, tell))
        if run % EVERY == 0:
            found[run] = used()
    assert len(run_ids(read_job(path))) == RUNS
    before, after = (
        min(found[run] for run in found if first <= run < first + WINDOW)
        for first in (WARM, RUNS - WINDOW)
    )
    assert after - before < MOST
