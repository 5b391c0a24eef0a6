"""A schedule in one word: which scope, and whose turn it is, step by step. It can be sent to somebody and run again.

Decides: the form of the word, and what is said of one that cannot be read. Must not know: how a run is made of it.

``v1:SCOPE:TURNS:CHECK``. After the last turn the run goes on calmly. The check is a sum over the scope and the turns: a
word that was copied badly and a scope that has changed since are both noticed.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

from checkedpool.testing.schedules import encoding as turns
from checkedpool.testing.schedules.encoding import MalformedError, Turn
from checkedpool.testing.simulated.catalogue import UnknownScopeError, scope_named
from checkedpool.testing.simulated.simulated_scope import Scope

__all__ = ["MalformedError", "Schedule"]

VERSION = "v1"
FORM = f"{VERSION}:SCOPE:TURNS:CHECK"
PARTS = FORM.count(":") + 1


@dataclass(frozen=True, slots=True)
class Schedule:
    """A scope by its name, and turns in it."""

    name: str
    scope: Scope
    turns: tuple[Turn, ...]

    def __str__(self) -> str:
        spelled = turns.spell(self.turns)
        return f"{VERSION}:{self.name}:{spelled}:{_sum(self.scope, spelled)}"

    @classmethod
    def read(cls, word: str) -> Schedule:
        """The schedule that is spelled so; ``MalformedError`` says what is wrong with the word."""
        parts = word.strip().split(":")
        if len(parts) != PARTS:
            raise MalformedError(f"{_cut(word)!r} is no schedule; the form is {FORM}")
        version, name, spelled, check = parts
        if version != VERSION:
            raise MalformedError(f"this schedule is of version {_cut(version)!r}; version {VERSION!r} can be read here")
        try:
            scope = scope_named(name)
        except UnknownScopeError as error:
            raise MalformedError(str(error)) from error
        found = turns.read(spelled)
        if check != _sum(scope, spelled):
            raise MalformedError(
                f"the check {_cut(check)!r} does not fit: the schedule was not copied as it was printed, "
                f"or scope {name!r} has changed since"
            )
        return cls(name, scope, found)


def _sum(scope: Scope, spelled: str) -> str:
    return f"{crc32(f'{scope!r}{spelled}'.encode()):08x}"


def _cut(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
