"""Kill -9 at each step of each change of the store.

Nothing is lost, doubled or torn, and the same command again makes what it would have made at once.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from optimizer.store import Store
from tests.support.postgres_server import drop_database, name_in, new_database
from tests.support.run_stores import add, killed_at, read_once, rows_of, state, twin

STRIDE = 17
"""Of so many faults one is made in every run, all of them in long ones."""
LEAST = 250
"""Faults in all."""


@dataclass(frozen=True)
class Place:
    """Where a fault happens: a store, and what belongs to it."""

    url: str
    folder: Path
    """Holds the run folders ``old`` (approved), ``a`` and ``b``, and what is published."""

    @property
    def into(self) -> str:
        """Database that is published to."""
        return self.url if "://" in self.url else str(self.folder / "target.db")

    @property
    def out(self) -> Path:
        """File that is published to."""
        return self.folder / "out.csv"


def make(place: Place) -> None:
    Store.open(place.url).close()


def register(place: Place) -> None:
    add(place.url, place.folder / "b")


def register_again(place: Place) -> None:
    add(place.url, place.folder / "elsewhere" / "a")


def approve(place: Place) -> None:
    with Store.open(place.url) as store:
        store.approve("a", "planner-7", "fine")


def reject(place: Place) -> None:
    with Store.open(place.url) as store:
        store.reject("a", "planner-7", "no")


def publish(place: Place) -> None:
    with Store.open(place.url) as store:
        store.publish("new", to=place.out, into=(place.into, "priorities"))


def prune(place: Place) -> None:
    with Store.open(place.url) as store:
        store.prune(0)


ACTIONS = (make, register, register_again, approve, reject, publish, prune)


class Faults:
    """Makes the same place again and again, and kills an action in it at one step after another."""

    def __init__(self, template: Place, socket: str | None, folder: Path) -> None:
        self.template = template
        self.socket = socket
        self.folder = folder
        self.count = 0

    def place(self) -> Place:
        """Put everything back as it was."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.template.folder, self.folder)
        url = str(self.folder / "store.db")
        if self.socket:
            url = new_database(self.socket, name_in(self.template.url))
        return Place(url, self.folder)

    def leave(self, place: Place) -> None:
        """Clean up."""
        if self.socket:
            drop_database(place.url)

    def expected(self, action: Callable[[Place], None]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what all looks like before and after the action, undisturbed."""
        place = self.place()
        before = seen(place)
        action(place)
        after = seen(place)
        self.leave(place)
        return before, after

    def all(self, action: Callable[[Place], None], stride: int) -> None:
        """Kill at every ``stride``-th step until there is none left."""
        before, after = self.expected(action)
        step = (stride + 1) // 2  # amid the statements of short commands
        while True:
            place = self.place()
            killed = killed_at(step, lambda: action(place))  # noqa: B023 - used at once
            check(place, before, after)
            if killed:
                self.count += 1
                action(place)
            assert seen(place) == after, f"{action.__name__} killed at step {step}"
            with Store.open(place.url) as store:
                assert store.verify() == []
            self.leave(place)
            if not killed:
                return
            step += stride


def seen(place: Place) -> dict[str, Any]:
    """Return all that anybody can see: the store, its folders, what is published."""
    told = state(place.url)
    for details in told["details"].values():
        for row in details["publications"]:
            row["target"] = row["target"].replace(name_in(place.url), "store")
    return {
        **told,
        "rows": rows_of(place.into),
        "file": place.out.read_bytes() if place.out.exists() else None,
        "folders": sorted(path.parent.name for path in place.folder.glob("*/run.json")),
        "hidden": sorted(path.name for path in place.folder.glob(".*")),
    }


def check(place: Place, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Hold what a fault left against old and new, thing by thing; approved runs are untouched."""
    now = seen(place)
    for name in ("runs", "rows", "file"):
        assert now[name] in (before[name], after[name]) or is_between(now, before, after, name)
    assert now["events"] == after["events"][: len(now["events"])]
    for run, details in now["details"].items():
        old, new = before["details"].get(run), after["details"].get(run)
        sent = details["publications"]
        assert sent == (new or old)["publications"][: len(sent)]
        assert details in [{**there, "publications": sent} for there in (old, new) if there]
    assert now["details"].get("old") == before["details"].get("old")
    if now["file"] is not None:
        assert len(set(pd.read_csv(place.out)["run"])) == 1
    with Store.open(place.url) as store:
        found = store.verify()
    assert all("is missing" in text and text.startswith(("a:", "p1:", "p2:")) for text in found), (
        found
    )


def is_between(
    now: dict[str, Any], before: dict[str, Any], after: dict[str, Any], name: str
) -> bool:
    """Tell whether of several changes, each whole, only the first were made."""
    if name != "runs":
        return False
    rows = {row["run"]: row for row in now["runs"]}
    old, new = ({row["run"]: row for row in there["runs"]} for there in (before, after))
    return all(rows.get(run) in (old.get(run), new.get(run)) for run in old | new)


@pytest.fixture(params=["sqlite", "postgresql"])
def faults(
    request: pytest.FixtureRequest,
    planned_run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Callable[[Place], None]], Faults]:
    read_once(monkeypatch, planned_run)
    socket = request.getfixturevalue("postgres") if request.param == "postgresql" else None

    def prepared(action: Callable[[Place], None]) -> Faults:
        """Make the place that an action begins with; folders stay where they are registered."""
        template, folder = tmp_path / f"{action.__name__}-template", tmp_path / "place"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        place = Place(new_database(socket) if socket else str(folder / "store.db"), folder)
        prepare(place, action, planned_run)
        shutil.copytree(folder, template)
        return Faults(Place(place.url, template), socket, folder)

    return prepared


def prepare(place: Place, action: Callable[[Place], None], planned_run: Path) -> None:
    if action is make:
        return
    runs = {"approve": ["a"], "reject": ["a"], "register_again": ["a"], "prune": ["p1", "p2"]}
    with Store.open(place.url) as store:
        for run in ("old", *runs.get(action.__name__, [])):
            add(place.url, twin(planned_run, place.folder / run, run))
        store.approve("old", "planner-7")
        if action is register:
            twin(planned_run, place.folder / "b", "b")
        elif action is register_again:
            shutil.move(place.folder / "a", place.folder / "elsewhere" / "a")
        elif action is publish:
            add(place.url, twin(planned_run, place.folder / "new", "new"))
            store.approve("new", "planner-7")
            store.publish("old", to=place.out, into=(place.into, "priorities"))


@pytest.mark.parametrize("action", ACTIONS)
def test_a_killed_command_is_mended_by_the_same_again(
    faults: Callable[[Callable[[Place], None]], Faults], action: Callable[[Place], None]
) -> None:
    made = faults(action)
    made.all(action, STRIDE)
    assert made.count


@pytest.mark.long
def test_all_steps_of_all_commands(
    faults: Callable[[Callable[[Place], None]], Faults], record_property: Callable[..., None]
) -> None:
    counts = {}
    for action in ACTIONS:
        made = faults(action)
        made.all(action, 1)
        counts[action.__name__] = made.count
    record_property("faults", counts)
    assert sum(counts.values()) >= LEAST, counts
