"""One job at a time; a holder that dies holds nothing."""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from models.errors import AllocoreError, LockedError, UsageError
from optimizer.jobs import read_job
from optimizer.jobs.locking import HOLDER, folder_lock
from tests.support.job_folders import (
    CONFIG,
    MONDAY,
    Remembering,
    propose_error,
    propose_job,
    run_ids,
    write_job,
)

HELD, FREE = 7, 0


def child(work: Callable[[], int]) -> int:
    """Start the work in a process of its own; return its number."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        number = os.fork()
    if number == 0:
        faulthandler.disable()  # its death is wanted
        code = 99
        try:
            code = work()
        finally:
            os._exit(code)
    return number


def ended(number: int) -> int:
    """Wait for a process; return how it ended."""
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def hold(folder: Path) -> int:
    """Hold the lock until somebody ends the process."""
    with folder_lock(folder, 0):
        (folder / "held").touch()
        time.sleep(600)
    return 0


def holding(folder: Path) -> int:
    """Start a process that holds the lock."""
    number = child(lambda: hold(folder))
    while not (folder / "held").exists():
        time.sleep(0.01)
    return number


def test_who_comes_second_is_told_who_came_first(tmp_path: Path) -> None:
    number = holding(tmp_path)
    try:
        began = time.monotonic()
        with pytest.raises(LockedError, match=f"process {number} on "), folder_lock(tmp_path, 0.3):
            pass
        assert time.monotonic() - began >= 0.3
    finally:
        os.kill(number, signal.SIGKILL)
        ended(number)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGABRT])
def test_a_dead_holder_blocks_nobody(tmp_path: Path, number: signal.Signals) -> None:
    for _ in range(5):
        holder = holding(tmp_path)
        os.kill(holder, number)
        ended(holder)
        assert json.loads((tmp_path / HOLDER).read_text())["pid"] == holder
        with folder_lock(tmp_path, 0):
            assert json.loads((tmp_path / HOLDER).read_text())["pid"] == os.getpid()
        assert not (tmp_path / HOLDER).exists()
        (tmp_path / "held").unlink()


def test_a_holder_that_said_nothing_is_named_as_such(tmp_path: Path) -> None:
    holder = holding(tmp_path)
    (tmp_path / HOLDER).write_text("{", encoding="utf-8")
    with pytest.raises(LockedError, match="not yet said"), folder_lock(tmp_path, 0):
        pass
    os.kill(holder, signal.SIGKILL)
    ended(holder)


def test_a_lock_is_let_go_when_the_job_fails(tmp_path: Path) -> None:
    path = write_job(tmp_path / "job", orders="order\n")
    assert propose_error(path) is not None
    with folder_lock(tmp_path / "job" / "runs", 0):
        pass


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(UsageError, match="cannot write"),
        folder_lock(tmp_path / "file" / "runs", 0),
    ):
        pass


def together(count: int, folder: Path, config: str) -> list[int]:
    """Let so many jobs begin at the same moment; return how each ended."""
    path, plans = write_job(folder, config), Remembering()
    propose_job(write_job(folder.with_name("elsewhere")), MONDAY, plans)
    gate = folder / "gate"

    def work() -> int:
        while not gate.exists():
            time.sleep(0.001)
        try:
            return 10 + propose_job(path, MONDAY, plans).new
        except LockedError:
            return HELD
        except AllocoreError as error:
            os.write(2, f"{error}\n".encode())
            return 98

    numbers = [child(work) for _ in range(count)]
    gate.touch()
    return sorted(ended(number) for number in numbers)


def check_one(folder: Path) -> None:
    """Look that there is one run, registered once."""
    (run,) = run_ids(read_job(folder / "job.yaml"))
    assert [p.name for p in (folder / "runs").iterdir() if p.is_dir()] == [f"shop-{run}"]


def test_of_two_jobs_that_do_not_wait_at_least_one_proposes(tmp_path: Path) -> None:
    codes = together(2, tmp_path / "job", CONFIG)
    assert codes.count(11) == 1
    assert set(codes) <= {HELD, 10, 11}
    check_one(tmp_path / "job")


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
def test_of_eight_jobs_that_wait_one_proposes_and_seven_find_it(tmp_path: Path, seed: int) -> None:
    codes = together(8, tmp_path / f"job{seed}", CONFIG + "lock_seconds: 300\n")
    assert codes == [10] * 7 + [11]
    check_one(tmp_path / f"job{seed}")


def test_of_three_jobs_that_wait_one_proposes_and_the_others_find_it(tmp_path: Path) -> None:
    codes = together(3, tmp_path / "job", CONFIG + "lock_seconds: 300\n")
    assert codes == [10, 10, 11]
    check_one(tmp_path / "job")
