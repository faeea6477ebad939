"""``allocore approve``: approve a proposal, for good."""

from __future__ import annotations

from optimizer.cli.registry import command
from optimizer.cli.shared import AsJson
from optimizer.cli.store_access import By, Note, RunName, StoreAddress, open_store, say_change


@command(90)
def approve(
    name: RunName, by: By, note: Note = "", address: StoreAddress = None, as_json: AsJson = False
) -> None:
    """Approve a proposal, for good; the same again changes nothing."""
    with open_store(address) as store:
        say_change(store.approve(store.find_by_name(name).run, by, note), as_json=as_json)
