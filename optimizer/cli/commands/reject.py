"""``allocore reject``: reject a proposal, for good."""

from __future__ import annotations

from optimizer.cli.registry import command
from optimizer.cli.shared import AsJson
from optimizer.cli.store_access import By, Note, RunName, StoreAddress, open_store, say_change


@command(100)
def reject(
    name: RunName, by: By, note: Note = "", address: StoreAddress = None, as_json: AsJson = False
) -> None:
    """Reject a proposal, for good; the same again changes nothing."""
    with open_store(address) as store:
        say_change(store.reject(store.find_by_name(name).run, by, note), as_json=as_json)
