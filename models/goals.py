"""Goals: every family and kind there is, declared once with words, unit and sense.

A scenario lists *families* (:class:`GoalName`). Each becomes goals of one or more *kinds*
(:class:`GoalKind`), and a goal of a plan is named by its kind and by whom it is about:
``target:2``, ``fairness:gold``, ``value``. Names are made and taken apart here and nowhere else.

Add a goal: its family and kind here, its expression and steps in :mod:`models.allocation.goals`,
the maths card, and its value in :mod:`models.judge.figures.goal_values`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Self


class GoalName(StrEnum):
    """The families of goals; those by tier become one goal for each tier."""

    served_as: str
    """Reason in ``shipments.csv`` of rows that serve it; blank where single rows serve it not."""
    takes_value: bool
    """Whether it may lower the value reached before it, as far as ``give_up`` says."""

    def __new__(cls, name: str, served_as: str = "", takes_value: bool = False) -> Self:
        """Declare a family."""
        family = str.__new__(cls, name)
        family._value_ = name
        family.served_as, family.takes_value = served_as, takes_value
        return family

    COMMITMENTS = "commitments", "commitment"
    FLOORS = "floors", "floor"
    TARGETS = "targets", "target"
    FILL = "fill", "fill"
    VALUE = "value", "value"
    FAIRNESS = "fairness", "", True
    STABILITY = "stability", "", True


class Unit(Enum):
    """Units of goals that depend on the scenario."""

    CURRENCY = auto()
    """The scenario's currency."""
    MEASURE = auto()
    """What the measure of the tier counts: units, money, lines or orders."""
    SHARES = auto()
    """Units where the segment's fairness is proportional, else a share of what can be reached."""


@dataclass(frozen=True, slots=True)
class GoalFacts:
    """What is declared of a kind of goals."""

    family: GoalName
    words: str
    """For a planner; the party follows where there is one."""
    unit: str | Unit
    by_party: bool = True
    """Whether there is one goal for each tier or segment, or one for the whole plan."""
    more_is_better: bool = False
    heading: str = ""
    """Of its column in the table of policies; blank where it has none."""
    verb: str = "missed by"
    """Between the words and an amount: ``targets of tier 1 missed by 3 lines``."""


class GoalKind(StrEnum):
    """What a goal of a plan is about: the first part of its name."""

    facts: GoalFacts

    def __new__(cls, code: str, facts: GoalFacts) -> Self:
        """Declare a kind."""
        kind = str.__new__(cls, code)
        kind._value_, kind.facts = code, facts
        return kind

    COMMITMENTS = (
        "commitments",
        GoalFacts(GoalName.COMMITMENTS, "commitments", "units", by_party=False),
    )
    COMMITMENTS_DELAY = (
        "commitments_delay",
        GoalFacts(
            GoalName.COMMITMENTS, "delay of commitments", "unit-days", by_party=False, verb="of"
        ),
    )
    MUST = (
        "must",
        GoalFacts(
            GoalName.COMMITMENTS,
            "delay of what must be complete by a day",
            "unit-days",
            by_party=False,
            verb="of",
        ),
    )
    FLOOR = (
        "floor",
        GoalFacts(GoalName.FLOORS, "floors of tier", Unit.MEASURE, heading="Floors missed"),
    )
    CONTRACTS = "contracts", GoalFacts(GoalName.TARGETS, "contracts met of tier", "contracts")
    LEAST = "least", GoalFacts(GoalName.TARGETS, "least served contract of tier", "of its target")
    TARGET = (
        "target",
        GoalFacts(GoalName.TARGETS, "targets of tier", Unit.MEASURE, heading="Targets missed"),
    )
    RESERVE = (
        "reserve",
        GoalFacts(
            GoalName.TARGETS,
            "targets, with what is forecast, of tier",
            Unit.MEASURE,
            heading="With the forecast",
        ),
    )
    FILL = "fill", GoalFacts(GoalName.FILL, "fill of tier", "units", heading="Units short")
    VALUE = (
        "value",
        GoalFacts(GoalName.VALUE, "value", Unit.CURRENCY, by_party=False, more_is_better=True),
    )
    FAIRNESS = "fairness", GoalFacts(GoalName.FAIRNESS, "fairness in segment", Unit.SHARES)
    STABILITY = "stability", GoalFacts(GoalName.STABILITY, "stability", "lines", by_party=False)

    def named(self, party: object = "") -> str:
        """Name the goal of this kind that is about a tier, a segment, or the whole plan."""
        return f"{self.value}:{party}" if self.facts.by_party else self.value


_KINDS = {kind.value: kind for kind in GoalKind}


def parse(name: str) -> tuple[GoalKind, str]:
    """Take the name of a goal apart: its kind, and its tier or segment, blank where it has none.

    Raises
    ------
    KeyError
        For a name that no goal has.
    """
    code, _, party = name.partition(":")
    return _KINDS[code], party


def kind_of(name: str) -> GoalKind:
    """Look up what a goal is about; see :func:`parse`."""
    return parse(name)[0]


def gain(name: str, value: float, other: float) -> float:
    """Say by how much ``value`` of a goal is better than another; negative where it is worse."""
    return value - other if kind_of(name).facts.more_is_better else other - value
