"""What is said of a line: as data, and in a planner's words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from models.goals import GoalKind, kind_of
from models.reasons import REASON_WORDS
from models.solution import AS_ASKED, NOT_DUE
from optimizer.common.words import goal_name, listed, number, several
from optimizer.explaining.input_changes import Fill
from optimizer.explaining.payers import Payment
from optimizer.explaining.price_words import price_words
from optimizer.explaining.relaxations import HOLD_BACK
from optimizer.explaining.virtual_orders import holder_name

RESOURCES = {
    "stock": "{item} at {site} from {date:%Y-%m-%d} on",
    "site_capacity": "capacity of {site} on {date:%Y-%m-%d}",
    "lane_capacity": "capacity of {service} from {site} on {date:%Y-%m-%d}",
}
FEW = 8
"""Names that a sentence lists."""


@dataclass(frozen=True, slots=True)
class LineDates:
    """When a line was asked for, and its due window: the arrivals of what ships in the horizon."""

    requested: pd.Timestamp
    first: pd.Timestamp
    last: pd.Timestamp

    @property
    def out_of_reach(self) -> bool:
        """Whether nothing can arrive on time any more."""
        return self.requested < self.first


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why a line gets what it gets, and what would have to change.

    Parameters
    ----------
    line
        Its row of ``lines.csv``.
    ledger
        Who has what it misses: the columns :data:`optimizer.explaining.unit_ledger.LEDGER`;
        ``units`` add up to what is missing.
    binding
        What is scarce: the columns :data:`optimizer.explaining.scarcity.BINDING`.
    known
        Whether supply that is known could fill it, were there no other orders; None if the solver
        did not say.
    fills
        Changes that would fill it while all others keep what they have, each alone.
    payment
        What others would lose if it were filled from known supply; None where those who have what
        it wants cannot give enough, or where nobody need be asked.
    payable
        Whether they can; None where nobody looked, or it is not worked out.
    priced
        Whether the run has prices; those made by a rule have none.
    promises
        What became of promises to it that cannot be kept on their days, a sentence each.
    dates
        When it was asked for and can arrive; None for lines on time.
    held
        Whether it is held or capped by hand; ``known`` is then what could be without that.
    """

    line: pd.Series
    ledger: pd.DataFrame
    binding: pd.DataFrame
    known: bool | None
    fills: tuple[Fill, ...]
    payment: Payment | None
    payable: bool | None = None
    priced: bool = True
    promises: tuple[str, ...] = ()
    dates: LineDates | None = None
    held: bool = False

    def __repr__(self) -> str:
        """Say it in words."""
        return "\n".join(self.sentences())

    def sentences(self) -> list[str]:
        """Say it, a sentence or a list a line."""
        return [
            _status(self),
            *self.promises,
            *_ledger(self),
            *_binding(self),
            *_fills(self),
            *_payment(self),
        ]


def _status(explanation: Explanation) -> str:
    line, dates = explanation.line, explanation.dates
    name = f"Order {line['order']} line {line['line']}: {number(line['ordered'])} of {line['item']}"
    head = f"{name} for {line['customer']} (segment {line['segment']}, tier {line['tier']})"
    if line["status"] == "on_time":
        return f"{head}: in full and on time."
    if dates is not None and line["status"] == NOT_DUE:
        kept = number(line["delivered"])
        return (
            f"{head}: not due: requested on {dates.requested:%Y-%m-%d}, later than anything that "
            f"ships within the horizon arrives ({dates.last:%Y-%m-%d}); nothing is decided for it "
            f"yet{f', but the {kept} promised beforehand ship' if line['delivered'] else ''}."
        )
    late = line["delivered"] - line["delivered_on_time"]
    parts = [
        f"{number(amount)} {word}"
        for amount, word in (
            (line["delivered_on_time"], "on time"),
            (late, "late"),
            (line["short"], "short"),
        )
        if amount > 0
    ]
    return f"{head}: {listed(parts)}. Mostly: {REASON_WORDS[line['reason']]} ({line['reason']})."


def _ledger(explanation: Explanation) -> Iterator[str]:
    """Say who has what is missing."""
    ledger = explanation.ledger
    if ledger.empty:
        return
    yield f"Who has the {number(float(ledger['units'].sum()))} units that are missing:"
    for keys, rows in ledger.groupby(["reason", "item", "site"], sort=False):
        reason, item, site = (str(key) for key in keys)
        units = number(float(rows["units"].sum()))
        until = rows["until"].iloc[0]
        where = f", {item} at {site} until {until:%Y-%m-%d}" if site else ""
        holders = rows[rows["order"] != ""].to_dict("records")
        named = [
            f"{holder_name(of['order'], of['line'])} {number(of['units'])} (tier {of['tier']:.0f})"
            for of in holders
        ]
        more = [f"{len(named) - FEW} more lines"] if len(named) > FEW else []
        who = f": {listed([*named[:FEW], *more])}" if named else ""
        yield f" * {units} units: {REASON_WORDS[reason]}{where}{who}"


def _binding(explanation: Explanation) -> Iterator[str]:
    """Say what scarce resources cost."""
    rows = explanation.binding
    if len(rows) and not explanation.priced:
        yield "What these units are worth to others is not known: this run has no prices."
    for row in rows[rows["goal"] != ""].to_dict("records"):
        name = RESOURCES[str(row["resource"])].format_map(row)
        yield f"Scarce: {name}. {price_words(row)}"


def _fills(explanation: Explanation) -> Iterator[str]:
    if explanation.line["status"] in AS_ASKED:
        return
    dates = explanation.dates
    late = dates is not None and dates.out_of_reach
    if dates is not None and late:
        yield (
            f"On time is out of reach: it is requested on {dates.requested:%Y-%m-%d}, and nothing "
            f"that may ship for it arrives before {dates.first:%Y-%m-%d}."
        )
    if explanation.known is None:
        yield "What would fill it: the solver did not say in time."
        return
    yield from _known(explanation, "" if late else " on time")
    if explanation.fills:
        fill_it = "deliver it in full, late" if late and explanation.line["short"] else "fill it"
        yield f"What would {fill_it}, all others as they are (each alone):"
        yield from (f" * {fill.words}." for fill in explanation.fills)
    elif explanation.line["status"] != "late" or not late:
        yield "No single change of supply, limits, rules or dates that we tried would fill it."


def _known(explanation: Explanation, in_time: str) -> Iterator[str]:
    """Say whether known supply could fill it, and whether a hold alone keeps it from that."""
    if explanation.held:
        if explanation.fills and explanation.fills[0].words == HOLD_BACK:
            yield "The hold or cap by hand is the only reason: without it, it can be filled."
        elif explanation.known:
            yield "It is held or capped by hand; without that, known supply could fill it."
        else:
            yield (
                "It is held or capped by hand; without that, it could not be filled"
                f"{in_time} with known supply either."
            )
    elif not explanation.known and (in_time or explanation.line["short"]):
        yield f"It cannot be filled{in_time} with known supply, even if nobody else got anything."


def _payment(explanation: Explanation) -> Iterator[str]:
    payment, fills = explanation.payment, explanation.fills
    if payment is None:
        there = costs_nobody(fills)
        if explanation.payable is False:
            yield "Those who have what it wants cannot give enough for it."
        elif explanation.known and not there and explanation.line["status"] not in AS_ASKED:
            yield "Who would pay if it were filled from known supply is not worked out."
        return
    count = len(payment.losers)
    others = several(count, "other line") if count else "no other line"
    least = "the least that does" if payment.proved else "at most; less may do"
    yield f"Filled from known supply, {others} would pay ({least}):"
    yield from _paid(payment)
    if payment.swap is not None:
        order = holder_name(str(payment.swap.losers["order"].iloc[0]))
        yield f"The simplest swap: {order} alone gives way:"
        yield from _paid(payment.swap)


def _paid(payment: Payment) -> Iterator[str]:
    """List what lines lose, and what becomes of the goals."""
    for row in payment.losers.head(FEW).to_dict("records"):
        lost = [f"{number(row['units'])} less"] if row["units"] > 0 else []
        lost += [f"{number(row['late'])} less on time"] if row["late"] > 0 else []
        name = f"{holder_name(row['order'], row['line'])} (tier {row['tier']})"
        yield f" * {name}: {listed(lost)}."
    if len(payment.losers) > FEW:
        yield f" * and {len(payment.losers) - FEW} more lines."
    yield from (f" * {text}." for text in _goals(payment))


def costs_nobody(fills: Sequence[Fill]) -> bool:
    """Whether what would fill a line is there: to be committed, or to be released."""
    return any(fill.kind == "promise" or fill.words == HOLD_BACK for fill in fills)


def _goals(payment: Payment) -> Iterator[str]:
    if payment.goals.empty:
        yield "no goal would be reached less well"
    for row in payment.goals.to_dict("records"):
        now, then = number(row["after"]), number(row["before"])
        if row["goal"] == GoalKind.VALUE:
            yield f"net value {now} {row['unit']} instead of {then}"
        else:
            verb = kind_of(row["goal"]).facts.verb
            yield f"{goal_name(row['goal'])} {verb} {now} {row['unit']} instead of {then}"
