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
# # 1. Quickstart: twelve orders and one tight Monday
#
# Hamburg can ship 24 units today, and more is wanted. Which orders go out, from where, by which
# service - and who waits? A few minutes with a scenario that is small enough to check by eye. Its
# page, [scenarios/quickstart](../scenarios/quickstart/README.md), goes through it line by line.

# %%
import altair as alt

from optimizer import compare, plan, read_scenario

_ = alt.renderers.enable("png", scale_factor=1.5)  # needs no network; "html" shows values on hover
scenario = read_scenario("../scenarios/quickstart")
scenario

# %% [markdown]
# ## What is promised
#
# A scenario is a header (`scenario.settings`) and tables (`scenario["orders"]`,
# `scenario["stock"]` ...), which are ordinary pandas frames. Each segment of customers has a
# tier, the order in which promises are kept, and a promise.

# %%
for name, segment in scenario.settings.segments.items():
    target = segment.target
    promise = f"{target.level:.0%} {target.measure}" if target else "no target"
    print(f"tier {segment.tier}  {name:12}{promise}, floor {segment.floor or 0:.0%}")

# %%
orders = scenario["lines"].merge(scenario["orders"]).merge(scenario["customers"])
orders[["order", "line", "segment", "customer", "item", "quantity", "requested"]]

# %% [markdown]
# ## The plan
#
# `plan` decides all lines together. What comes back has been checked by a judge that shares no
# code with the optimiser.

# %%
result = plan(scenario)
result

# %% [markdown]
# Goals stand in order of importance: floors (guaranteed minimums), targets by tier, what is never
# delivered (`fill`), money. The value of a goal is what is missed, here in units, so that 0 is
# kept; only `value` is money, and more is better. Each has a *bound*: no plan that keeps the
# goals above it can do better. Where value and bound are equal, that is a proof.

# %%
result.goals

# %% [markdown]
# Black ticks are promises, bars what is reached. Where a promise is missed, a diamond shows how
# far towards it the segment could have come had it been first in the queue.

# %%
result.plot("promises")

# %% [markdown]
# Strategic keeps its promise. Core's cannot be kept whatever one does: 62 % is the most, even if
# core came first. Marketplace could have had its 70 %, but it is last in the queue; the 40 % that
# it is guaranteed come before anybody's target.
#
# ## From where, when, by which service

# %%
result.shipments[["rank", "order", "item", "quantity", "site", "service", "ship_date", "on_time"]]

# %% [markdown]
# ## Who waits, and why

# %%
late = result.lines[result.lines["status"] != "on_time"]
late[["order", "line", "segment", "ordered", "delivered", "delivered_on_time", "status", "reason"]]

# %%
result.plot("missing")

# %% [markdown]
# A reason is one word. The whole answer says who has the units instead (the sums balance), what
# would fill the line, and who would pay for it. Each change in it has been tried: it fills the
# line, and one unit less does not.

# %%
result.explain("SO-1011", "10")

# %% [markdown]
# ## What a rule would have done
#
# Most systems rank the orders and fill them from the top. `policy="segment_priority"` does that:
# tier by tier, each line the earliest shipment it can have.

# %%
rule = plan(scenario, "segment_priority")
versus = compare(result, rule, names=["optimum", "rule"])
promised = versus.to_frame()
promised[promised["measure"] == "unit_otif"].set_index("segment")[["optimum", "rule"]].style.format(
    "{:.0%}"
)

# %% [markdown]
# The rule gives the 24 units that Hamburg can ship on Monday to tier 1, whose orders from there
# are wanted on Friday. Strategic gains nothing by it, not one unit of core arrives on time, and
# marketplace ends below its guaranteed 40 %. The optimum lets wait what can wait.
#
# ## What if
#
# Any value of the header can be changed. How much could core be promised?

# %%
for level in (0.85, 0.55, 0.54):
    asked = read_scenario("../scenarios/quickstart", [f"segments.core.target.level={level}"])
    missed = plan(asked).goals.set_index("name").loc["target:2", "value"]
    print(f"core promised {level:.0%}: {missed:g} units short of it")

# %% [markdown]
# With these orders and this stock, 54 % is the most that core can be promised and be given. More
# takes more supply, more capacity in Hamburg, or a lower promise to somebody else.
#
# The next notebook does the same for a busy fortnight of 2,000 lines.
