"""How numbers are written in text: the decimal mark, and what stands between thousands."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

BETWEEN_THOUSANDS = {"": "", ".": r"\.", ",": ",", " ": "[ \u00a0\u2009\u202f]", "'": "['\u2019]"}
"""What each mark of thousands stands for, as RE2 writes it: blanks may be unbreakable ones."""
OTHER = {".": ",", ",": "."}
NAMES = {".": "point", ",": "comma"}


@dataclass(frozen=True)
class Notation:
    """One way to write numbers.

    Parameters
    ----------
    decimal
        Point or comma.
    thousands
        Stands between groups of three digits, or not at all; blank = never.
    is_open
        Whether the header may still say otherwise, so that advice may name its key.
    """

    decimal: str = "."
    thousands: str = ""
    is_open: bool = field(default=False, compare=False)

    @cached_property
    def pattern(self) -> str:
        """What a number looks like; groups of thousands do not begin with 0."""
        mark, between = BETWEEN_THOUSANDS[self.decimal], BETWEEN_THOUSANDS[self.thousands]
        groups = f"|[1-9][0-9]{{0,2}}({between}[0-9]{{3}})+" if between else ""
        return rf"[+-]?(([0-9]+{groups})({mark}[0-9]*)?|{mark}[0-9]+)([eE][+-]?[0-9]+)?"

    @property
    def key(self) -> str:
        """What the header says for numbers that are written so."""
        if self.thousands in OTHER:
            return f'csv: {{thousands: "{self.thousands}"}}'
        blank = f', thousands: "{self.thousands}"' if self.thousands else ""
        return f'csv: {{decimal: "{self.decimal}"{blank}}}'

    def plain_text(self, text: str) -> str | None:
        """Write one number plainly; None where the text is none."""
        plain: str | None = self.plain(pa.array([text], pa.string()))[0].as_py()
        return plain

    def plain(self, texts: pa.StringArray) -> pa.StringArray:
        """Write numbers in plain digits with a decimal point; null where a text is none."""
        good = pc.match_substring_regex(texts, f"^{self.pattern}$")
        kept = pc.if_else(good, texts, pa.scalar(None, pa.string()))
        if self.thousands:
            between = BETWEEN_THOUSANDS[self.thousands]
            kept = pc.replace_substring_regex(kept, between, "")
        return pc.replace_substring(kept, ",", ".") if self.decimal == "," else kept


PLAIN = Notation()
"""Digits with a decimal point and nothing between them."""
