"""The solver's own program: HiGHS in a process that may crash, hang or be killed without harm.

Started by :mod:`optimizer.solving.highs` as a file, never imported by it: nothing but numpy and
highspy is loaded here. Requests and answers are pickled tuples over standard input and output, each
behind its length. One LP is kept between requests, so that changed costs and bounds start from the
last basis; every MIP gets an object of its own.
"""

from __future__ import annotations

import os
import pickle
import queue
import struct
import threading
import time
from typing import Any, BinaryIO

import highspy
import numpy as np

OPTIONS = {
    "output_flag": False,
    "threads": 1,
    "random_seed": 1,
    "primal_feasibility_tolerance": 1e-9,
    "dual_feasibility_tolerance": 1e-10,
}
BOUNDS_EVERY = 1.0
"""Seconds between two reports of a bound."""
DUAL_SIMPLEX, PRIMAL_SIMPLEX = {"simplex_strategy": 1}, {"simplex_strategy": 4}
SAFE_MIP = {"presolve_reduction_limit": 0, "mip_feasibility_tolerance": 1e-9}
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
    rows, columns = len(model["row_lower"]), len(model["lower"])
    whole = model.get("whole", np.zeros(columns, dtype=bool))
    status = h.passModel(  # as arrays: a HighsLp would be filled number by number
        columns,
        rows,
        len(model["index"]),
        int(highspy.MatrixFormat.kColwise),
        int(highspy.ObjSense.kMinimize),
        0.0,
        model["cost"],
        model["lower"],
        model["upper"],
        model["row_lower"],
        model["row_upper"],
        model["start"][:-1],
        model["index"],
        model["value"],
        whole.astype(np.int32),
    )
    if status == highspy.HighsStatus.kError:
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
        self.home_cost: Any = None
        self.home_basis: Any = None
        set_options(self.kept, OPTIONS)

    def load(self, model: dict[str, Any]) -> None:
        """Keep an LP; the model's cost is its home (see ``lp``)."""
        self.kept.clear()
        set_options(self.kept, OPTIONS)
        pass_model(self.kept, model)
        self.home_cost, self.home_basis = model["cost"], None
        self.pipe.send("done", version=self.kept.version())

    def change(self, columns: Any, lower: Any, upper: Any, rows: list[Any]) -> None:
        """Change column bounds of the kept LP and add rows to it."""
        before = self.kept.getNumNz()
        self.kept.changeColsBounds(len(columns), columns.astype(np.int32), lower, upper)
        for low, high, index, value in rows:
            self.kept.addRow(low, high, len(index), index.astype(np.int32), value)
        if self.kept.getNumNz() != before + sum(len(index) for _, _, index, _ in rows):
            msg = "a locked goal was lost on the way to HiGHS"
            raise RuntimeError(msg)
        self.pipe.send("done")

    def widen(self, model: dict[str, Any]) -> None:
        """Add columns to the kept LP; its rows and its basis stay."""
        h, count = self.kept, len(model["lower"])
        before = h.getNumNz()
        start, index = model["start"][:-1].astype(np.int32), model["index"].astype(np.int32)
        bounds = (model["lower"], model["upper"])
        h.addCols(count, model["cost"], *bounds, len(index), start, index, model["value"])
        if h.getNumNz() != before + len(index):
            msg = "a column was lost on the way to HiGHS"
            raise RuntimeError(msg)
        self.home_cost = np.append(self.home_cost, model["cost"])
        if self.home_basis is not None:
            out = [highspy.HighsBasisStatus.kLower] * count
            self.home_basis.col_status = [*self.home_basis.col_status, *out]
        self.pipe.send("done")

    def lp(self, cost: Any, reach: dict[str, Any], seconds: float, way: str) -> None:
        """Minimise over the kept LP.

        ``home``: from the optimum under the home cost with all goals locked so far, which the dual
        simplex mends in a few steps after each further goal. If ``columns`` are there at the lower
        bounds that mean a cost of 0, that is the answer; if they can be lifted there, so is that;
        if not, the primal simplex goes on from home. ``scratch``: by the dual simplex from nothing,
        the quick way where every cost is positive. ``on``: from where the last solve ended, after
        columns were added or under another cost. ``down``: from there by the dual simplex, after
        bounds were changed.
        """
        h = self.kept
        set_options(h, {"time_limit": h.getRunTime() + max(seconds, 0.01)})  # its clock never rests
        if way == "home":
            self._go_home()
            if len(reach["columns"]) and self._lift(**reach):
                return
        elif way == "scratch":
            h.setBasis()
        self._run(cost, DUAL_SIMPLEX if way in ("scratch", "down") else PRIMAL_SIMPLEX)
        self._answer(h.getInfo().objective_function_value, reached=False)

    def _go_home(self) -> None:
        """Go to the optimum under the home cost."""
        if self.home_basis is not None:
            added = self.kept.getNumRow() - len(self.home_basis.row_status)
            free = [highspy.HighsBasisStatus.kBasic] * added
            self.home_basis.row_status = [*self.home_basis.row_status, *free]
            self.kept.setBasis(self.home_basis)
        if self._run(self.home_cost, DUAL_SIMPLEX):
            self.home_basis = self.kept.getBasis()

    def _lift(self, columns: Any, lower: Any, back: Any, upper: Any) -> bool:
        """Try lower bounds for this once; answer if they can be met, else be home again."""
        h, columns = self.kept, columns.astype(np.int32)
        h.changeColsBounds(len(columns), columns, lower, upper)
        met = self._run(self.home_cost, DUAL_SIMPLEX)
        if met:
            self.home_basis = h.getBasis()
            self._answer(0.0, reached=True)
        h.changeColsBounds(len(columns), columns, back, upper)
        if not met and self.home_basis is not None:
            h.setBasis(self.home_basis)
        return met

    def _run(self, cost: Any, strategy: dict[str, Any]) -> bool:
        """Solve under a cost by a simplex strategy; whether the optimum was found."""
        h = self.kept
        set_options(h, strategy)
        h.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        h.run()
        return h.getModelStatus() == highspy.HighsModelStatus.kOptimal

    def _answer(self, objective: float, *, reached: bool) -> None:
        """Send where the kept LP stands."""
        status = self.kept.getModelStatus()
        self.pipe.send(
            "done",
            optimal=status == highspy.HighsModelStatus.kOptimal,
            status=self.kept.modelStatusToString(status),
            objective=objective,
            reached=reached,
            values=np.array(self.kept.getSolution().col_value),
            duals=np.array(self.kept.getSolution().row_dual),
        )

    def mip(self, model: dict[str, Any], start: Any, limits: dict[str, float], again: bool) -> None:
        """Minimise a MIP of its own, reporting each better answer and bound on the way.

        Ends when the objective is proved to within the limits' ``gap``, or reaches ``target``, or
        after ``nodes`` or ``seconds``; ``again``: another way, after a failure.
        """
        h = highspy.Highs()
        set_options(h, OPTIONS | SAFE_MIP | QUICK_MIP | (ANOTHER_WAY if again else {}))
        options = {"mip_rel_gap": 0.0, "mip_abs_gap": max(limits["gap"], 1e-7)}
        options |= {"objective_target": limits["target"], "mip_max_nodes": limits["nodes"]}
        set_options(h, options | {"time_limit": max(limits["seconds"], 0.01)})
        pass_model(h, model)
        if start is not None:
            given = highspy.HighsSolution()
            given.col_value = start
            h.setSolution(given)
        self._report_bounds(h)
        h.cbMipImprovingSolution += lambda e: self.pipe.send(
            "better",
            objective=e.data_out.objective_function_value,
            bound=e.data_out.mip_dual_bound,
            values=np.array(e.data_out.mip_solution),
        )
        h.run()
        info, status = h.getInfo(), h.getModelStatus()
        feasible = info.primal_solution_status == 2
        self.pipe.send(
            "done",
            status=h.modelStatusToString(status),
            cut=status == highspy.HighsModelStatus.kTimeLimit,
            infeasible=status == highspy.HighsModelStatus.kInfeasible,
            bound=_proved(h, model["whole"].any()),
            values=np.array(h.getSolution().col_value) if feasible else None,
        )

    def _report_bounds(self, h: highspy.Highs) -> None:
        """Tell the parent of the bound every second: it counts even if this process is killed."""
        last = [time.monotonic()]

        def tell(e: Any) -> None:
            if time.monotonic() > last[0] + BOUNDS_EVERY:
                last[0] = time.monotonic()
                self.pipe.send("better", bound=e.data_out.mip_dual_bound, values=None)

        h.cbMipInterrupt += tell


def _proved(h: highspy.Highs, whole: bool) -> float:
    """Read the bound that no answer is below; without whole columns HiGHS says 0 instead."""
    info = h.getInfo()
    if whole:
        return float(info.mip_dual_bound)
    optimal = h.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return float(info.objective_function_value) if optimal else -np.inf


def listen(pipe: Pipe, requests: queue.SimpleQueue[Any]) -> None:
    """Take requests; end the process in the middle of a solve when the parent is gone."""
    while (request := pipe.receive()) is not None:
        requests.put(request)
    os._exit(0)


def main() -> None:
    """Serve requests until the parent is gone."""
    pipe = Pipe()
    worker = Worker(pipe)
    requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=listen, args=(pipe, requests), daemon=True).start()
    while True:
        name, content = requests.get()
        try:
            getattr(worker, name)(**content)
        except Exception as error:
            pipe.send("failed", reason=f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
