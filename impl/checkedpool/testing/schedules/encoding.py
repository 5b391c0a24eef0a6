"""How the steps of a run are named in a schedule: short, and so that the name means the same in a run cut shorter.

Decides: who acts in a step, what is the environment's choice, how turns are spelled and read. Must not know: scopes,
strategies.

A turn says who acts, and not what he does: that follows from the world. A letter for the kind, his number, and where
several things can happen to him, which of them: ``c0x5.m.n1+1`` is five turns of client 0, one of the manager, and the
second thing that the environment can do to worker 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from checkedpool.testing.simulated.simulated_processes import Label, Successor
from checkedpool.testing.simulated.simulated_scope import NOBODY

__all__ = ["MalformedError", "Turn", "actor", "find", "is_natural", "read", "spell", "turn_of"]

LETTERS = {
    "client": "c", "manager": "m", "worker": "w", "start thread": "s", "user code": "u", "nature": "n", "system": "y",
}  # fmt: skip
KINDS = {letter: kind for kind, letter in LETTERS.items()}
CHANCES = frozenset({"fails", "hangs", "oversleeps"})
"""What is the environment's choice although another name stands before it."""
FORM = re.compile(r"(?P<letter>[a-z])(?P<number>\d{1,6})?(?:\+(?P<other>\d{1,6}))?(?:x(?P<times>\d{1,6}))?")
MOST = 100_000
"""Turns in one schedule."""


class MalformedError(ValueError):
    """This is no schedule, and why."""


class Turn(NamedTuple):
    """Who acts, and which of the things that he can do or that can befall him."""

    who: str
    number: int = NOBODY
    other: int = 0

    def __str__(self) -> str:
        number = "" if self.number == NOBODY else str(self.number)
        return f"{LETTERS[self.who]}{number}{f'+{self.other}' if self.other else ''}"


def is_natural(label: Label) -> bool:
    """Whether it need not happen: a choice of the environment."""
    return label.who == "nature" or label.what in CHANCES


def actor(label: Label) -> tuple[str, int, str]:
    """Who makes this step, each of the environment's choices being somebody else."""
    return label.who, label.number, str(label.what) if is_natural(label) else ""


def turn_of(found: Sequence[Successor], place: int) -> Turn:
    """The name of one of the successors."""
    label = found[place][0]
    before = sum(other.who == label.who and other.number == label.number for other, _ in found[:place])
    return Turn(label.who, label.number, before)


def find(found: Sequence[Successor], turn: Turn) -> int | None:
    """Where the step with this name stands among the successors; None: it is not possible."""
    left = turn.other
    for place, (label, _) in enumerate(found):
        if (label.who, label.number) == turn[:2]:
            if not left:
                return place
            left -= 1
    return None


def spell(turns: Iterable[Turn]) -> str:
    """The turns in one word; ``read`` is the way back."""
    rows = ((str(turn), sum(1 for _ in row)) for turn, row in groupby(turns))
    return ".".join(f"{word}x{times}" if times > 1 else word for word, times in rows)


def read(word: str) -> tuple[Turn, ...]:
    """The turns that are spelled so."""
    turns: list[Turn] = []
    for part in word.split(".") if word else ():
        match = FORM.fullmatch(part)
        if match is None or match["letter"] not in KINDS:
            raise MalformedError(f"{part!r} is no turn; the form is LETTER[NUMBER][+OTHER][xTIMES], as in w1x3")
        number = NOBODY if match["number"] is None else int(match["number"])
        times = int(match["times"] or 1)
        if not 0 < times <= MOST - len(turns):
            raise MalformedError(f"{part!r}: a schedule has 1 to {MOST} turns")
        turns += [Turn(KINDS[match["letter"]], number, int(match["other"] or 0))] * times
    return tuple(turns)
