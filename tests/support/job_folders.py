"""Job folders to propose from, and plans without a process of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

from models.errors import AllocoreError
from optimizer.common.clock import Clock
from optimizer.jobs import Job, Proposal, propose, read_job
from optimizer.jobs.ladder import Attempt, Tell, attempt
from optimizer.jobs.proposing import Means
from optimizer.planning.judged_plan import JudgedPlan
from optimizer.runs.run_files import PAGE, RUN_FILES, RunFile
from optimizer.runs.run_id import run_id
from optimizer.store import Run, Store

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
HEADER = """\
format: 1
name: shop
horizon: {days: 5}
segments:
  gold: {tier: 1, target: {measure: unit_otif, level: 0.9}, services: [standard]}
  core: {tier: 2, services: [standard]}
services: {standard: {}}
"""
CONFIG = """\
format: 1
name: morning
scenario: shop
sources: {orders: orders.csv, lines: lines.csv, stock: stock.csv}
metrics_file: job.prom
set: {policy: segment_priority}
"""
SHOP = {
    "customers": "customer,segment,region\nanna,gold,NORTH\nbert,core,NORTH\n",
    "lanes": "site,region,service,transit_days,cost_per_unit\nHAM,NORTH,standard,1,1\n",
    "receipts": "site,item,date,quantity\nHAM,VALVE,2026-11-25,4\n",
}
"""Tables beside the header."""
SOURCES = {
    "orders": "order,customer,requested,ordered\n"
    "A1,anna,2026-11-25,2026-11-20\n"
    "A2,bert,2026-11-25,2026-11-20\n"
    "A3,anna,2026-11-26,2026-11-21\n"
    "A4,bert,2026-11-27,2026-11-21\n",
    "lines": "order,line,item,quantity,unit_value\n"
    "A1,10,PUMP,5,100\n"
    "A1,20,VALVE,3,20\n"
    "A2,10,PUMP,4,100\n"
    "A3,10,PUMP,2,100\n"
    "A4,10,VALVE,6,20\n",
    "stock": "site,item,on_hand\nHAM,PUMP,8\nHAM,VALVE,4\n",
}
"""What changes every day."""
WITHOUT_PAGE = tuple(file for file in RUN_FILES if file is not PAGE)
"""Run folders in half the time: the pictures of the page take longest."""
Watch = Callable[[Attempt, Clock, threading.Event, Tell], JudgedPlan]


def write_job(folder: Path, config: str = CONFIG, header: str = HEADER, **sources: str) -> Path:
    """Write a job and its scenario; ``sources`` replace those of the same name."""
    (folder / "shop").mkdir(parents=True)
    (folder / "shop" / "scenario.yaml").write_text(header, encoding="utf-8")
    for name, text in SHOP.items():
        (folder / "shop" / f"{name}.csv").write_text(text, encoding="utf-8")
    for name, text in (SOURCES | sources).items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    path = folder / "job.yaml"
    path.write_text(config, encoding="utf-8")
    return path


class Remembering:
    """Plans in this process, each question once."""

    def __init__(self) -> None:
        self.plans: dict[str, JudgedPlan] = {}

    def __call__(
        self, asked: Attempt, clock: Clock, cancel: threading.Event, tell: Tell
    ) -> JudgedPlan:
        """Plan, or remember."""
        run = run_id(asked.scenario, asked.scenario.settings.policy)
        if run not in self.plans:
            self.plans[run] = attempt(asked, cancel, tell)
        return self.plans[run]


here = Remembering()
"""Plans in this process."""


def propose_job(
    path: Path,
    as_of: date = MONDAY,
    watch: Watch = here,
    files: Sequence[RunFile] = WITHOUT_PAGE,
) -> Proposal:
    """Read the job and propose."""
    return propose(read_job(path), as_of, means=Means(watch, files))


def propose_error(
    path: Path,
    as_of: date = MONDAY,
    watch: Watch = here,
    files: Sequence[RunFile] = WITHOUT_PAGE,
) -> AllocoreError | None:
    """Propose; return what was raised on purpose."""
    try:
        propose_job(path, as_of, watch, files)
    except AllocoreError as error:
        return error
    return None


def run_ids(job: Job) -> list[str]:
    """Ids of all registered runs, sorted."""
    with Store.open(job.store) as store:
        return sorted(store.runs()["run"])


def approve(job: Job, run: str) -> Run:
    """Approve a proposal."""
    with Store.open(job.store) as store:
        return store.approve(run, by="planner-7").run


def state(folder: Path) -> Mapping[str, bytes]:
    """Every file below a folder, with its content."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
