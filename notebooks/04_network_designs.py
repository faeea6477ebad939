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
# # 4. Which network? A frontier instead of an opinion
#
# Today three sites serve six regions. Somebody wants to open Lyon, somebody else to close Warsaw,
# and sales would rather give core customers express. Each has a point. Here all of them are
# planned on the same demand days, by the engine that plans every day; then the engine chooses for
# itself. [scenarios/network](../scenarios/network/README.md) has the data.

# %%
import altair as alt

from optimizer import compare_designs, read_designs

FOLDER = "../scenarios/network"
designs = read_designs(FOLDER)
designs

# %% [markdown]
# ## The same days for all
#
# A day is drawn from the orders of the week: each comes never, once or several times. Every
# design gets the *same* days, so that luck is the same for all of them and the difference of two
# designs is known far better than either.

# %%
tried = compare_designs(designs, days=4, seed=7, levels=[0.6, 0.8, 0.9], quiet=True)
tried

# %%
tried.plot()

# %% [markdown]
# How much better? The interval of a difference on the same days, and what it would be on
# different ones:

# %%
cost = tried.differences[tried.differences["figure"] == "total_cost"]
cost[["design", "mean", "difference", "paired", "unpaired"]].assign(
    times=cost["unpaired"] / cost["paired"]
).style.format(precision=1)

# %% [markdown]
# ## The cheapest network for each promise
#
# `choose:` in `designs.yaml` says what may be decided: which of five sites are open, and where up
# to 200 units of the stock are put. For each level of service of `core` the design model finds
# the cheapest network, with a bound on how much cheaper any other could be; then each network is
# planned again on the same days, to see whether it keeps what it promises.

# %%
tried.frontier.plot()

# %%
tried.frontier

# %% [markdown]
# The curve never falls: more service never costs less. Where it is steep, the last percent is
# dear. What S&OP takes home is the table of stock: what to put where, and the change against
# today.

# %%
frontier = tried.frontier
best = frontier.points[frontier.points["kept"]].iloc[-1]
moves = frontier.positions[
    (frontier.positions["point"] == best["point"]) & (frontier.positions["change"].abs() > 0.5)
]
alt.Chart(moves).mark_bar().encode(
    x=alt.X("change:Q", title="units more or less than today"),
    y=alt.Y("item:N", title=None),
    color=alt.condition("datum.change > 0", alt.value("#3A7D44"), alt.value("#C8553D")),
    row=alt.Row("site:N", title=None, header=alt.Header(labelAngle=0, labelAlign="left")),
    tooltip=["site", "item", "today", "target", "change"],
).properties(width=420, title=f"Stock for a service of core of {best['level']:.0%}")

# %% [markdown]
# ## What one more is worth
#
# Without any new network: what the last units of stock and capacity are worth, *at least*, by
# site and week. A list of where to begin tomorrow.

# %%
tried.worth.head(10)
