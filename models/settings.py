"""The header of a scenario (``scenario.yaml``): horizon, segments, services, goals, solver.

Attribute docstrings become the descriptions of the published JSON Schema.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, field_validator, model_validator

from models.errors import UsageError
from models.fields import (
    LARGEST,
    Count,
    Day,
    Header,
    Identifier,
    Money,
    Name,
    OneLine,
    Share,
    TimeZone,
    Window,
    Written,
    minutes,
)
from models.goals import GoalName
from models.relationship import (
    Ledger,
    PastCommitments,
    Penalty,
    ReviewPeriod,
    SegmentRule,
    Stage,
    StageName,
    StageRule,
    StaleCommitments,
    with_defaults,
)
from models.simulation import Backtest


class Measure(StrEnum):
    """How service is counted; totals over a segment's lines and the horizon."""

    UNIT_FILL = "unit_fill"
    UNIT_OTIF = "unit_otif"
    VALUE_FILL = "value_fill"
    VALUE_OTIF = "value_otif"
    LINE_FILL = "line_fill"
    LINE_OTIF = "line_otif"
    ORDER_FILL = "order_fill"
    ORDER_OTIF = "order_otif"
    BACKLOG_FILL = "backlog_fill"
    """Units delivered of lines requested before their first possible arrival."""

    @property
    def base(self) -> str:
        """What is counted: ``unit``, ``value``, ``line`` or ``order``."""
        return "unit" if self.backlog else self.split("_")[0]

    @property
    def whole_of(self) -> str:
        """What it is a share of: all of its base, or the ``backlog``."""
        return "backlog" if self.backlog else self.base

    @property
    def backlog(self) -> bool:
        """Whether only lines count that are overdue before the first day."""
        return self.startswith("backlog")

    @property
    def on_time(self) -> bool:
        """Whether only deliveries on time count."""
        return self.endswith("_otif")

    @property
    def whole(self) -> bool:
        """Whether only lines or orders that are full count."""
        return self.base in ("line", "order")


class Policy(StrEnum):
    """How the plan is made: optimised, or by a rule that companies use today."""

    OPTIMAL = "optimal"
    FCFS = "fcfs"
    EDD = "edd"
    SEGMENT_PRIORITY = "segment_priority"
    FAIR_SHARE = "fair_share"
    REVENUE = "revenue"
    BOP = "bop"
    QUOTA = "quota"


class Backorder(StrEnum):
    """What policy ``bop`` does with the commitments of a segment."""

    WIN = "win"
    """Confirmed in full, or reported as an exception; served first."""
    GAIN = "gain"
    """Keeps at least what it has, and may get more."""
    REDISTRIBUTE = "redistribute"
    """May get more or less."""
    FILL = "fill"
    """May get less, never more."""
    LOSE = "lose"
    """Gives everything back; served last."""
    SKIP = "skip"
    """Stays as it is."""


class Ties(StrEnum):
    """Which of the lines that serve every goal equally goes first."""

    OLDEST_FIRST = "oldest_first"
    """The one requested first; of those, the one ordered first."""
    NEWEST_FIRST = "newest_first"
    """The one requested last; of those, the one ordered last."""
    MOST_VALUABLE = "most_valuable"
    """The one with the highest unit value."""


class Fairness(StrEnum):
    """What is fair between the customers of a segment."""

    NONE = "none"
    """Who gets what is left to the other goals."""
    MAX_MIN = "max_min"
    """The least served customer gets the largest share that can be, then the next one."""
    PROPORTIONAL = "proportional"
    """Nobody gets a smaller share than the segment as a whole."""


class OverdueReceipts(StrEnum):
    """What receipts count as that are dated before the start."""

    ON_HAND = "on_hand"
    """They have come: stock, for certain."""
    IGNORE = "ignore"
    """They are not counted."""
    START = "start"
    """They come on the first day, as certainly as they say."""


class Horizon(Header):
    """The days on which goods may be shipped."""

    start: Day
    """Day on which the decision is taken; first ship date."""
    days: Annotated[int, Field(ge=1, le=366), Written]
    """Number of ship days, calendar days."""


class Target(Header):
    """A promised level of service."""

    measure: Measure
    """How the service is counted."""
    level: Share
    """Promised share, 0 to 1."""


class Floor(Header):
    """A guaranteed minimum in a measure of its own."""

    measure: Measure
    """How the service is counted."""
    level: Share
    """Guaranteed share, 0 to 1."""


def _form_of_floor(floor: object) -> str:
    """Tell which form a floor is written in; the parts of its name in a fault are in brackets."""
    return "[terms]" if isinstance(floor, dict | Floor) else "[share]"


class Segment(Header):
    """A group of customers with one service promise."""

    tier: Annotated[int, Field(ge=1, le=99), Written]
    """Order in which promises are kept; 1 first. Segments may share a tier."""
    target: Target | None = None
    """The promised service."""
    floor: (
        Annotated[
            Annotated[Share, Tag("[share]")] | Annotated[Floor, Tag("[terms]")],
            Discriminator(_form_of_floor),
        ]
        | None
    ) = None
    """Guaranteed minimum, in the target's measure or its own; comes before anybody's target."""
    services: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    """Services the segment is entitled to, in order of preference."""
    max_days_late: Annotated[int, Field(ge=0, le=3660), Written] | None = None
    """Later arrivals are refused [day]."""
    max_days_early: Annotated[int, Field(ge=0, le=3660), Written] | None = None
    """Arrivals so many days before `requested` are accepted, earlier ones refused [day]."""
    value_kept_per_day_late: Share = 0.95
    """Share of the value kept for each day of delay, from the first possible arrival on."""
    max_cost_share: (
        Annotated[float, Field(ge=0, le=LARGEST, allow_inf_nan=False), Written] | None
    ) = None
    """No shipment that costs more than this share of the unit value."""
    min_confidence: Share = 0.0
    """May use only stock and receipts that are at least so certain."""
    backorder: Backorder = Backorder.REDISTRIBUTE
    """What policy `bop` does with the segment's commitments."""
    quota_share: Share | None = None
    """Share of each item's supply that policy `quota` sets aside for the segment."""
    ties: Ties = Ties.OLDEST_FIRST
    """Who goes first of equals: `oldest_first`, `newest_first` or `most_valuable`."""
    fairness: Fairness = Fairness.NONE
    """What is fair between the segment's customers: `none`, `max_min` or `proportional`."""
    penalty: Penalty | None = None
    """What missing the target costs; part of the cost that `value` is less of."""
    credit: Share | None = None
    """Share of the value of what is late or short that may be offered as credit."""
    review_period: ReviewPeriod | None = None
    """Calendar period of the contract: `week`, `month`, `quarter` or `year`; told, not counted."""

    @property
    def is_promised(self) -> bool:
        """Whether it has a target or a floor."""
        return self.target is not None or self.floor is not None

    @property
    def measure(self) -> Measure:
        """The measure of target and floor; units in full and on time where no target says it."""
        return self.target.measure if self.target else Measure.UNIT_OTIF

    @property
    def floor_level(self) -> float | None:
        """The guaranteed share."""
        return self.floor.level if isinstance(self.floor, Floor) else self.floor

    @property
    def floor_measure(self) -> Measure:
        """The measure of the floor: its own, or that of the target."""
        return self.floor.measure if isinstance(self.floor, Floor) else self.measure

    @property
    def promised_measures(self) -> tuple[Measure, ...]:
        """What target and floor count in; units in full and on time where nothing is promised."""
        first = [self.target.measure] if self.target else []
        floors = [] if self.floor is None else [self.floor_measure]
        return tuple(dict.fromkeys([*first, *floors])) or (self.measure,)

    @property
    def bases(self) -> dict[str, str]:
        """What ``targets`` and ``floors`` of its tier have to count in as it does."""
        own = self.floor_measure is not self.measure
        plain = self.target is not None or (self.floor is not None and not own)
        found = {"targets": self.measure.base} if plain else {}
        return found if self.floor is None else found | {"floors": self.floor_measure.base}

    @model_validator(mode="after")
    def _a_penalty_needs_a_target(self) -> Self:
        if self.penalty and not self.target:
            msg = "a penalty is due when a target is missed; give the segment a target"
            raise ValueError(msg)
        return self

    @field_validator("services")
    @classmethod
    def _each_service_once(cls, services: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({s for s in services if services.count(s) > 1})
        if twice:
            msg = f"service {twice[0]!r} is listed twice"
            raise ValueError(msg)
        return services


class Service(Header):
    """An entry of the service menu."""

    surcharge_per_unit: Money = 0.0
    """Cost on top of the lane's [currency/unit]."""
    window: Window | None = None
    """Delivery window as ``07:00-12:00``; customers must receive within it."""

    @field_validator("window")
    @classmethod
    def _window_opens_before_it_closes(cls, window: str | None) -> str | None:
        if window and minutes(window)[0] >= minutes(window)[1]:
            msg = f"window {window!r} must open before it closes"
            raise ValueError(msg)
        return window


class Csv(Header):
    """How numbers are written in text: CSV, and cells of other sources that are text."""

    decimal: Annotated[str, Field(pattern=r"^[.,]$")] | None = None
    """Decimal mark: a point or a comma."""
    thousands: Annotated[str, Field(pattern=r"^[., ']$")] | None = None
    """What may stand between thousands: a point, a comma, a blank or an apostrophe."""

    @property
    def mark(self) -> str | None:
        """The decimal mark where it is said: itself, or as the other one is for thousands."""
        return self.decimal or {".": ",", ",": "."}.get(self.thousands or "")

    @model_validator(mode="after")
    def _a_mark_means_one_thing(self) -> Self:
        if self.decimal and self.decimal == self.thousands:
            msg = f"{self.decimal!r} cannot be both the decimal mark and that of thousands"
            raise ValueError(msg)
        return self


class Solver(Header):
    """Limits of the optimisation."""

    relative_gap: Share = 0.001
    """A goal counts as optimal when proved to within this share of its base."""
    seconds: Annotated[float, Field(gt=0, le=86400), Written] = 60.0
    """Time for the whole run [s]."""


class GiveUp(Header):
    """What fairness and less change against yesterday's plan may cost."""

    value: Share = 0.0
    """Share of the value goal that the goals `fairness` and `stability` after it may give up."""
    value_after: Share = 0.001
    """The least such share of a plan that is made to stay near another, by `--after`."""


class Stability(Header):
    """How much may change against commitments that are not frozen."""

    max_changed_lines: Count | None = None
    """Lines whose quantities by arrival date may differ from their commitments."""
    max_worse_promises: Count | None = None
    """Lines that may get less, or later, than their commitments say."""


class Expectation(Header):
    """A test of the plan: a level of service, or an arrival."""

    segment: Identifier | None = None
    """Whose service."""
    measure: Measure | None = None
    """How it is counted."""
    at_least: Share | None = None
    """What must be reached."""
    order: Identifier | None = None
    """What must arrive in full."""
    line: Identifier | None = None
    """Only this line of the order."""
    arrives_by: Day | None = None
    """Last arrival date."""

    @model_validator(mode="after")
    def _one_of_two_kinds(self) -> Self:
        given = {name for name, value in self if value is not None}
        service, arrival = {"segment", "measure", "at_least"}, {"order", "arrives_by"}
        if given != service and given - {"line"} != arrival:
            msg = (
                "give segment, measure and at_least for a level of service, or order (and line) "
                "and arrives_by for an arrival"
            )
            raise ValueError(msg)
        return self


class Settings(Header):
    """The header of a scenario."""

    format: Literal[1]
    """Version of the scenario format."""
    name: Name
    """Short name; names the run folders."""
    title: OneLine = ""
    """One line for people."""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    """Currency of all money, ISO 4217."""
    horizon: Horizon
    """The days on which goods may be shipped."""
    segments: Annotated[dict[Identifier, Segment], Field(min_length=1)]
    """Customer segments by id."""
    services: Annotated[dict[Identifier, Service], Field(min_length=1)]
    """The service menu by id."""
    receipts_overdue: OverdueReceipts = OverdueReceipts.IGNORE
    """What receipts before the start are: `on_hand`, `ignore` (not counted) or `start`."""
    segment_rules: tuple[SegmentRule, ...] = ()
    """Who is in which segment: the first rule that holds; where none does, as `customers` says."""
    stages: Annotated[dict[StageName, Stage], BeforeValidator(with_defaults)] = Field(
        default={}, validate_default=True
    )
    """What the stages of the relationship mean; keys left out keep their defaults."""
    stage_rules: tuple[StageRule, ...] = ()
    """How signals move customers from stage to stage: each day, the first rule that holds."""
    ledger: Ledger = Ledger()
    """How targets are pursued that cannot all be reached."""
    goals: tuple[GoalName, ...] = (
        GoalName.COMMITMENTS,
        GoalName.FLOORS,
        GoalName.TARGETS,
        GoalName.VALUE,
        GoalName.FAIRNESS,
        GoalName.STABILITY,
    )
    """Goals in order of importance; each is held while the next is improved."""
    policy: Policy = Policy.OPTIMAL
    """How the plan is made."""
    time_zone: TimeZone | None = None
    """Where the calendar of the sites is kept, as Europe/Berlin: the day of moments in tables."""
    csv: Csv = Csv()
    """How numbers are written in text."""
    solver: Solver = Solver()
    """Limits of the optimisation."""
    give_up: GiveUp = GiveUp()
    """What fairness and less change against yesterday's plan may cost."""
    commitments_stale: StaleCommitments = StaleCommitments.ADJUST
    """Commitments too large, or of what is gone (order, lane ...): `adjust` or `refuse`."""
    commitments_past: PastCommitments = PastCommitments.MOVE
    """Frozen commitments of days before the start: they `move`, or have `shipped`."""
    stability: Stability = Stability()
    """Change budget against commitments that are not frozen."""
    retention_after_miss: Share = 0.0
    """Share of a customer's yearly worth that is expected to stay after a missed promise."""
    expect: tuple[Expectation, ...] = ()
    """Tests of the plan; one that fails is reported and the plan not published."""
    backtest: Backtest | None = None
    """How supply comes in the simulated days of `allocore backtest`; its defaults if not said."""

    @field_validator("format", mode="before")
    @classmethod
    def _format_may_be_written_as_text(cls, value: object) -> object:
        return 1 if value == "1" else value

    @field_validator("goals")
    @classmethod
    def _each_goal_once(cls, goals: tuple[GoalName, ...]) -> tuple[GoalName, ...]:
        twice = sorted({g for g in goals if goals.count(g) > 1})
        if twice:
            msg = f"goal {twice[0].value!r} is listed twice"
            raise ValueError(msg)
        return goals

    @field_validator("segments")
    @classmethod
    def _segments_sharing_a_tier_share_a_base(
        cls, segments: dict[str, Segment]
    ) -> dict[str, Segment]:
        counted: dict[tuple[int, str], tuple[str, str]] = {}
        for name, segment in segments.items():
            for family, base in segment.bases.items():
                first, known = counted.setdefault((segment.tier, family), (name, base))
                if known != base:
                    msg = (
                        f"segments {first!r} and {name!r} share tier {segment.tier} but count "
                        f"{known}s and {base}s; give them one base or two tiers"
                    )
                    raise ValueError(msg)
        return segments

    def tier_of(self, segment: str, stage: StageName) -> int:
        """Tier in which orders of a segment count at a stage.

        A stage moves nothing to a tier that counts something else than the segment.
        """
        own = self.segments[segment]
        tier = max(1, own.tier + self.stages[stage].tier_shift)
        there = {
            base for s in self.segments.values() if s.tier == tier for base in s.bases.values()
        }
        return tier if there <= {own.measure.base} else own.tier


def policy_named(name: str) -> Policy:
    """Find a policy by its name.

    Raises
    ------
    UsageError
        When there is none.
    """
    if name in list(Policy):
        return Policy(name)
    msg = f"policy {name!r} does not exist; choose one of {', '.join(Policy)}"
    raise UsageError(msg)
