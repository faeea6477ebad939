# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 6. Your own data: from an ERP extract to a plan
#
# Your system has delivery schedules, not scenarios. This notebook takes three extracts as they
# come - other column names, other dates, things that do not fit - and ends with a plan. Put your
# own files in place of the ones it writes.

# %%
import tempfile
from pathlib import Path

import altair as alt
import pandas as pd

from optimizer import plan, read_scenario

_ = alt.renderers.enable("png", scale_factor=1.5)  # needs no network; "html" shows values on hover

# %% [markdown]
# ## The extracts
#
# Open sales order items, stock, and customers, as an ERP system exports them.

# %%
items = pd.DataFrame(
    [
        ("0045000001", "000010", "0000100234", "BRG-6204", 120, "25.11.2026", "18.11.2026", 4.20),
        ("0045000001", "000020", "0000100234", "SEAL-40", 60, "25.11.2026", "18.11.2026", 1.10),
        ("0045000002", "000010", "0000100777", "BRG-6204", 200, "26.11.2026", "16.11.2026", 3.90),
        ("0045000003", "000010", "0000100815", "BRG-6204", 80, "24.11.2026", "20.11.2026", 4.60),
        ("0045000004", "000010", "0000100777", "SEAL-40", 150, "27.11.2026", "19.11.2026", 0.95),
        ("0045000005", "000010", "0000100999", "SEAL-40", 40, "31.11.2026", "20.11.2026", 1.30),
    ],
    columns=["vbeln", "posnr", "kunnr", "matnr", "kwmeng", "vdatu", "erdat", "netpr"],
)
stock = pd.DataFrame(
    [("1000", "BRG-6204", 210), ("2000", "BRG-6204", 60), ("1000", "SEAL-40", 180)],
    columns=["werks", "matnr", "labst"],
)
customers = pd.DataFrame(
    [
        ("0000100234", "A", "DE-NORTH"),
        ("0000100777", "C", "DE-SOUTH"),
        ("0000100815", "B", "DE-NORTH"),
    ],
    columns=["kunnr", "abc", "zone"],
)
items

# %% [markdown]
# ## To tables of the format
#
# Rename, and nothing else: ids stay text (`0045000001` keeps its zeros), quantities stay numbers,
# dates become ISO. [scenarios/README.md](../scenarios/README.md) has every column, and where to
# find it in an ERP system.

# %%
folder = Path(tempfile.mkdtemp()) / "november"
folder.mkdir()


def iso(dates):
    """25.11.2026 -> 2026-11-25; what is no date stays as it is, for the door to find."""
    days = pd.to_datetime(dates, format="%d.%m.%Y", errors="coerce").dt.strftime("%Y-%m-%d")
    return days.fillna(dates)


orders = items.drop_duplicates("vbeln")
tables = {
    "orders": pd.DataFrame(
        {
            "order": orders["vbeln"],
            "customer": orders["kunnr"],
            "requested": iso(orders["vdatu"]),
            "ordered": iso(orders["erdat"]),
        }
    ),
    "lines": items.rename(
        columns={
            "vbeln": "order",
            "posnr": "line",
            "matnr": "item",
            "kwmeng": "quantity",
            "netpr": "unit_value",
        }
    )[["order", "line", "item", "quantity", "unit_value"]],
    "customers": customers.rename(
        columns={"kunnr": "customer", "abc": "segment", "zone": "region"}
    ),
    "stock": stock.rename(columns={"werks": "site", "matnr": "item", "labst": "on_hand"}),
    "lanes": pd.DataFrame(
        [
            ("1000", "DE-NORTH", "standard", 1, 0.10),
            ("1000", "DE-SOUTH", "standard", 2, 0.14),
            ("2000", "DE-SOUTH", "standard", 1, 0.09),
            ("2000", "DE-NORTH", "standard", 2, 0.15),
        ],
        columns=["site", "region", "service", "transit_days", "cost_per_unit"],
    ),
}
for name, table in tables.items():
    table.to_csv(folder / f"{name}.csv", index=False)

# %% [markdown]
# ## The header: what was promised to whom
#
# This is the part that no ERP system knows. It is short, and it is worth an hour with sales.

# %%
_ = (folder / "scenario.yaml").write_text("""\
format: 1
name: november
horizon: {start: 2026-11-23, days: 5}
segments:
  A: {tier: 1, target: {measure: unit_otif, level: 0.98}, services: [standard]}
  B: {tier: 2, target: {measure: unit_otif, level: 0.95}, floor: 0.5, services: [standard]}
  C: {tier: 3, target: {measure: unit_fill, level: 0.80}, services: [standard]}
services:
  standard: {}
goals: [commitments, floors, targets, fill, value]
""")

# %% [markdown]
# ## The door
#
# Every fault at once, each with its place (the row as an editor numbers it) and what to change.

# %%
try:
    read_scenario(folder)
except ValueError as faults:
    print(faults)

# %% [markdown]
# Two faults, and both are real ones: November has no 31st, and nobody said who customer
# `0000100999` is. Mend them where they come from. Here:

# %%
orders_table = tables["orders"].replace("31.11.2026", "2026-11-30")
orders_table.to_csv(folder / "orders.csv", index=False)
known = pd.concat(
    [
        tables["customers"],
        pd.DataFrame(
            [
                {
                    "customer": "0000100999",
                    "segment": "C",
                    "region": "DE-SOUTH",
                }
            ]
        ),
    ]
)
known.to_csv(folder / "customers.csv", index=False)

scenario = read_scenario(folder)
scenario

# %% [markdown]
# ## The plan

# %%
result = plan(scenario)
result.lines[
    [
        "order",
        "line",
        "segment",
        "item",
        "ordered",
        "delivered",
        "delivered_on_time",
        "status",
        "reason",
    ]
]

# %%
result.plot("promises")

# %% [markdown]
# `shipments` is the priority list for the warehouses: each row a directed instruction, by rank.

# %%
result.shipments.drop(columns=["tier", "days_late"])

# %% [markdown]
# ## To keep, and to hand on
#
# A run folder has all of it: CSV files, a page for people (`report.html`), a workbook in which
# planners can decide (`plan.xlsx`), and the inputs, so that it can be verified and repeated
# alone.

# %%
written = result.write(folder.parent / "run")
sorted(path.name for path in written.iterdir())
