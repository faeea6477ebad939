"""The run store: what was proposed, approved, rejected and published, and the audit of it.

A run folder is written first; it counts once it is registered here, in one transaction with the
hashes of its files. SQLite by default, PostgreSQL by URL, the same code.

>>> with Store.open("allocore.db") as store:
...     run = store.register(folder, as_of=date(2026, 11, 23), rung="exact")
...     store.approve(run.run, by="planner-7", note="as discussed")
"""

from optimizer.store.address import VARIABLE, address_of
from optimizer.store.guard import guard_here
from optimizer.store.records import RUNGS, Run, StoreChange
from optimizer.store.store import Store

__all__ = ["RUNGS", "VARIABLE", "Run", "Store", "StoreChange", "address_of", "guard_here"]
