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
# # 2. A scarce week: the rules of today beside the optimum
#
# A maker of spare parts in its autumn peak: 2,000 order lines, eight sites, three services, five
# segments. Of ten units ordered eight exist, and two of these are still on the way. The docks are
# tight just when most orders are wanted. This is the week in which priorities decide.
# [scenarios/peak-week](../scenarios/peak-week/README.md) tells it in figures.

# %%
import altair as alt

from optimizer import compare, plan, read_scenario

_ = alt.renderers.enable("png", scale_factor=1.5)  # needs no network; "html" shows values on hover

week = read_scenario("../scenarios/peak-week", ["solver.seconds=40"])
week

# %% [markdown]
# ## Every rule, and the optimum
#
# `plan` works out each usual rule on the way, because it starts from the best of them:
# `result.policies` has what each misses of each goal.

# %%
best = plan(week)
best

# %%
best.plot("policies")

# %% [markdown]
# No rule keeps all that the optimum keeps. Rules give each line the earliest shipment it can
# have; so the tight days go to lines that could have waited, and there is nothing left of them
# for lines that cannot.
#
# ## Service, segment by segment

# %%
rules = ["segment_priority", "fcfs", "fair_share"]
plans = [best, *(plan(week, rule) for rule in rules)]
versus = compare(*plans, names=["optimal", *rules])

promised = versus.service[versus.service["target"].notna()]
bars = (
    alt.Chart(promised)
    .mark_bar()
    .encode(
        x=alt.X(
            "run:N", title=None, sort=["optimal", *rules], axis=alt.Axis(labels=False, ticks=False)
        ),
        y=alt.Y("achieved:Q", title="service reached", axis=alt.Axis(format="%")),
        color=alt.Color("run:N", sort=["optimal", *rules], title=None),
        tooltip=["segment", "measure", "run", alt.Tooltip("achieved:Q", format=".1%")],
    )
)
ticks = bars.mark_tick(color="black", thickness=2, width=30).encode(
    y="target:Q", color=alt.value("black")
)
order = list(week.settings.segments)
alt.layer(bars, ticks).properties(width=110, height=220).facet(
    alt.Facet("segment:N", sort=order, title="tier 1 to tier 5; black: what is promised")
)

# %%
versus.totals[versus.totals["figure"].isin(["on_time_units", "net_value"])].pivot(
    index="run", columns="figure", values="value"
).loc[["optimal", *rules]].style.format("{:,.0f}")

# %% [markdown]
# ## Where it hurts
#
# What is missing, reason by reason, and where stock and docks bind, day by day.

# %%
best.plot("missing")

# %%
best.plot("tightness")

# %% [markdown]
# ## What would the rule have cost whom?
#
# Every customer's on-time units under the rule, less those in the optimum. Who loses is a matter
# of chance with a rule; the optimum can be asked why.

# %%
against = versus.customers[versus.customers["run"] == "segment_priority"]
alt.Chart(against).mark_circle(opacity=0.7).encode(
    x=alt.X("on_time:Q", title="units on time, rule less optimum"),
    y=alt.Y("segment:N", sort=order, title=None),
    yOffset="random:Q",
    color=alt.Color("segment:N", sort=order, legend=None),
    tooltip=["customer", "segment", "on_time", "delivered"],
).transform_calculate(random="random()").properties(width=560, height=260)

# %% [markdown]
# ## What the last unit is worth
#
# Duals of the last goal: what is lost *at least* with one unit of an item at a site, every
# promise kept as it is. The dearest are where one more pallet would do most.

# %%
dearest = best.solution.prices.nlargest(12, "price")
dearest[["resource", "site", "item", "service", "date", "price"]].style.format({"price": "{:.2f}"})
