"""Stock of a tiny scenario as a flow from day to day, one pool for each level of certainty."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from tests.independent.programme import Programme
from tests.independent.rows import Expression, total
from tests.independent.supply import Move, Supply

Node = tuple[str, str, int, int]
"""Site, item, number of the pool (0 = the least certain), day."""


class Flow:
    """Balance of every pool on every day; certain units may be used as less certain ones.

    What is neither shipped, moved nor carried on is left over.

    Parameters
    ----------
    programme
        Gets the variables and rows.
    supply
        Lots, moves and levels.
    shipped
        The units of each option, as expressions.
    """

    def __init__(self, programme: Programme, supply: Supply, shipped: Sequence[Expression]) -> None:
        self._programme, self._supply = programme, supply
        case = supply.case
        pools, days = range(len(supply.levels)), range(len(case.days))
        ships = {(option.site, option.item) for option in case.options}
        moves = {(site, m.item) for m in supply.moves for site in (m.source, m.target)}
        self._balance: dict[Node, dict[int, Fraction]] = {
            (site, item, pool, day): {}
            for site, item in sorted(ships | moves)
            for pool in pools
            for day in days
        }
        for option, units in zip(case.options, shipped, strict=True):
            if not option.most:
                continue
            pool = supply.levels.index(supply.needed(option))
            node = option.site, option.item, pool, (option.ship - case.start).days
            self._balance[node] |= {x: -c for x, c in units.items()}
        self.moved = [(self._move(move, pool), move) for move in supply.moves for pool in pools]
        self._daily_limits()
        for node in self._balance:
            self._carry(node)
        for node, row in self._balance.items():
            programme.require(row, least=-float(self._arriving(node)))

    def _move(self, move: Move, pool: int) -> int:
        step = self.step(move)
        count = self._programme.variable(whole=True)
        self._balance[move.source, move.item, pool, move.leaves][count] = -step
        self._balance[move.target, move.item, pool, move.arrives][count] = step
        return count

    def step(self, move: Move) -> Fraction:
        """Return the units that one step of a move carries."""
        return self._supply.case.rows.item(move.item).unit

    def _daily_limits(self) -> None:
        for row, day in sorted({(move.row, move.leaves) for _, move in self.moved}):
            limit = self._supply.daily_limit(row)
            if limit is not None:
                leaving = {
                    count: self.step(move)
                    for count, move in self.moved
                    if (move.row, move.leaves) == (row, day)
                }
                self._programme.require(leaving, most=float(limit))

    def _carry(self, node: Node) -> None:
        """Let what is left stay until the next day, or count as less certain."""
        site, item, pool, day = node
        for other in ((site, item, pool, day + 1), (site, item, pool - 1, day)):
            if other in self._balance:
                units = self._programme.variable()
                self._balance[node][units] = Fraction(-1)
                self._balance[other][units] = Fraction(1)

    def _arriving(self, node: Node) -> Fraction:
        """Add up the lots of a day that are as certain as the pool asks, but not as the next."""
        site, item, pool, day = node
        levels = self._supply.levels
        return total(
            lot.quantity
            for lot in self._supply.lots
            if (lot.site, lot.item, lot.day) == (site, item, day)
            and sum(lot.confidence >= level for level in levels) == pool + 1
        )
