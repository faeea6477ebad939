"""Workers that fail, in place of the solver's own: a plugin of the tests that use them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from optimizer.solving import highs
from optimizer.solving.highs import SolverProcess

NONSENSE = {
    "sleeps": "import time; time.sleep(60)",
    "exits": "raise SystemExit(3)",
    "closes its pipe": "import os, time; os.close(1); time.sleep(60)",
    "prints text": "import time; print('Running HiGHS' * 99, flush=True); time.sleep(60)",
    "prints numbers": "import sys; sys.stdout.buffer.write(b'\\x05' + bytes(7) + b'abcde')",
    "raises": "raise RuntimeError('broken installation')",
}
"""Scripts that never give an answer."""


@pytest.fixture
def pids(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Watch the processes that are started; none may outlive the test."""
    seen: list[int] = []
    start = SolverProcess.start

    def watched(self: SolverProcess) -> None:
        start(self)
        assert self.process is not None
        seen.append(self.process.pid)

    monkeypatch.setattr(SolverProcess, "start", watched)
    yield seen
    assert seen
    for pid in seen:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a script in the worker's place; ``REAL`` in it loads the real one as ``worker``."""
    real = (
        "import importlib.util, os, sys, time\n"
        f"spec = importlib.util.spec_from_file_location('worker', {str(highs.WORKER)!r})\n"
        "worker = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(worker)\n"
    )

    def replace(script: str) -> None:
        path = tmp_path / "worker.py"
        path.write_text(script.replace("REAL", real), encoding="utf-8")
        monkeypatch.setattr(highs, "WORKER", path)

    return replace


@pytest.fixture(params=list(NONSENSE.values()), ids=list(NONSENSE))
def nonsense(request: pytest.FixtureRequest, worker: Callable[[str], None]) -> str:
    """Put each script that never gives an answer in the worker's place."""
    script: str = request.param
    worker(script)
    return script
