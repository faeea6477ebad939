"""What a backtest has to be told beyond a scenario: how supply comes in simulated days."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from models.fields import LARGEST, Header, Share, Written


class Backtest(Header):
    """How supply comes in simulated days; demand is drawn from order history."""

    supply: Annotated[float, Field(gt=0, le=LARGEST, allow_inf_nan=False), Written] = 0.85
    """Units that arrive, as a share of those that history lets expect."""
    receipt_every: Annotated[int, Field(ge=1, le=366), Written] = 7
    """Days from one receipt of an item at a site to the next [day]."""
    spread: Share = 0.2
    """Standard deviation of a receipt's quantity, as a share of its mean."""
    late: Share = 0.1
    """Share of the receipts that come later than announced; known on the announced day only."""
    days_late: Annotated[int, Field(ge=1, le=366), Written] = 2
    """Most days that a late receipt is late; fewer are as likely [day]."""
    short: Share = 0.1
    """Share of the receipts that bring less than announced; known on arrival only."""
    short_by: Share = 0.3
    """Most that is missing of a short receipt, as a share; less is as likely."""
