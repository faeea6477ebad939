"""Measure each figure in a process of its own, so that time and peak memory are its own.

Run as a program (``python -m optimizer.benching.measurement``), this module is that process: it
makes an input or runs one contender, and writes the figures to a file.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from models.errors import UsageError
from optimizer.benching.bench_input import BenchInput
from optimizer.benching.cases import CASES, reason_to_skip
from optimizer.benching.stopwatch import MEGABYTE, Stopwatch, peak_megabytes

TICK = 0.02
"""How often the memory of a process and its children is looked at [s]."""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to run; ``contender`` empty: make the case's input."""

    case: str
    contender: str
    lines: int
    seed: int
    seconds: float


def measure_all(
    cases: Sequence[str],
    lines: Sequence[int],
    seeds: Sequence[int],
    seconds: float,
    report: Callable[[str], None],
) -> list[dict[str, Any]]:
    """Measure every contender of the cases on every size and seed.

    Parameters
    ----------
    cases
        Names in :data:`optimizer.benching.cases.CASES`.
    lines, seeds
        Of the generated peak weeks.
    seconds
        Time limit of a plan [s].
    report
        Called with a line of text for every figure.

    Returns
    -------
    list of dict
        One a figure: ``case``, ``contender``, ``lines``, ``seed``, ``note`` (why there are no
        numbers), ``cpu_seconds``, ``wall_seconds``, ``peak_megabytes`` with children,
        ``added_megabytes`` of it since the clock began, and what the contender says.

    Raises
    ------
    UsageError
        For a case that does not exist, or without psutil.
    """
    unknown = [name for name in cases if name not in CASES]
    if unknown:
        msg = f"no case {', '.join(unknown)}; known are {', '.join(CASES)}"
        raise UsageError(msg)
    figures = []
    for count in lines:
        for seed in seeds:
            for case in cases:
                for figure in _measure(case, count, seed, seconds):
                    report(_in_words(figure))
                    figures.append(figure)
    return figures


def _measure(case: str, lines: int, seed: int, seconds: float) -> list[dict[str, Any]]:
    figures = []
    with TemporaryDirectory() as spare:
        folder = Path(spare)
        preparation = _run(Task(case, "", lines, seed, seconds), folder)
        for contender in CASES[case].contenders:
            task = Task(case, contender, lines, seed, seconds)
            reason = preparation.get("note") or reason_to_skip(contender, lines)
            result = {"note": reason} if reason else _run(task, folder)
            head = {"case": case, "contender": contender, "lines": lines, "seed": seed}
            figures.append(head | {"note": ""} | result)
    return figures


def _in_words(figure: dict[str, Any]) -> str:
    head = "{case}, {lines:,} lines, seed {seed}, {contender}: ".format(**figure)
    numbers = "{cpu_seconds:.3g} CPU s, {wall_seconds:.3g} s, {peak_megabytes:,.0f} MB"
    return head + (figure["note"] or numbers.format(**figure))


def _run(task: Task, folder: Path) -> dict[str, Any]:
    """Run a task in a process of its own; its figures, or a note that says what went wrong."""
    answer = folder / "answer.json"
    answer.unlink(missing_ok=True)
    command = [sys.executable, "-m", __name__, json.dumps(asdict(task)), str(folder)]
    with (folder / "words").open("w+") as words:
        process = subprocess.Popen(command, stdout=words, stderr=words)  # noqa: S603  ourselves
        peak = _peak_while_running(process)
        words.seek(0)
        last = words.read().strip().rpartition("\n")[2]
    if process.returncode or not answer.exists():
        return {"note": f"failed with code {process.returncode}: {last[:200]}"}
    figures: dict[str, Any] = json.loads(answer.read_text())
    figures["peak_megabytes"] = max(figures["peak_megabytes"], peak / MEGABYTE)
    figures["added_megabytes"] = figures["peak_megabytes"] - figures.pop("base_megabytes")
    return figures


def _peak_while_running(process: subprocess.Popen[bytes]) -> int:
    """Wait for the end; the most memory that the process and its children had together [bytes]."""
    psutil, peak = _psutil(), 0
    root = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            family = [root, *root.children(recursive=True)]
            peak = max(peak, sum(member.memory_info().rss for member in family))
        except psutil.Error:
            continue  # one of them has just ended
        time.sleep(TICK)
    return peak


def _psutil() -> Any:
    try:
        import psutil
    except ImportError as error:
        msg = "measuring needs psutil: pip install 'allocore[bench]'"
        raise UsageError(msg) from error
    return psutil


def main() -> None:
    """Carry out one task and write its figures."""
    task, folder = Task(**json.loads(sys.argv[1])), Path(sys.argv[2])
    case = CASES[task.case]
    if not task.contender:
        case.make(task.lines, task.seed, folder)
        figures: dict[str, Any] = {}
        watch = Stopwatch()
    else:
        watch = Stopwatch()
        figures = case.contenders[task.contender](BenchInput(folder, task.seconds), watch)
    figures |= {
        "cpu_seconds": watch.cpu,
        "wall_seconds": watch.wall,
        "base_megabytes": watch.base,
        "peak_megabytes": peak_megabytes(),
    }
    (folder / "answer.json").write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
