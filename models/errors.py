"""Everything this project raises on purpose.

* AllocoreError
  x UsageError               the call itself is wrong: a folder in the way, a run that is none
  x ScenarioError            the input is wrong; lists every issue found, not just the first
  x SourceUnavailableError   a source of the input cannot be reached now
  x NoPlanError              no usable plan came out
  x LockedError              another job holds the lock
  x ExpectationError         a plan that fails a test is not published
  x ChangedRunError          files of a registered run are not those that were registered
  x RuleViolationError       a plan breaks a rule: a defect of ours or a tampered run folder
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Issue:
    """One fault in an input, with the place to mend it."""

    file: str
    """File name, as the planner knows it: ``orders.csv``, ``book.xlsx[orders]``."""
    problem: str
    """What is wrong, with the offending value."""
    remedy: str = ""
    """What to change."""
    row: int | None = None
    """Row as an editor numbers lines: the header is 1."""
    column: str = ""
    """Column of the table, or column number of a text file."""

    def __str__(self) -> str:
        """Render as ``file:row:column: problem -> remedy``."""
        place = ":".join(str(part) for part in (self.file, self.row, self.column) if part)
        return f"{place}: {self.problem}" + (f" -> {self.remedy}" if self.remedy else "")


class AllocoreError(Exception):
    """Base of every deliberate error, for callers that catch one thing."""


class UsageError(AllocoreError):
    """The request cannot be carried out as made; the message says what to change."""


class ScenarioError(AllocoreError, ValueError):
    """The scenario, or what else was read, cannot be used as written."""

    def __init__(self, issues: Iterable[Issue], of: str = "the scenario") -> None:
        self.issues = tuple(issues)
        count = len(self.issues)
        faults = "1 fault" if count == 1 else f"{count} faults"
        super().__init__(f"{faults} in {of}:\n" + "\n".join(f" * {i}" for i in self.issues))


class SourceUnavailableError(AllocoreError):
    """A source of the input cannot be reached now; it may be later."""


class NoPlanError(AllocoreError):
    """No plan that could be used was found."""


class LockedError(AllocoreError):
    """Another job is at work in the same place; the message says which."""


class ExpectationError(AllocoreError):
    """The plan fails a test that its scenario asks for."""


class ChangedRunError(AllocoreError):
    """A registered run is no longer what was registered."""


class RuleViolationError(AllocoreError, AssertionError):
    """A plan breaks a rule; carries one sentence for each finding."""

    def __init__(self, findings: Iterable[str]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(f" * {finding}" for finding in self.findings))
