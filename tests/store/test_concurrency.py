"""Two and eight processes at one store: nothing lost, doubled or half seen."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from optimizer.store import Store
from tests.support.run_stores import add, at_once, read_once, rows_of, state, twin


@pytest.fixture(autouse=True)
def _read_once(monkeypatch: pytest.MonkeyPatch, planned_run: Path) -> None:
    """Read the plan before processes are forked off."""
    read_once(monkeypatch, planned_run)


def decide(url: str, run: str, decision: str, by: str) -> None:
    with Store.open(url) as store:
        (store.approve if decision == "approved" else store.reject)(run, by)


def whole(url: str) -> None:
    with Store.open(url) as store:
        assert store.verify() == []
        log = store.audit()
    assert list(log["seq"]) == list(range(1, len(log) + 1))


@pytest.mark.parametrize("count", [2, 8])
def test_one_run_is_registered_once(
    store_url: str, planned_run: Path, tmp_path: Path, count: int
) -> None:
    """Even where the store is made at the same moment."""
    folder = twin(planned_run, tmp_path / "run", "a1")
    assert at_once([lambda: add(store_url, folder)] * count) == [""] * count
    assert state(store_url)["events"] == [("registered", "a1")]
    whole(store_url)


@pytest.mark.parametrize("count", [2, 8])
def test_different_runs_are_all_registered(
    store_url: str, planned_run: Path, tmp_path: Path, count: int
) -> None:
    runs = [f"a{nth}" for nth in range(count)]
    folders = [twin(planned_run, tmp_path / run, run) for run in runs]
    assert at_once([partial(add, store_url, folder) for folder in folders]) == [""] * count
    found = state(store_url)
    assert [row["run"] for row in found["runs"]] == runs
    assert Counter(found["events"]) == Counter(("registered", run) for run in runs)
    assert {len(details["files"]) for details in found["details"].values()} == {26}
    whole(store_url)


@pytest.mark.parametrize("count", [2, 8])
def test_one_decision_wins(store_url: str, planned_run: Path, tmp_path: Path, count: int) -> None:
    add(store_url, twin(planned_run, tmp_path / "run", "a1"))
    wishes = ["approved", "rejected"] * (count // 2)
    said = at_once(
        [partial(decide, store_url, "a1", wish, f"p-{nth}") for nth, wish in enumerate(wishes)]
    )
    found = state(store_url)
    status = found["runs"][0]["status"]
    assert [text.partition(":")[0] for text in said] == [
        "" if wish == status else "UsageError" for wish in wishes
    ]
    assert found["events"] == [("registered", "a1"), (status, "a1")]
    assert len(found["details"]["a1"]["decisions"]) == 1
    whole(store_url)


def publish(url: str, run: str, to: Path, into: str) -> None:
    with Store.open(url) as store:
        store.publish(run, to=to, into=(into, "priorities"))


def watch(url: str, into: str, to: Path, done: Path, expected: int) -> None:
    """Look again and again: always all rows of one run."""
    looks = 0
    while not done.exists() or not looks:
        rows = rows_of(into)
        assert len({run for _, run, _ in rows}) == 1, rows
        assert [rank for *_, rank in rows] == list(range(1, expected + 1))
        frame = pd.read_csv(to)
        assert (len(frame), frame["run"].nunique()) == (expected, 1)
        with Store.open(url) as store:
            assert store.verify() == []
        looks += 1
        time.sleep(0.01)


@pytest.mark.parametrize("count", [2, 8])
def test_published_plans_are_seen_whole(
    store_url: str, planned_run: Path, tmp_path: Path, count: int
) -> None:
    runs = [f"a{nth % 2}" for nth in range(count)]
    out, done = tmp_path / "out.csv", tmp_path / "done"
    into = store_url if "://" in store_url else str(tmp_path / "target.db")
    for run in dict.fromkeys(runs):
        add(store_url, twin(planned_run, tmp_path / run, run))
        decide(store_url, run, "approved", "p-7")
    publish(store_url, "a0", out, into)
    expected = len(rows_of(into))

    def publisher(run: str) -> None:
        for _ in range(3):
            publish(store_url, run, out, into)

    def last(actions: list[Callable[[], object]]) -> None:
        try:
            assert at_once(actions) == [""] * len(actions)
        finally:
            done.touch()

    publishers: list[Callable[[], object]] = [partial(publisher, run) for run in runs]
    said = at_once(
        [partial(last, publishers), partial(watch, store_url, into, out, done, expected)]
    )
    assert said == ["", ""]
    with Store.open(store_url) as store:
        newest = store.audit().iloc[-1]["run"]
    assert {run for _, run, _ in rows_of(into)} == {newest}
    whole(store_url)


def test_everything_at_once(store_url: str, planned_run: Path, tmp_path: Path) -> None:
    """Registering, deciding, publishing, pruning and verifying by eight processes."""
    into = store_url if "://" in store_url else str(tmp_path / "target.db")
    runs = [f"a{nth}" for nth in range(4)]
    for run in runs:
        add(store_url, twin(planned_run, tmp_path / run, run))
    decide(store_url, "a0", "approved", "p-7")

    def verify() -> None:
        for _ in range(5):
            with Store.open(store_url) as store:
                assert [text for text in store.verify() if "missing" not in text] == []

    def prune() -> None:
        with Store.open(store_url) as store:
            store.prune(0)

    new = twin(planned_run, tmp_path / "b", "b")
    actions: list[Callable[[], object]] = [
        partial(publish, store_url, "a0", tmp_path / "out.csv", into),
        partial(decide, store_url, "a1", "approved", "p-7"),
        partial(decide, store_url, "a2", "rejected", "p-7"),
        *(partial(add, store_url, new), prune, prune, verify, verify),
    ]
    said = [text for text in at_once(actions) if text]
    assert all("is not registered" in text for text in said), said
    kept = {row["run"]: row["status"] for row in state(store_url)["runs"]}
    assert kept["a0"] == "approved"
    assert kept.get("a1", "approved") == "approved"
    assert {"a2", "a3"}.isdisjoint(kept)
    whole(store_url)
