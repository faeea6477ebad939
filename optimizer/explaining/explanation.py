"""What is said of a line: as data, and in a planner's words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from models.goals import GoalKind, kind_of
from models.reasons import REASON_WORDS
from optimizer.common.words import goal_name, listed, number, several
from optimizer.explaining.input_changes import Fill
from optimizer.explaining.payers import Payment
from optimizer.explaining.price_words import price_words
from optimizer.explaining.virtual_orders import holder_name

RESOURCES = {
    "stock": "{item} at {site} from {date:%Y-%m-%d} on",
    "site_capacity": "capacity of {site} on {date:%Y-%m-%d}",
    "lane_capacity": "capacity of {service} from {site} on {date:%Y-%m-%d}",
}
FEW = 8
"""Names that a sentence lists."""


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
        it wants cannot give enough, or where nobody need be question.
    payable
        Whether they can; None where nobody looked, or the solver did not say in time.
    priced
        Whether the run has prices; those made by a rule have none.
    promises
        What became of promises to it that cannot be kept on their days, a sentence each.
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

    def __repr__(self) -> str:
        """Say it in words."""
        return "\n".join(self.sentences())

    def sentences(self) -> list[str]:
        """Say it, a sentence or a list a line."""
        return [
            _status(self.line),
            *self.promises,
            *_ledger(self),
            *_binding(self),
            *_fills(self),
            *_payment(self),
        ]


def _status(line: pd.Series) -> str:
    name = f"Order {line['order']} line {line['line']}: {number(line['ordered'])} of {line['item']}"
    head = f"{name} for {line['customer']} (segment {line['segment']}, tier {line['tier']})"
    if line["status"] == "on_time":
        return f"{head}: in full and on time."
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
    if explanation.line["status"] == "on_time":
        return
    if explanation.known is None:
        yield "What would fill it: the solver did not say in time."
        return
    if not explanation.known:
        yield "It cannot be filled on time with known supply, even if nobody else got anything."
    if explanation.fills:
        yield "What would fill it, all others as they are (each alone):"
        yield from (f" * {fill.words}." for fill in explanation.fills)
    else:
        yield "No single change of supply, limits, rules or dates that we tried would fill it."


def _payment(explanation: Explanation) -> Iterator[str]:
    payment, fills = explanation.payment, explanation.fills
    if payment is None:
        there = any(fill.kind == "promise" for fill in fills)
        if explanation.payable is False:
            yield "Those who have what it wants cannot give enough for it."
        elif explanation.known and not there and explanation.line["status"] != "on_time":
            yield "Who would pay if it were filled from known supply was not found in time."
        return
    yield f"Filled from known supply, {several(len(payment.losers), 'other line')} would pay:"
    for row in payment.losers.head(FEW).to_dict("records"):
        lost = [f"{number(row['units'])} less"] if row["units"] > 0 else []
        lost += [f"{number(row['late'])} less on time"] if row["late"] > 0 else []
        name = f"{holder_name(row['order'], row['line'])} (tier {row['tier']})"
        yield f" * {name}: {listed(lost)}."
    if len(payment.losers) > FEW:
        yield f" * and {len(payment.losers) - FEW} more lines."
    yield from (f" * {text}." for text in _goals(payment))


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
