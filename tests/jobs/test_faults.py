"""A proposal is whole or not there, whatever happens on the way; the next run makes it the same."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
import xlsxwriter

from models.errors import ScenarioError
from models.judge import judge
from optimizer.jobs import read_job
from optimizer.reporting import workbook
from optimizer.runs.run_files import RUN_FILES
from optimizer.runs.run_reader import read_run
from optimizer.runs.sealing import changes
from optimizer.store import Store
from tests.support.fault_injection import FINE, RAISED, Fault, forked
from tests.support.job_folders import (
    CONFIG,
    MONDAY,
    SOURCES,
    TUESDAY,
    Remembering,
    approve,
    propose_error,
    propose_job,
    run_ids,
    state,
    write_job,
)

LOADED = (workbook, xlsxwriter)
"""Imported before the forks, which would each do it again."""
ABOUT_RUNS = ("run.json",)
"""Files that hold the time."""
SAMPLE = {"kill": (0.5, 0.75, 1.0), "full": (0.6, 0.95)}
"""Steps of the normal run, as a share of all: files, flushes, the rename, statements, commits."""


@dataclass
class Bed:
    """A job of which Monday is approved, to be put back as it was after each fault."""

    folder: Path
    kept: Path
    plans: Remembering = field(default_factory=Remembering)
    monday: str = ""
    tuesday: str = ""
    steps: int = 0
    reference: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def job(self) -> Path:
        """The configuration."""
        return self.folder / "job.yaml"

    def prepare(self) -> None:
        """Propose and approve Monday, and see what Tuesday comes to without faults."""
        write_job(self.folder)
        self.monday = propose_job(self.job, MONDAY, self.plans).run
        approve(read_job(self.job), self.monday)
        shutil.copytree(self.folder, self.kept)
        self.tuesday = propose_job(self.job, TUESDAY, self.plans).run
        self.reference = self.files(self.tuesday)
        self.restore()
        code, self.steps = self.attempt()
        assert (code, self.files(self.tuesday)) == (FINE, self.reference)
        self.restore()

    def restore(self) -> None:
        """Put everything back."""
        shutil.rmtree(self.folder)
        shutil.copytree(self.kept, self.folder)

    def attempt(self, at: int | None = None, fault: Fault = "kill") -> tuple[int, int]:
        """Propose Tuesday in a process that has a fault at a step."""
        work = partial(propose_job, self.job, TUESDAY, self.plans)
        return forked(work, self.folder, at, fault)

    def files(self, run: str) -> dict[str, bytes]:
        """Files of a run folder."""
        found = state(self.folder / "runs" / f"shop-{run}")
        return {name: content for name, content in found.items() if name not in ABOUT_RUNS}

    def check_untorn(self) -> None:
        """Look that what is registered is whole, and what was approved is as it was."""
        with Store.open(read_job(self.job).store) as store:
            assert store.verify() == []
            runs = store.runs().set_index("run")["status"].to_dict()
        assert runs.pop(self.monday) == "approved"
        assert set(runs) <= {self.tuesday}
        approved = f"runs/shop-{self.monday}"
        assert state(self.folder / approved) == state(self.kept / approved)

    def check_converges(self) -> None:
        """One more run, and everything is as without a fault."""
        made = propose_job(self.job, TUESDAY, self.plans)
        assert made.run == self.tuesday
        self.check_untorn()
        assert run_ids(read_job(self.job)) == sorted([self.monday, self.tuesday])
        there = sorted(path.name for path in (self.folder / "runs").iterdir())
        runs = sorted(f"shop-{run}" for run in (self.monday, self.tuesday))
        assert [name for name in there if name != ".allocore.lock"] == runs
        assert self.files(self.tuesday) == self.reference
        assert changes(made.folder) == []
        assert judge(*read_run(made.folder)) == []


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Bed:
    root = tmp_path_factory.mktemp("faults")
    bed = Bed(root / "job", root / "kept")
    bed.prepare()
    return bed


@pytest.fixture
def bed(prepared: Bed) -> Iterator[Bed]:
    yield prepared
    prepared.restore()


def strike(bed: Bed, at: int, fault: Fault) -> None:
    """Let one step fail, and look at what is there then and after the next run."""
    code, _ = bed.attempt(at, fault)
    assert code == (-9 if fault == "kill" else RAISED) or fault == "full", (at, code)
    bed.check_untorn()
    bed.check_converges()


@pytest.mark.parametrize(
    ("fault", "share"), [(fault, share) for fault, shares in SAMPLE.items() for share in shares]
)
def test_after_a_fault_at_a_step_the_next_run_makes_the_same_proposal(
    bed: Bed, fault: Fault, share: float
) -> None:
    assert bed.steps > 90
    strike(bed, round(share * bed.steps), fault)


@pytest.mark.long
@pytest.mark.parametrize("fault", ["kill", "full"])
@pytest.mark.parametrize("part", range(8))
def test_after_a_fault_at_any_step(bed: Bed, fault: Fault, part: int) -> None:
    for at in range(1 + part, bed.steps + 1, 8):
        strike(bed, at, fault)
        bed.restore()


def test_killed_twice_it_still_converges(bed: Bed) -> None:
    for share in (0.6, 0.7):
        assert bed.attempt(round(share * bed.steps))[0] == -9
    bed.check_untorn()
    bed.check_converges()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(  # noqa: S603
        ["mount", "-t", "tmpfs", "-o", "size=96k", "none", str(disk)],  # noqa: S607
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("only root can mount a small disk; every full step is tested otherwise")
    yield disk
    lazily = ["umount", "--lazy", str(disk)]  # a file may be open whose writing failed
    subprocess.run(lazily, check=True)  # noqa: S603


def test_a_disk_that_is_really_full_leaves_nothing_behind(bed: Bed, small_disk: Path) -> None:
    write_job(small_disk / "job")
    job = small_disk / "job" / "job.yaml"
    store = f"store: {bed.folder}/elsewhere.db\n"
    job.write_text(CONFIG + store, encoding="utf-8")
    error = propose_error(job, TUESDAY, bed.plans, RUN_FILES)
    assert "No space left" in str(error) or "disk is full" in str(error)
    assert [path for path in (small_disk / "job" / "runs").iterdir() if path.is_dir()] == []
    assert run_ids(read_job(job)) == []
    job.write_text(f"{CONFIG}runs: {bed.folder}/elsewhere\n{store}", encoding="utf-8")
    assert propose_job(job, TUESDAY, bed.plans).new


def cut(data: bytes, at: int) -> bytes:
    return data[:at]


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :]


DAMAGES: Mapping[str, Callable[[bytes], bytes | None]] = {
    "missing": lambda _: None,
    "empty": lambda _: b"",
    "only a heading": lambda data: data.split(b"\n")[0] + b"\n",
    "only a blank line": lambda _: b"\n",
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "Latin-1": lambda data: data.replace(b"A1", "\xc41".encode("latin-1")),
    "a NUL byte": lambda data: data[:40] + b"\0" + data[40:],
    "noise": lambda data: bytes(range(1, 256)) * (1 + len(data) // 255),
    "a row twice": lambda data: data + data.splitlines(keepends=True)[-1],
    "a cell too many": lambda data: data[:-1] + b",1\n",
    "semicolons": lambda data: data.replace(b",", b";"),
    "an open quote": lambda data: data[:-3] + b'"' + data[-3:],
}


def spoil(bed: Bed, table: str, data: bytes | None) -> None:
    """Damage a source; nothing comes of it, or an honest plan; mended, everything is as ever."""
    source = bed.folder / f"{table}.csv"
    if data is None:
        source.unlink()
    else:
        source.write_bytes(data)
    before = state(bed.folder / "runs"), run_ids(read_job(bed.job))
    error = propose_error(bed.job, TUESDAY, bed.plans)
    if error is None:
        check_honest(bed, before[1])
    else:
        assert isinstance(error, ScenarioError)
        assert error.issues
        assert (state(bed.folder / "runs"), run_ids(read_job(bed.job))) == before
    source.write_text(SOURCES[table], encoding="utf-8")
    made = propose_job(bed.job, TUESDAY, bed.plans)
    assert (made.run, bed.files(made.run)) == (bed.tuesday, bed.reference)
    with Store.open(read_job(bed.job).store) as store:
        assert store.verify() == []


def check_honest(bed: Bed, before: list[str]) -> None:
    """Look that what was damaged into another valid table is planned as it stands there."""
    runs = [run for run in run_ids(read_job(bed.job)) if run not in before]
    for run in runs:
        scenario, solution = read_run(bed.folder / "runs" / f"shop-{run}")
        assert judge(scenario, solution) == []
        assert len(solution.lines) == len(scenario["lines"])


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("table", ["lines"])
def test_a_damaged_source_is_refused_or_planned_as_it_stands(
    bed: Bed, table: str, damage: str
) -> None:
    spoil(bed, table, DAMAGES[damage](SOURCES[table].encode()))


@pytest.mark.long
@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("table", ["orders", "stock"])
def test_another_damaged_source_is_refused_or_planned_as_it_stands(
    bed: Bed, table: str, damage: str
) -> None:
    spoil(bed, table, DAMAGES[damage](SOURCES[table].encode()))


@pytest.mark.parametrize("at", [0, 37, 100])
def test_a_source_that_is_cut_in_a_row_is_refused(bed: Bed, at: int) -> None:
    spoil(bed, "orders", cut(SOURCES["orders"].encode(), at))
    (bed.folder / "orders.csv").write_bytes(cut(SOURCES["orders"].encode(), at))
    assert isinstance(propose_error(bed.job, TUESDAY, bed.plans), ScenarioError)


@pytest.mark.long
@pytest.mark.parametrize("change", [cut, flipped])
@pytest.mark.parametrize("table", SOURCES)
def test_a_source_damaged_at_every_third_byte(
    bed: Bed, table: str, change: Callable[[bytes, int], bytes]
) -> None:
    data = SOURCES[table].encode()
    for at in range(0, len(data), 3):
        spoil(bed, table, change(data, at))
        bed.restore()
