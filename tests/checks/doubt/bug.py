"""What a bug to plant is: other words in one file, the check that must catch it, and how that check names it.

Decides that, and what the change looks like.  Must not know: which bugs there are, how a check is run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

__all__ = ["ROOT", "Bug", "NotThereError"]

ROOT = Path(__file__).parents[3]


class NotThereError(ValueError):
    """What is to be changed does not stand in the file, or not once."""


@dataclass(frozen=True, slots=True)
class Bug:
    """One line of code, or a few, that somebody might get wrong."""

    name: str
    part: str
    """Of the project: which reader is to doubt it."""
    does: str
    """What goes wrong, as a sentence."""
    file: str
    old: str
    new: str
    check: str
    """The command of the check that must catch it; it ends with status 1 then, and with 0 where nothing is broken."""
    says: str
    """Words of the line in which that check names it."""

    @property
    def path(self) -> Path:
        """The file, in this checkout."""
        return ROOT / self.file

    @property
    def planted(self) -> str:
        """The file's text with the bug in it."""
        text = self.path.read_text(encoding="utf-8")
        if (times := text.count(self.old)) != 1:
            raise NotThereError(f"{self.name}: {self.file} has {times} times what is to be changed: {self.old!r}")
        return text.replace(self.old, self.new)

    def diff(self) -> Iterator[str]:
        """What is planted, line by line, as ``diff -u`` shows it."""
        before, after = self.path.read_text(encoding="utf-8").splitlines(), self.planted.splitlines()
        return unified_diff(before, after, f"a/{self.file}", f"b/{self.file}", n=2, lineterm="")
