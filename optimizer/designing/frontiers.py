"""The whole frontier of cost and service: the cheapest network for each level that is promised."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from tqdm import tqdm

from models.errors import UsageError
from optimizer.common.clock import Clock
from optimizer.designing.benders import Decomposed
from optimizer.designing.design_answers import design_of, name_of, tables_of
from optimizer.designing.design_arrays import Answer, Compiled, Floats
from optimizer.designing.design_solver import LARGE, solve_design
from optimizer.designing.evaluating import evaluate, mean_service
from optimizer.designing.networking import network_of, promised
from optimizer.designing.overlays import Design, Designs
from optimizer.designing.sampling import Day
from optimizer.solving.highs import SolverProcess

if TYPE_CHECKING:
    import altair as alt

AGAIN = 4
"""Times at most that a network is asked for more because its replay misses a promise."""
MORE, MARGIN = 1.5, 0.002
"""Times what was missed that is asked for, and a share on top."""
SHARE = 0.5
"""Of the time left for one round over all levels; replays need the rest."""
KEPT = 5e-4
"""A level counts as kept when no more than this share is missing."""
POINTS = {
    "point": "str",
    "level": "float64",
    "segment": "str",
    "promised": "float64",
    "possible": "float64",
    "replayed": "float64",
    "kept": "bool",
}


@dataclass(frozen=True, eq=False)
class Frontier:
    """Cheapest networks by level of service.

    Parameters
    ----------
    points
        A row for each level, highest cost last: ``point``, ``level``, ``cost``, ``bound``, ``gap``
        (of the model [currency/period]), ``open`` (sites), ``stock`` (units), ``moved`` (units),
        ``replayed_cost`` (fixed and cost to serve of the replay [currency/period]), ``kept``
        (whether the replay keeps every promise that is possible).
    service
        ``point``, ``level``, ``segment``, ``promised``, ``possible`` (what any network of the
        choices reaches of it, in flows), ``replayed`` (mean over the days), ``kept``.
    sites
        ``point``, ``site``, ``open``, ``today``.
    positions
        For S&OP: ``point``, ``site``, ``item``, ``today``, ``target``, ``change`` [unit].
    lanes
        Lanes that may be run: ``point``, ``site``, ``region``, ``service``, ``runs``.
    designs
        The network of each point.
    decomposed
        Whether days were solved apart from the network (Benders).
    """

    points: pd.DataFrame
    service: pd.DataFrame
    sites: pd.DataFrame
    positions: pd.DataFrame
    lanes: pd.DataFrame
    designs: dict[str, Design] = field(repr=False)
    decomposed: bool = False

    def to_frame(self) -> pd.DataFrame:
        """Tell the points."""
        return self.points

    def plot(self) -> alt.LayerChart:
        """Draw cost by level of service."""
        from optimizer.designing.design_charts import frontier_chart

        return frontier_chart(self)

    def __repr__(self) -> str:
        """Tell the points."""
        return self.points.to_string(index=False)

    def _repr_html_(self) -> str:
        shown = self.points.assign(level=self.points["level"].map("{:.1%}".format))
        return shown.to_html(index=False, float_format="{:,.4g}".format)


def frontier(
    designs: Designs,
    days: Sequence[Day],
    pool: Executor,
    *,
    segment: str | None = None,
    levels: Sequence[float] | None = None,
    seconds: float = 300.0,
    decompose: bool | None = None,
    quiet: bool = False,
) -> Frontier:
    """Find the cheapest network for each level of service, and replay each.

    Parameters
    ----------
    designs
        With choices.
    days
        Sampled demand; each counts the same.
    pool
        Where replays run.
    segment
        Whose promise is varied, others stay; without one every target is scaled. By default as the
        choices say.
    levels
        Shares to promise; by default as the choices say.
    seconds
        For all networks together [s].
    decompose
        Solve the days apart from the network; by default where there are many flows.
    quiet
        No progress.

    Raises
    ------
    UsageError
        When nothing may be chosen, or the segment does not exist.
    NoPlanError
        When no network was found in time.
    """
    asked = _asked(designs, segment, levels)
    compiled = Compiled.of(network_of(designs, days))
    apart = len(compiled.network.flows) > LARGE if decompose is None else decompose
    search = _Search(designs, days, pool, compiled, asked, Clock(seconds), apart, quiet)
    search.run()
    told = [
        tables_of(compiled, designs, level, asked[level], search.answers[level]) for level in asked
    ]
    points, service, sites, positions, lanes = (
        pd.concat(parts, ignore_index=True) for parts in zip(*told, strict=True)
    )
    service, points = _replayed(points, service, search)
    made = {name_of(level): search.designs[level] for level in asked}
    return Frontier(points, service, sites, positions, lanes, made, apart)


def _asked(
    designs: Designs, segment: str | None, levels: Sequence[float] | None
) -> dict[float, Floats]:
    """Levels of all segments for each point, lowest first."""
    choices, settings = designs.choices, designs.scenario.settings
    if choices is None:
        msg = "nothing may be chosen; say in designs.yaml under choose: which sites, lanes or stock"
        raise UsageError(msg)
    who = segment or choices.segment
    names = list(settings.segments)
    if who is not None and who not in names:
        msg = f"segment {who!r} does not exist; choose one of {', '.join(names)}"
        raise UsageError(msg)
    usual = np.array(promised(settings))
    asked = {}
    for level in sorted(levels or choices.levels):
        if not 0 <= level <= 1:
            msg = f"level {level:g} is no share; choose levels from 0 to 1"
            raise UsageError(msg)
        mine = np.array([name == who for name in names])
        asked[level] = usual * level if who is None else np.where(mine, level, usual)
    return asked


@dataclass(eq=False)
class _Search:
    """Networks of all levels, each asked for a little more until its replay keeps its promises.

    Flows are more optimistic than the allocation. So the first network of a level may miss it by a
    little when it is replayed; then what was missed is asked for on top. The bound stays that of
    the first: no network that keeps the promise costs less, in flows or replayed.
    """

    network_designs: Designs
    days: Sequence[Day]
    pool: Executor
    compiled: Compiled
    promised: dict[float, Floats]
    clock: Clock
    apart: bool
    quiet: bool
    answers: dict[float, Answer] = field(default_factory=dict)
    designs: dict[float, Design] = field(default_factory=dict)
    kpis: dict[float, pd.DataFrame] = field(default_factory=dict)

    def run(self) -> None:
        """Solve, replay, ask for more where a replay misses, and put in order."""
        asked = self._solve(self.promised)
        first = dict(self.answers)
        self._replay(asked)
        for _ in range(AGAIN):
            told = ((level, self._more(level, asked[level])) for level in self.promised)
            more = {level: levels for level, levels in told if levels is not None}
            if not more or self.clock.left <= 0:
                break
            asked |= self._solve(more)
            for level in more:
                self.answers[level] = replace(self.answers[level], short=first[level].short)
            self._replay(more)
        self._in_order()
        for level, answer in self.answers.items():
            self.answers[level] = replace(answer, bound=min(first[level].bound, answer.cost))

    def _solve(self, asked: dict[float, Floats]) -> dict[float, Floats]:
        gap = self.network_designs.scenario.settings.solver.relative_gap
        clock = Clock(self.clock.left * SHARE)
        self.answers |= dict(
            _solved(self.compiled, asked, clock, gap, apart=self.apart, quiet=self.quiet)
        )
        return dict(asked)

    def _replay(self, levels: Iterable[float]) -> None:
        for level in levels:
            self.designs[level] = design_of(
                self.network_designs, self.compiled, self.answers[level], self.promised[level]
            )
        made = {name_of(level): self.designs[level] for level in levels}
        kpis = evaluate(made, self.days, self.pool, quiet=self.quiet)
        for level in levels:
            self.kpis[level] = kpis[kpis["design"] == name_of(level)]

    def service(self, level: float) -> Floats:
        """Service of each segment in the replay, as a share."""
        served = mean_service(self.kpis[level]).loc[name_of(level)]
        names = self.compiled.network.segments["segment"]
        found: Floats = served.reindex(names).to_numpy()
        return found

    def _missed(self, level: float) -> Floats:
        """Share that the replay misses of each promise that is possible in flows."""
        total = self.compiled.network.segments["total"].to_numpy()
        short = self.answers[level].short / np.where(total > 0, total, 1.0)
        missed = self.promised[level] - short - self.service(level)
        return np.where(np.isnan(missed) | (missed <= KEPT), 0.0, missed)

    def _more(self, level: float, asked: Floats) -> Floats | None:
        missed = self._missed(level)
        if not missed.any():
            return None
        more: Floats = np.minimum(asked + np.where(missed > 0, MORE * missed + MARGIN, 0.0), 1.0)
        return more if (more > asked + MARGIN / 2).any() else None

    def _in_order(self) -> None:
        """Take the network of a higher level where it keeps its promises and costs less."""
        levels = sorted(self.promised, reverse=True)
        for higher, level in itertools.pairwise(levels):
            if self.answers[higher].cost < self.answers[level].cost and not (
                self._missed(higher).any() or self.answers[higher].short.any()
            ):
                short = self.answers[level].short
                self.answers[level] = replace(self.answers[higher], short=short)
                self._replay([level])


def _covers(higher: tuple[float, Answer], asked: dict[float, Floats], level: float) -> bool:
    """Whether what keeps one level keeps another one, too."""
    known, answer = higher
    return not answer.short.any() and bool((asked[known] >= asked[level]).all())


def _solved(
    compiled: Compiled,
    asked: dict[float, Floats],
    clock: Clock,
    gap: float,
    *,
    apart: bool,
    quiet: bool,
) -> list[tuple[float, Answer]]:
    """Solve from the highest level down: what keeps more keeps less, too.

    So each answer starts the next, and costs and bounds are monotone also where a gap is left.
    """
    found: list[tuple[float, Answer]] = []
    parts = Decomposed(compiled) if apart else None
    with SolverProcess(threading.Event()) as process:
        bar = tqdm(sorted(asked, reverse=True), desc="frontier", disable=quiet)
        for nth, level in enumerate(bar):
            bar.set_postfix_str(f"level {level:.1%}")
            mine = Clock(clock.left / (len(asked) - nth))
            start = found[-1][1] if found and _covers(found[-1], asked, level) else None
            answer = solve_design(
                compiled.asking(asked[level]), process, mine, gap, start=start, parts=parts
            )
            if start is not None and start.cost < answer.cost:
                answer = replace(answer, vector=start.vector, cost=start.cost)
            found.append((level, answer))
    found.reverse()
    least = -np.inf
    for nth, (level, answer) in enumerate(found):
        least = max(least, answer.bound)
        found[nth] = level, replace(answer, bound=min(least, answer.cost))
    return found


def _replayed(
    points: pd.DataFrame, service: pd.DataFrame, search: _Search
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add what the allocation made of each point, as a mean over the days."""
    served = {level: search.service(level) for level in search.promised}
    service = service.assign(replayed=np.concatenate(list(served.values())))
    enough = service["replayed"] >= np.minimum(service["promised"], service["possible"]) - KEPT
    service["kept"] = enough | service["replayed"].isna()
    cost = [float(k.loc[k["figure"] == "total_cost", "value"].mean()) for k in search.kpis.values()]
    kept = service.groupby("point")["kept"].all().reindex(points["point"]).to_numpy()
    points["replayed_cost"] = points["level"].map(dict(zip(search.kpis, cost, strict=True)))
    return service[list(POINTS)].astype(POINTS), points.assign(kept=kept)
