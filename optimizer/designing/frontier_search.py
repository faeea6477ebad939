"""The whole frontier of cost and service: the cheapest network for each level that is promised."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from models.errors import UsageError
from optimizer.common.clock import Clock
from optimizer.designing.compiled_network import CompiledNetwork, Floats
from optimizer.designing.day_plans import evaluate
from optimizer.designing.demand_sample import DemandDay
from optimizer.designing.design import Design, Designs
from optimizer.designing.design_answer import DesignAnswer
from optimizer.designing.design_solver import LARGE
from optimizer.designing.design_tables import design_of, name_of, tables_of
from optimizer.designing.frontier_result import Frontier
from optimizer.designing.kpis import mean_service
from optimizer.designing.level_solver import LevelSolver
from optimizer.designing.network_builder import network_of, promised_levels

ROUNDS = 4
"""Times at most that a network is asked for more because its replay misses a promise."""
MORE, MARGIN = 1.5, 0.002
"""What is asked for on top: so many times the share that was missed, and a share."""
SHARE = 0.5
"""Of the time left for one round over all levels; replays need the rest."""
KEPT = 5e-4
"""A level counts as kept when no more than this share is missing."""
SERVICE_COLUMNS = {
    "point": "str",
    "level": "float64",
    "segment": "str",
    "promised": "float64",
    "possible": "float64",
    "replayed": "float64",
    "kept": "bool",
}
"""Columns and dtypes of a frontier's service."""


# A public call whose options are keywords of their own, more than six of them.
def frontier(
    designs: Designs,
    days: Sequence[DemandDay],
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
    promises = _promises(designs, segment, levels)
    compiled = CompiledNetwork.of(network_of(designs, days))
    apart = len(compiled.network.flows) > LARGE if decompose is None else decompose
    gap = designs.scenario.settings.solver.relative_gap
    solver = LevelSolver(compiled, gap, apart, quiet)
    search = FrontierSearch(designs, days, pool, solver, promises, Clock(seconds))
    search.run()
    return search.result()


def _promises(
    designs: Designs, segment: str | None, levels: Sequence[float] | None
) -> dict[float, Floats]:
    """Promised share of each segment by the level of the point, lowest first."""
    choices, settings = designs.choices, designs.scenario.settings
    if choices is None:
        msg = "nothing may be chosen; say in designs.yaml under choose: which sites, lanes or stock"
        raise UsageError(msg)
    who = segment or choices.segment
    names = list(settings.segments)
    if who is not None and who not in names:
        msg = f"segment {who!r} does not exist; choose one of {', '.join(names)}"
        raise UsageError(msg)
    usual = np.array(promised_levels(settings))
    promises = {}
    for level in sorted(levels or choices.levels):
        if not 0 <= level <= 1:
            msg = f"level {level:g} is no share; choose levels from 0 to 1"
            raise UsageError(msg)
        mine = np.array([name == who for name in names])
        promises[level] = usual * level if who is None else np.where(mine, level, usual)
    return promises


@dataclass(eq=False)
class FrontierSearch:
    """Networks of all levels, each asked for a little more until its replay keeps its promises.

    Flows are more optimistic than the allocation. So the first network of a level may miss it by a
    little when it is replayed; then what was missed is asked for on top. The bound stays that of
    the first: no network that keeps the promise costs less, in flows or replayed.

    Parameters
    ----------
    designs
        With choices.
    days
        On which networks are replayed.
    pool
        Where replays run.
    solver
        Finds networks.
    promises
        Share of each segment, shape (segments,), by the level of the point.
    clock
        For everything.
    answers, networks, kpis
        By level: the answer of the design model, the network as a scenario, figures of its replay.
    """

    designs: Designs
    days: Sequence[DemandDay]
    pool: Executor
    solver: LevelSolver
    promises: dict[float, Floats]
    clock: Clock
    answers: dict[float, DesignAnswer] = field(default_factory=dict)
    networks: dict[float, Design] = field(default_factory=dict)
    kpis: dict[float, pd.DataFrame] = field(default_factory=dict)

    @property
    def compiled(self) -> CompiledNetwork:
        """The design model."""
        return self.solver.compiled

    def run(self) -> None:
        """Solve, replay, ask for more where a replay misses, and put in order."""
        levels = dict(self.promises)
        self._solve(levels)
        first = dict(self.answers)
        self._replay(levels)
        for _ in range(ROUNDS):
            raised = {level: self._raise(level, levels[level]) for level in self.promises}
            more = {level: shares for level, shares in raised.items() if shares is not None}
            if not more or self.clock.left <= 0:
                break
            self._solve(more)
            levels |= more
            for level in more:
                self.answers[level] = replace(self.answers[level], short=first[level].short)
            self._replay(more)
        self._use_cheaper_networks()
        for level, answer in self.answers.items():
            self.answers[level] = replace(answer, bound=min(first[level].bound, answer.cost))

    def _solve(self, levels: dict[float, Floats]) -> None:
        self.answers |= self.solver.solve(levels, Clock(self.clock.left * SHARE))

    def _replay(self, levels: Iterable[float]) -> None:
        for level in levels:
            self.networks[level] = design_of(
                self.designs, self.compiled, self.answers[level], self.promises[level]
            )
        networks = {name_of(level): self.networks[level] for level in levels}
        kpis = evaluate(networks, self.days, self.pool, quiet=self.solver.quiet)
        for level in levels:
            self.kpis[level] = kpis[kpis["design"] == name_of(level)]

    def _service(self, level: float) -> Floats:
        """Service of each segment in the replay, as a share."""
        by_segment = mean_service(self.kpis[level]).loc[name_of(level)]
        service: Floats = by_segment.reindex(self.compiled.network.segments["segment"]).to_numpy()
        return service

    def _missed(self, level: float) -> Floats:
        """Share that the replay misses of each promise that is possible in flows."""
        total = self.compiled.network.segments["total"].to_numpy()
        short = self.answers[level].short / np.where(total > 0, total, 1.0)
        missed = self.promises[level] - short - self._service(level)
        return np.where(np.isnan(missed) | (missed <= KEPT), 0.0, missed)

    def _raise(self, level: float, shares: Floats) -> Floats | None:
        """Ask for more of what the replay misses; None where nothing is missed, or all is asked."""
        missed = self._missed(level)
        if not missed.any():
            return None
        more: Floats = np.minimum(shares + np.where(missed > 0, MORE * missed + MARGIN, 0.0), 1.0)
        return more if (more > shares + MARGIN / 2).any() else None

    def _use_cheaper_networks(self) -> None:
        """Take the network of a higher level where it keeps its promises and costs less."""
        levels = sorted(self.promises, reverse=True)
        for higher, level in itertools.pairwise(levels):
            if self.answers[higher].cost < self.answers[level].cost and not (
                self._missed(higher).any() or self.answers[higher].short.any()
            ):
                short = self.answers[level].short
                self.answers[level] = replace(self.answers[higher], short=short)
                self._replay([level])

    def result(self) -> Frontier:
        """Put the tables of all points together, with what the allocation made of each."""
        tables = [
            tables_of(
                self.compiled,
                self.designs,
                level,
                shares,
                self.answers[level],
                self.networks[level].stock,
            )
            for level, shares in self.promises.items()
        ]
        points, service, sites, positions, lanes = (
            pd.concat(parts, ignore_index=True) for parts in zip(*tables, strict=True)
        )
        service = service.assign(
            replayed=np.concatenate([self._service(level) for level in self.promises])
        )
        enough = service["replayed"] >= np.minimum(service["promised"], service["possible"]) - KEPT
        service["kept"] = enough | service["replayed"].isna()
        cost = {
            level: float(kpis.loc[kpis["figure"] == "total_cost", "value"].mean())
            for level, kpis in self.kpis.items()
        }
        kept = service.groupby("point")["kept"].all().reindex(points["point"]).to_numpy()
        points = points.assign(
            replayed_cost=points["level"].map(cost),
            kept=kept,
            proved=points["gap"] <= self.solver.relative_gap,
        )
        return Frontier(
            points=points,
            service=service[list(SERVICE_COLUMNS)].astype(SERVICE_COLUMNS),
            sites=sites,
            positions=positions,
            lanes=lanes,
            designs={name_of(level): self.networks[level] for level in self.promises},
            decomposed=self.solver.apart,
        )
