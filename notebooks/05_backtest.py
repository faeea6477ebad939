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
# # 5. Looking ahead: what is stock worth that is not shipped today?
#
# Hospitals order a day or two ahead, wholesalers a week. On most mornings the open orders are
# wholesale, the stock is there, and every rule of today ships it. The day after, the hospitals
# call. [scenarios/look-ahead](../scenarios/look-ahead/README.md) is made of this; here the plan
# keeps some back, and a backtest says what that is worth.

# %%
import altair as alt

from optimizer import backtest, plan, read_history, read_scenario

_ = alt.renderers.enable("png", scale_factor=1.5)  # needs no network; "html" shows values on hover

FOLDER = "../scenarios/look-ahead"
scenario = read_scenario(FOLDER)
history = read_history(f"{FOLDER}/_history.csv")
scenario

# %% [markdown]
# ## Who orders when
#
# How early orders come is most of what there is to know.

# %%
ahead = history.assign(days=(history["requested"] - history["ordered"]).dt.days)
known = ahead.groupby(["segment", "days"], as_index=False)["quantity"].sum()
alt.Chart(known).mark_bar().encode(
    x=alt.X("days:O", title="days between order and requested delivery"),
    y=alt.Y("quantity:Q", title="units"),
    color="segment:N",
).properties(width=520, height=220)

# %% [markdown]
# ## What the plan keeps back
#
# Expected demand (the table `forecast`) takes part like orders that are not placed yet. What it
# gets is not shipped: it is the *reserve*. The bid price says what one more unit is worth there;
# an order that pays less should not have it.

# %%
result = plan(scenario)
result.solution.reserve.head(8)

# %%
shipped = result.shipments.merge(result.lines[["order", "line", "segment"]], on=["order", "line"])
held = result.solution.reserve.assign(what="held for")
today = shipped.assign(what="shipped to")
both = [
    frame.groupby(["what", "segment"], as_index=False)["quantity"].sum() for frame in (today, held)
]
alt.Chart(
    alt.Data(values=[row for frame in both for row in frame.to_dict("records")])
).mark_bar().encode(
    x=alt.X("quantity:Q", title="units"),
    y=alt.Y("what:N", title=None),
    color="segment:N",
).properties(width=520, height=80)

# %% [markdown]
# ## Ten mornings, two worlds
#
# Every policy lives through the same days: orders come in, supply comes or is late, only today's
# shipments are final, and nobody knows tomorrow. `look_ahead` learns its forecast from what it
# has seen so far; `myopic` is the same optimiser without it. The bound is what somebody who knew
# everything could have made at most.

# %%
tried = backtest(
    scenario,
    days=10,
    seeds=2,
    history=history,
    policies=["fcfs", "segment_priority", "myopic", "look_ahead"],
    processes=2,
)
tried

# %%
tried.plot()

# %% [markdown]
# Two worlds of ten days are a taste; the intervals say so themselves. Twenty worlds of sixty days
# are in [the results](../tests/backtests/results.md), which `allocore backtest
# scenarios/look-ahead --days 60 --seeds 20` makes again.
