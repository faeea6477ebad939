"""What a job does, as operators' tools read it: one JSON object a line on standard error."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TextIO

log = logging.getLogger("allocore.job")
FIELDS = "fields"


class Journal:
    """Tells events of one job, with the run id as soon as it is known."""

    def __init__(self) -> None:
        self.run = ""

    def tell(self, event: str, level: int = logging.INFO, **fields: object) -> None:
        """Log an event.

        Parameters
        ----------
        event
            A word, as ``planned``.
        level
            Of :mod:`logging`.
        fields
            What belongs to it, as JSON can hold it.
        """
        log.log(level, event, extra={FIELDS: fields})


class _Lines(logging.Formatter):
    """Writes each record as one JSON object."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self.journal = journal

    def format(self, record: logging.LogRecord) -> str:
        """Write time, level, run and event, then whatever else there is."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": time, "level": record.levelname.lower(), "run": self.journal.run}
        if record.name == log.name:
            line |= {"event": record.getMessage(), **getattr(record, FIELDS, {})}
        else:
            line |= {"event": "log", "logger": record.name, "text": record.getMessage()}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


@contextmanager
def json_log(stream: TextIO, *, quiet: bool) -> Iterator[Journal]:
    """Log as JSON while the block runs.

    Parameters
    ----------
    stream
        Where to.
    quiet
        Only warnings and errors.
    """
    journal, root = Journal(), logging.getLogger()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Lines(journal))
    before, level = root.handlers[:], log.level
    root.handlers[:] = [handler]
    log.setLevel(logging.WARNING if quiet else logging.INFO)
    try:
        yield journal
    finally:
        root.handlers[:] = before
        log.setLevel(level)
