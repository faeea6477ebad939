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
# and sales would rather give core customers express. Here all of them are planned on the same
# demand days, by the engine that plans every day; then the engine chooses for itself.
# [scenarios/network](../scenarios/network/README.md) has the data.

# %%
import altair as alt

from optimizer import compare_designs, read_designs

_ = alt.renderers.enable("png", scale_factor=1.5)  # needs no network; "html" shows values on hover
designs = read_designs("../scenarios/network")
designs

# %% [markdown]
# ## The same days for all
#
# A day is drawn from the orders of the week: each comes never, once or several times. Every
# design gets the *same* days, so that luck is the same for all of them. Four days keep this
# notebook short; a decision deserves more (`days=60`), and the intervals below say how much four
# are worth.

# %%
tried = compare_designs(designs, days=4, seed=7, levels=[0.6, 0.8, 0.9], quiet=True)
tried.to_frame().set_index("design").T.round(3)

# %% [markdown]
# A comparison is fair only where all have the same stock. `moved_units` were taken from one site
# and put to another (`move_stock` in `designs.yaml`), and moving is paid for in `stock_cost`.
# `added_units` would be more stock than today, and a gain with them no merit of the network;
# `stranded_units` lie at closed sites. Where there are any, `notes` says so:

# %%
tried.notes or "Every design has today's stock, and none of it lies at a closed site."

# %%
tried.plot()

# %% [markdown]
# (The table counts the units of all days together, the picture differences of single days, so
# their shares differ a little.) How certain is a difference in cost? `paired` is half the
# interval on the same days, `unpaired` what it would be on different ones, in EUR:

# %%
cost = tried.differences[tried.differences["figure"] == "total_cost"].iloc[1:]
cost.assign(times_narrower=cost["unpaired"] / cost["paired"])[
    ["design", "difference", "paired", "unpaired", "times_narrower"]
].style.format(precision=1).hide()

# %% [markdown]
# A small change, as cheaper freight on one lane, is measured a hundred times more sharply on the
# same days. Opening or closing a site changes every plan, and there the same days help less.
#
# ## The cheapest network for each promise
#
# `choose:` in `designs.yaml` says what may be decided: which of five sites are open, and where up
# to 200 units of the stock are put. For each level of service of `core` (the promises to the
# others stay) the design model finds the cheapest network. Then each network is planned again on
# the same days, to see whether it keeps what it promises.

# %%
tried.frontier.plot()

# %%
tried.frontier

# %% [markdown]
# More service never costs less; the steep part is where one more site has to be open. `cost` is
# the model's, in flows, and `replayed_cost` that of the plans: both have the same parts, sites and
# lanes, moving, buying and holding stock, and shipping. `gap` is by how much another network could
# be cheaper at most; it is wide where flows promised more than the plans kept, so that more was
# asked for on top, or where time ran out. Only where it is closed is a point `proved`; others are
# hollow in the picture, with a line down to what is not ruled out. `kept` says whether the plans
# keep the promise in the end.
#
# What S&OP takes home is the highest level that is kept: which sites, and what to put where. The
# sentence says how sure that is: while its gap is open, it is a candidate and no conclusion.

# %%
frontier = tried.frontier
frontier.takeaway

# %%
best = frontier.best
mine = {
    name: table[table["point"] == best["point"]]
    for name, table in {"sites": frontier.sites, "stock": frontier.positions}.items()
}
mine["sites"][["site", "today", "open"]].style.hide()

# %%
moves = mine["stock"][mine["stock"]["change"].abs() > 0.5]
alt.Chart(moves).mark_bar().encode(
    x=alt.X("change:Q", title="units more or less than today"),
    y=alt.Y("item:N", title=None),
    color=alt.condition("datum.change > 0", alt.value("#3A7D44"), alt.value("#C8553D")),
    row=alt.Row("site:N", title=None, header=alt.Header(labelAngle=0, labelAlign="left")),
).properties(
    width=420,
    title=f"Stock for a service of core of {best['level']:.0%}"
    + ("" if best["proved"] else f" (a candidate: {best['gap']:.1%} less is not ruled out)"),
)

# %% [markdown]
# What stays at a site that closes is of no use to the network: no promise needed it, or moving it
# was too dear.
#
# ## What the last units are worth today
#
# Without any new network: what would be lost *at least* with the last units of stock or capacity
# in today's plan, and what as many more would bring *at most*. Capacity is counted in pallets of
# ten.

# %%
tried.worth.head(10)[["resource", "site", "item", "week", "units", "at_least", "at_most"]]
