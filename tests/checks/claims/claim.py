"""What a claim is: a sentence, the command that shows it, and the line that one must see.

Decides that, and when a line has been seen.  Must not know: which claims there are, how a command is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["ANY", "Claim"]

ANY = "…"
"""Stands in a line for what differs from run to run."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that a doubter can see for himself."""

    name: str
    says: str
    command: str
    """For a shell, in a clone, with the programs of its environment found first."""
    line: str
    """The line to be seen; its spaces are as many as there are."""
    seconds: int
    """What it took when it was timed last, from a fresh clone."""
    processor: int
    """Seconds of processor time that this was, of all its processes: they depend less on who else is at work."""
    status: int = 0
    """With which it ends."""
    needs: str = ""
    """What must be there that ``make`` does not bring."""

    def seen_in(self, lines: Iterable[str]) -> str:
        """The line of this output that is the one to be seen; "" if none is."""
        words = (re.escape(word).replace(re.escape(ANY), ".*?") for word in self.line.split())
        pattern = re.compile(r"\s+".join(words))
        return next((line.strip() for line in lines if pattern.fullmatch(line.strip())), "")
