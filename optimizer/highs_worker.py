"""The solver's own program: HiGHS in a process that may crash, hang or be killed without harm.

Started by :mod:`optimizer.solver` as a file, never imported by it: nothing but numpy and highspy is
loaded here. Requests and answers are pickled tuples over standard input and output, each behind its
length. One LP is kept between requests, so that changed costs and bounds start from the last basis;
every MIP gets an object of its own.
"""

from __future__ import annotations

import os
import pickle
import struct
import threading
from typing import Any, BinaryIO

import highspy
import numpy as np

OPTIONS = {"output_flag": False, "threads": 1, "random_seed": 1}
PRIMAL_SIMPLEX = {"simplex_strategy": 4}
"""A held goal leaves the last basis feasible: seven times faster than starting again."""
SAFE_MIP = {"presolve_reduction_limit": 0, "mip_feasibility_tolerance": 1e-6}
"""Without the first, every released HiGHS crashes, hangs or lies on some of our models."""
QUICK_MIP = {
    "mip_heuristic_run_root_reduced_cost": False,
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_feasibility_jump": False,
}
"""Searches that our own neighbourhoods replace; without them answers come twice as fast."""
ANOTHER_WAY = {"presolve": "off", "random_seed": 2}


class Pipe:
    """Framed messages to the parent; standard output is kept free of anything else."""

    def __init__(self) -> None:
        self.source: BinaryIO = os.fdopen(os.dup(0), "rb")
        self.sink: BinaryIO = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self.lock = threading.Lock()

    def receive(self) -> Any:
        """Next request; None when the parent is gone."""
        head = self.source.read(8)
        if len(head) < 8:
            return None
        return pickle.loads(self.source.read(struct.unpack("<q", head)[0]))  # noqa: S301  own parent

    def send(self, kind: str, **content: Any) -> None:
        """Answer, or report on the way to one."""
        body = pickle.dumps((kind, content), protocol=5)
        with self.lock:
            self.sink.write(struct.pack("<q", len(body)) + body)
            self.sink.flush()


def set_options(h: highspy.Highs, options: dict[str, Any]) -> None:
    """Set options and read each one back."""
    for name, value in options.items():
        status = h.setOptionValue(name, value)
        _, read = h.getOptionValue(name)
        if status != highspy.HighsStatus.kOk or read != value:
            msg = f"HiGHS does not take option {name} = {value}"
            raise RuntimeError(msg)


def pass_model(h: highspy.Highs, model: dict[str, Any]) -> None:
    """Hand the arrays over and count what arrived."""
    lp = highspy.HighsLp()
    rows, columns = len(model["row_lower"]), len(model["lower"])
    lp.num_row_, lp.num_col_ = rows, columns
    lp.col_cost_ = model["cost"]
    lp.col_lower_, lp.col_upper_ = model["lower"], model["upper"]
    lp.row_lower_, lp.row_upper_ = model["row_lower"], model["row_upper"]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = model["start"]
    lp.a_matrix_.index_ = model["index"]
    lp.a_matrix_.value_ = model["value"]
    if "whole" in model:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(w)] for w in model["whole"]]
    if h.passModel(lp) == highspy.HighsStatus.kError:
        msg = "HiGHS does not take the model"
        raise RuntimeError(msg)
    arrived = (h.getNumRow(), h.getNumCol(), h.getNumNz())
    if arrived != (rows, columns, len(model["index"])):
        msg = f"rows, columns, nonzeros lost on the way to HiGHS: {arrived}"
        raise RuntimeError(msg)


class Worker:
    """Carries out requests; each method answers one kind."""

    def __init__(self, pipe: Pipe) -> None:
        self.pipe = pipe
        self.kept = highspy.Highs()
        set_options(self.kept, OPTIONS)

    def load(self, model: dict[str, Any]) -> None:
        """Keep an LP."""
        self.kept.clear()
        set_options(self.kept, OPTIONS)
        pass_model(self.kept, model)
        self.pipe.send("done", version=self.kept.version())

    def change(self, columns: Any, lower: Any, upper: Any, rows: list[Any]) -> None:
        """Change column bounds of the kept LP and add rows to it."""
        before = self.kept.getNumNz()
        self.kept.changeColsBounds(len(columns), columns.astype(np.int32), lower, upper)
        for low, high, index, value in rows:
            self.kept.addRow(low, high, len(index), index.astype(np.int32), value)
        if self.kept.getNumNz() != before + sum(len(index) for _, _, index, _ in rows):
            msg = "a held goal was lost on the way to HiGHS"
            raise RuntimeError(msg)
        self.pipe.send("done")

    def lp(self, cost: Any, seconds: float, again: bool) -> None:
        """Minimise over the kept LP; ``again``: from scratch, after a failure."""
        h = self.kept
        set_options(h, {"simplex_strategy": 0} if again else PRIMAL_SIMPLEX)
        h.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        set_options(h, {"time_limit": h.getRunTime() + max(seconds, 0.01)})  # its clock never rests
        h.run()
        solution = h.getSolution()
        self.pipe.send(
            "done",
            optimal=h.getModelStatus() == highspy.HighsModelStatus.kOptimal,
            status=h.modelStatusToString(h.getModelStatus()),
            objective=h.getInfo().objective_function_value,
            values=np.array(solution.col_value),
            reduced=np.array(solution.col_dual),
        )

    def mip(
        self,
        model: dict[str, Any],
        start: Any,
        gap: float,
        enough: float,
        seconds: float,
        nodes: int,
        again: bool,
    ) -> None:
        """Minimise a MIP of its own, reporting each better answer on the way.

        Ends when the objective is proved to within ``gap``, or is ``enough``, or after ``nodes``;
        ``again``: another way, after a failure.
        """
        h = highspy.Highs()
        set_options(h, OPTIONS | SAFE_MIP | QUICK_MIP | (ANOTHER_WAY if again else {}))
        limits = {"mip_rel_gap": 0.0, "mip_abs_gap": max(gap, 1e-7), "objective_target": enough}
        limits |= {"time_limit": max(seconds, 0.01), "mip_max_nodes": nodes}
        set_options(h, limits)
        pass_model(h, model)
        if start is not None:
            given = highspy.HighsSolution()
            given.col_value = start
            h.setSolution(given)
        h.cbMipImprovingSolution += lambda e: self.pipe.send(
            "better",
            objective=e.data_out.objective_function_value,
            bound=e.data_out.mip_dual_bound,
            values=np.array(e.data_out.mip_solution),
        )
        h.run()
        info, status = h.getInfo(), h.getModelStatus()
        found = info.primal_solution_status == 2
        self.pipe.send(
            "done",
            status=h.modelStatusToString(status),
            cut=status == highspy.HighsModelStatus.kTimeLimit,
            infeasible=status == highspy.HighsModelStatus.kInfeasible,
            bound=_proved(h, model["whole"].any()),
            values=np.array(h.getSolution().col_value) if found else None,
        )


def _proved(h: highspy.Highs, whole: bool) -> float:
    """Read the bound that no answer is below; without whole columns HiGHS says 0 instead."""
    info = h.getInfo()
    if whole:
        return float(info.mip_dual_bound)
    optimal = h.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return float(info.objective_function_value) if optimal else -np.inf


def main() -> None:
    """Serve requests until the parent is gone."""
    pipe = Pipe()
    worker = Worker(pipe)
    while (request := pipe.receive()) is not None:
        name, content = request
        try:
            getattr(worker, name)(**content)
        except Exception as error:
            pipe.send("failed", reason=f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
