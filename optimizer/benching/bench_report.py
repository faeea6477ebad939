"""Figures as files: results.json, a table in results.md, a picture of the building."""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import platform
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any

from optimizer.benching.cases import CASES
from optimizer.common.versions import version_of

log = logging.getLogger(__name__)

Figure = dict[str, Any]
PACKAGES = ("allocore", "highspy", "linopy", "numpy", "pandas", "pyomo", "scipy")
RESULTS = "results.json"


def machine() -> dict[str, Any]:
    """Describe the machine and the versions, without names of hosts or people."""
    installed = {name: version_of(name) for name in PACKAGES}
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gigabytes": round(pages / 1e9, 1),
        "os": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: v for name, v in installed.items() if v != "unknown"},
    }


def _cpu() -> str:
    listed = Path("/proc/cpuinfo")
    if not listed.exists():
        return platform.processor() or "unknown"
    names = [row for row in listed.read_text().splitlines() if row.startswith("model name")]
    return names[0].partition(":")[2].strip() if names else platform.machine()


def results(figures: list[Figure]) -> dict[str, Any]:
    """Put the figures of one run under its date and machine."""
    date = datetime.now(UTC).date().isoformat()
    return {"runs": [{"date": date, "machine": machine(), "figures": figures}]}


def write(content: dict[str, Any], folder: Path) -> None:
    """Write results.json, results.md and, with altair, build.svg and build.png.

    Parameters
    ----------
    content
        From :func:`results`.
    folder
        Made if missing. Cases that are there already and were not measured again stay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / RESULTS
    fresh = {figure["case"] for run in content["runs"] for figure in run["figures"]}
    known = json.loads(target.read_text("utf-8"))["runs"] if target.exists() else []
    for run in known:
        run["figures"] = [f for f in run["figures"] if f["case"] not in fresh]
    runs = [run for run in known if run["figures"]] + content["runs"]
    text = json.dumps({"runs": runs}, indent=1, ensure_ascii=False)
    target.write_text(text + "\n", "utf-8")
    (folder / "results.md").write_text(report({"runs": runs}), "utf-8")
    draw([figure for run in runs for figure in run["figures"]], folder)


def report(content: dict[str, Any]) -> str:
    """Give all runs in Markdown: machine and date, and a table for each case."""
    parts = ["# Benchmarks\n\nWritten by `allocore bench`; the raw figures are in results.json.\n"]
    for run in content["runs"]:
        m = run["machine"]
        versions = ", ".join(f"{name} {v}" for name, v in m["versions"].items())
        parts.append(
            f"Measured on {run['date']}: {m['cpu']}, {m['cores']} cores, "
            f"{m['memory_gigabytes']} GB, {m['os']}, Python {m['python']}, {versions}.\n"
        )
        parts += [table(run["figures"], case) for case in _cases(run["figures"])]
    return "\n".join(parts)


def _cases(figures: Iterable[Figure]) -> list[str]:
    there = {figure["case"] for figure in figures}
    return [case for case in CASES if case in there]


def table(figures: list[Figure], case: str) -> str:
    """Give one case: a row for each size and contender, the median over seeds.

    Ratios are to the case's first contender, of the same size and seed: their median and worst.
    """
    mine = [f for f in figures if f["case"] == case]
    seeds = sorted({f["seed"] for f in mine})
    base = {(f["lines"], f["seed"]): f for f in mine if f["contender"] == _first(case)}
    groups = groupby(mine, key=lambda f: (f["lines"], f["contender"]))
    order = {name: n for n, name in enumerate(CASES[case].contenders)}
    by_row: dict[tuple[int, str], list[Figure]] = {}
    for key, group in groups:
        by_row.setdefault(key, []).extend(group)
    rows = [
        _row(lines, contender, by_row[lines, contender], base)
        for lines, contender in sorted(by_row, key=lambda k: (k[0], order[k[1]]))
    ]
    shown = [name for name in rows[0] if any(row[name] for row in rows)]
    ruled = "|".join(["---"] * len(shown))
    lines = [f"| {' | '.join(cells)} |" for cells in ([row[n] for n in shown] for row in rows)]
    head = f"## {case}: {CASES[case].title}\n\nSeeds {', '.join(map(str, seeds))}; medians.\n"
    return "\n".join([head, f"| {' | '.join(shown)} |", f"|{ruled}|", *lines, ""])


def _first(case: str) -> str:
    return next(iter(CASES[case].contenders))


def _row(
    lines: int, contender: str, group: list[Figure], base: dict[tuple[int, int], Figure]
) -> dict[str, str]:
    """Cells of one row by column; blank where nothing is to be said."""
    ran = [f for f in group if not f["note"]]
    pairs = [(f, base[f["lines"], f["seed"]]) for f in ran if (f["lines"], f["seed"]) in base]
    against = [(f, b) for f, b in pairs if not b["note"] and b["contender"] != contender]
    of = f"of {next(iter(base.values()))['contender']}" if base else ""
    return {
        "lines": f"{lines:,}",
        "contender": contender,
        "columns": _middle(ran, "columns", "{:,.0f}"),
        "nonzeros": _middle(ran, "nonzeros", "{:,.0f}"),
        "CPU s": _middle(ran, "cpu_seconds", "{:,.3g}"),
        f"x CPU {of} (worst)": _ratio(against, "cpu_seconds"),
        "wall s": _middle(ran, "wall_seconds", "{:,.3g}"),
        "peak MB": _middle(ran, "peak_megabytes", "{:,.0f}"),
        f"x peak {of} (worst)": _ratio(against, "peak_megabytes"),
        "MB added": _middle(ran, "added_megabytes", "{:,.0f}"),
        f"x added {of} (worst)": _ratio(against, "added_megabytes"),
        "value": _middle(ran, "value", "{:,.0f}"),
        "worst gap": _worst(ran, "gap", max, "{:.3%}"),
        "gap by goal (worst)": _goal_gaps(ran),
        "of the way from greedy to the bound (worst)": _worst(ran, "share", min, "{:.2%}"),
        "status": ", ".join(sorted({f["status"] for f in ran if "status" in f})),
        "note": "; ".join(sorted({f["note"] for f in group if f["note"]})),
    }


def _numbers(figures: list[Figure], name: str) -> list[float]:
    return [f[name] for f in figures if f.get(name) is not None]


def _middle(figures: list[Figure], name: str, form: str) -> str:
    numbers = _numbers(figures, name)
    return form.format(median(numbers)) if numbers else ""


def _worst(
    figures: list[Figure], name: str, which: Callable[[list[float]], float], form: str
) -> str:
    numbers = _numbers(figures, name)
    return form.format(which(numbers)) if numbers else ""


def _ratio(pairs: list[tuple[Figure, Figure]], name: str) -> str:
    ratios = [figure[name] / base[name] for figure, base in pairs if base[name]]
    return f"{median(ratios):,.3g} ({max(ratios):,.3g})" if ratios else ""


def _goal_gaps(figures: list[Figure]) -> str:
    worst: dict[str, float] = {}
    for goal in (goal for figure in figures for goal in figure.get("goals", ())):
        gap = float("inf") if goal["gap"] is None else goal["gap"]
        worst[goal["name"]] = max(gap, worst.get(goal["name"], 0.0))
    return ", ".join(f"{name} {gap:.3%}" for name, gap in worst.items() if gap)


def draw(figures: list[Figure], folder: Path) -> None:
    """Draw CPU time and peak memory of the case ``build`` by size; says so where it cannot."""
    if any(importlib.util.find_spec(name) is None for name in ("altair", "vl_convert")):
        log.warning("no picture: pip install 'allocore[bench]'")
        return
    import altair as alt

    points = [
        {name: f[name] for name in ("lines", "contender", "cpu_seconds", "peak_megabytes")}
        for f in figures
        if f["case"] == "build" and not f["note"]
    ]
    if not points:
        return
    base = alt.Chart(alt.Data(values=points)).encode(
        x=alt.X("lines:Q", title="order lines").scale(type="log"),
        color=alt.Color("contender:N", sort=list(CASES["build"].contenders), title=None),
    )
    panels = []
    for name, title in (("cpu_seconds", "CPU seconds"), ("peak_megabytes", "peak memory, MB")):
        y = alt.Y(f"{name}:Q", title=title).scale(type="log")
        middle = base.encode(y=alt.Y(f"median({name}):Q", title=title).scale(type="log"))
        panels.append(
            (base.mark_point(opacity=0.5).encode(y=y) + middle.mark_line()).properties(
                width=330, height=260, title=title
            )
        )
    chart = alt.hconcat(*panels).properties(
        title="Build the model and hand it to HiGHS: a dot for each seed, lines through medians"
    )
    chart.save(folder / "build.svg")
    chart.save(folder / "build.png", scale_factor=2)
