"""The answer to an order: line by line, with its ways and what they displace."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Displaced:
    """Units that were held for forecast demand."""

    segment: str
    region: str
    item: str
    requested: date
    site: str
    units: float
    price: float
    """Bid price, or where there is none what a unit is worth [currency/unit]."""


@dataclass(frozen=True, slots=True)
class Way:
    """Units of a line that go the same way."""

    site: str
    service: str
    ship_date: date
    arrival_date: date
    units: float
    margin: float
    """Worth after lateness, less cost, less bid prices of what is taken from the reserve."""


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """The answer to one line."""

    line: int
    item: str
    quantity: float
    accept: bool
    """All of it can go by ways that bring more than they displace."""
    available: float
    """Units that can."""
    arrival: date | None
    """Of the last of them."""
    margin: float
    ways: tuple[Way, ...]
    displaces: tuple[Displaced, ...]
    not_due: bool = False
    """Requested later than anything arrives that ships within the horizon: not decided yet."""


@dataclass(frozen=True, slots=True)
class Quote:
    """The answer to an order."""

    customer: str
    requested: date
    lines: tuple[QuoteLine, ...]

    @property
    def accept(self) -> bool:
        """Whether every line is accepted."""
        return all(line.accept for line in self.lines)

    def as_record(self) -> dict[str, Any]:
        """As plain data."""
        record: dict[str, Any] = json.loads(json.dumps(asdict(self), default=str))
        return {"accept": self.accept, **record}

    def __repr__(self) -> str:
        """Say it in sentences."""
        return "\n".join(text for line in self.lines for text in _sentences(line))


def _sentences(line: QuoteLine) -> list[str]:
    """Say the answer to a line in sentences."""
    if line.not_due:
        return [
            f"line {line.line}: {line.quantity:,.12g} {line.item} not due: requested later than "
            "anything that ships within the horizon arrives; nothing is decided for it yet"
        ]
    verdict = "accept" if line.accept else "decline"
    head = f"line {line.line}: {verdict} {line.quantity:,.12g} {line.item}"
    if not line.accept:
        head += f"; {line.available:,.12g} could go"
    if line.arrival:
        head += f", there on {line.arrival}, margin {line.margin:,.2f}"
    sentences = [head]
    sentences += [
        f"  {way.units:,.12g} from {way.site} by {way.service} on {way.ship_date}, "
        f"there on {way.arrival_date}"
        for way in line.ways
    ]
    sentences += [
        f"  takes {d.units:,.12g} held for {d.segment} in {d.region}, {d.requested}, "
        f"at {d.site}: worth {d.price:,.2f} each"
        for d in line.displaces
    ]
    return sentences
