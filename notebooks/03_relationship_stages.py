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
# # 3. Stages of a relationship: whom have we let down?
#
# An order book does not say who was disappointed last week. The relationship does: `commit`,
# `develop`, `crisis`, `recovery`. Six customers want 200 pumps, and there are 160. The page of
# [scenarios/crisis-recovery](../scenarios/crisis-recovery/README.md) is the story; this notebook
# turns its screws.

# %%
import altair as alt
import pandas as pd

from optimizer import plan, read_scenario

_ = alt.renderers.enable("png", scale_factor=1.5)  # needs no network; "html" shows values on hover

FOLDER = "../scenarios/crisis-recovery"
scenario = read_scenario(FOLDER)
result = plan(scenario)

# %% [markdown]
# ## Nobody sets a stage by hand
#
# Signals do: late deliveries, missed dates, scores. Rules in the header say what follows from
# them, and each move has its date and its reason.

# %%
signals = scenario["signals"]
alt.Chart(signals).mark_point(filled=True, size=90).encode(
    x=alt.X("date:T", title=None),
    y=alt.Y("customer:N", title=None),
    shape="kind:N",
    color="kind:N",
    tooltip=["customer", "date", "kind", "value"],
).properties(width=560, height=180, title="What happened")

# %%
result.solution.stages

# %% [markdown]
# ## What a stage decides
#
# In crisis a customer is served one tier earlier, has a floor, and may use express - within a cap
# on supply and for a limited time, so that a crisis is no way to jump the queue. Here is the plan
# with and without stages.

# %%
calm = read_scenario(
    FOLDER,
    [
        f"stages.crisis.{key}={value}"
        for key, value in {
            "tier_shift": 0,
            "floor": 0,
            "supply_share_cap": 1,
            "lends_services": "[]",
        }.items()
    ]
    + ["stages.recovery.floor=0"],
)
without = plan(calm)


# %%
def on_time(made, name):
    lines = made.lines.assign(share=made.lines["delivered_on_time"] / made.lines["ordered"])
    return lines[["customer", "segment", "share"]].assign(plan=name)


both = pd.concat([on_time(result, "with stages"), on_time(without, "without")])
stage_of = result.lines.set_index("customer")["stage"]
both["who"] = both["customer"] + " (" + both["customer"].map(stage_of) + ")"
alt.Chart(both).mark_bar().encode(
    x=alt.X("share:Q", title="on time", axis=alt.Axis(format="%")),
    y=alt.Y("plan:N", title=None),
    color=alt.Color("plan:N", legend=None),
    row=alt.Row("who:N", title=None, header=alt.Header(labelAngle=0, labelAlign="left")),
).properties(width=480, height=34)

# %% [markdown]
# ## How much of the pumps may a crisis take?
#
# The cap is a decision of the company. Each point below is a plan, proved optimal under its cap.

# %%
caps = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3]
swept = []
for cap in caps:
    asked = read_scenario(FOLDER, [f"stages.crisis.supply_share_cap={cap}"])
    swept.append(on_time(plan(asked), cap).rename(columns={"plan": "cap"}))
alt.Chart(pd.concat(swept)).mark_line(point=True).encode(
    x=alt.X(
        "cap:Q",
        title="share of supply that customers in crisis may take",
        axis=alt.Axis(format="%"),
    ),
    y=alt.Y("share:Q", title="on time", axis=alt.Axis(format="%")),
    color="customer:N",
).properties(width=520, height=260)

# %% [markdown]
# ## Contracts: this month, not this morning
#
# The ledger counts the review period so far. `brook` has had far more than it was promised this
# month and can wait; for `fern` fifteen pumps keep a contract, for `dune` they would not.

# %%
contracts = result.solution.contracts
contracts[["customer", "segment", "target", "level", "attainable", "shortfall", "met", "penalty"]]

# %% [markdown]
# Three ways to deal with targets that cannot all be reached: the smallest sum of what is missing,
# the fewest missed contracts, or nobody too far behind.

# %%
modes = []
for mode in ("shortfall", "compliance", "max_min"):
    made = plan(read_scenario(FOLDER, [f"ledger.mode={mode}"])).solution.contracts
    modes.append(
        {
            "mode": mode,
            "contracts met": int(made["met"].sum()),
            "units missing": made["shortfall"].sum(),
            "furthest behind": (made["level"] / made["target"]).min(),
            "penalties": made["penalty"].sum(),
        }
    )
pd.DataFrame(modes).set_index("mode")

# %% [markdown]
# ## What we say
#
# Every customer whose date we will miss hears of it before it breaks, order by order. No other
# customer and no rule of ours is in it.

# %%
for text in result.solution.notices["text"]:
    print(text, end="\n\n---\n\n")

# %% [markdown]
# And what today's plan does is tomorrow's signal: after a quiet week, `cedar`'s crisis is over.

# %%
result.solution.signals
