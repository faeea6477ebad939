"""From the YAML file of a job to its settings, with secrets from the environment."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from models.errors import Issue, ScenarioError
from models.fields import Header
from optimizer.jobs.settings import START, JobSettings, Quarantine
from optimizer.reading.databases import is_sqlite_file
from optimizer.reading.faults import Faults
from optimizer.reading.feeds import Feed
from optimizer.reading.header import read_yaml
from optimizer.reading.header_validation import Form, validate
from optimizer.reading.yaml_text import Node, Place, inside
from optimizer.store import VARIABLE

PARTS: dict[str, type[Header]] = {"": JobSettings, "quarantine": Quarantine}
VARIABLES = re.compile(r"\$\{(?P<name>[A-Za-z_]\w*)(:-(?P<default>[^}]*))?\}")
"""``${NAME}`` or ``${NAME:-default}``."""
STORE = "allocore.db"


@dataclass(frozen=True)
class Job:
    """A scheduled job: its settings, and where its files are."""

    settings: JobSettings
    folder: Path
    """Folder of the YAML file; its paths start there."""
    feed: Feed

    @property
    def name(self) -> str:
        """Short name."""
        return self.settings.name

    @property
    def scenario(self) -> Path:
        """Folder or YAML file of the scenario."""
        return self.folder / self.settings.scenario

    @property
    def runs(self) -> Path:
        """Folder of the run folders."""
        return self.folder / self.settings.runs

    @property
    def store(self) -> str:
        """Address of the run store."""
        address = self.settings.store or os.environ.get(VARIABLE, "")
        return absolute(address or STORE, self.folder)

    @property
    def metrics(self) -> Path | None:
        """Prometheus text file, if one is to be written."""
        file = self.settings.metrics_file
        return self.folder / file if file else None

    def overrides(self, as_of: date) -> list[str]:
        """Give the values of the scenario's header that are other than written there."""
        own = [f"{key}={value}" for key, value in self.settings.set.items()]
        return [*own, f"{START}={as_of}"]


def read_job(path: Path) -> Job:
    """Read the YAML file of a job.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    ScenarioError
        With every fault, each with its line and column.
    """
    faults = Faults()
    tree = read_yaml(path, path.name, Place(path.name), faults)
    filled: set[Place] = set()
    tree = tree and _fill_in(tree, filled, faults)
    settings = validate(JobSettings, Form(PARTS), tree, faults) if tree else None
    if settings is None or faults.issues:
        raise ScenarioError([_without_secrets(issue, filled) for issue in faults.issues], "the job")
    sources = inside(tree, ("sources",))
    nodes = sources.value if sources and isinstance(sources.value, dict) else {}
    folder = path.absolute().parent
    return Job(settings, folder, Feed(folder, nodes, absolute(settings.database, folder)))


def absolute(address: str, folder: Path) -> str:
    """Let the path of an SQLite file start from a folder; other addresses stay as they are."""
    if not address or not is_sqlite_file(address):
        return address
    head, separator, file = address.rpartition("sqlite:///")
    return f"{head}{separator or 'sqlite:///'}{(folder / file).absolute()}"


def _fill_in(node: Node, filled: set[Place], faults: Faults) -> Node:
    """Put the values of environment variables into texts, and note where."""
    if isinstance(node.value, dict):
        inner = {key: _fill_in(part, filled, faults) for key, part in node.value.items()}
        return replace(node, value=inner)
    if isinstance(node.value, list):
        return replace(node, value=[_fill_in(part, filled, faults) for part in node.value])
    if node.value is None or not VARIABLES.search(node.value):
        return node
    filled.add(node.place)

    def value_of(found: re.Match[str]) -> str:
        name, default = found["name"], found["default"]
        value = os.environ.get(name) or default
        if value is None:
            problem = f"the environment variable {name} is not set"
            remedy = f"set it, or write ${{{name}:-default}}"
            faults.add(node.place.file, problem, remedy, node.place.row, node.place.column)
        return value or ""

    return replace(node, value=VARIABLES.sub(value_of, node.value))


def _without_secrets(issue: Issue, filled: set[Place]) -> Issue:
    """Never show what came out of a variable."""
    secret = Place(issue.file, issue.row, issue.column) in filled
    if not secret or issue.problem.startswith("the environment variable"):
        return issue
    problem = f"{issue.problem.partition(':')[0]}: the value of its variable does not belong here"
    return replace(issue, problem=problem, remedy="correct the environment variable")
