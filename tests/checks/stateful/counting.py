"""What has happened in all examples of this process: a rule that never comes to anything checks nothing.

Decides: what is counted, and what must have been there.  Must not know: whether it was right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from enum import Enum

__all__ = [
    "EVENT",
    "EXAMPLE",
    "HAPPENED",
    "INTERRUPTED_CALL",
    "IN_A_SIMULATION",
    "ROUNDS",
    "RUNNING",
    "STEP",
    "Fate",
    "never",
    "until_all_has_happened",
]


class Fate(Enum):
    """What may happen to the next who comes where it can happen."""

    START_FAILS = "the next start fails"
    START_HANGS = "the next start comes to no end"
    INITIALIZER_RAISES = "the next initializer raises"
    IGNORES_SIGTERM = "the next that is sent SIGTERM ignores it"


HAPPENED: Counter[str] = Counter()
EXAMPLE, STEP, EVENT = "examples", "steps", "events"
RUNNING, INTERRUPTED_CALL = "running() says {}", "an interrupted {}()"
IN_A_SIMULATION = (
    *(fate.value for fate in Fate), "kills it", "the forkserver dies", "throws client out",
    *(RUNNING.format(said) for said in (True, False)),
)  # fmt: skip
"""What examples on the simulated system cannot be without."""
ROUNDS = 60


def never() -> list[str]:
    """What of that has not happened."""
    return [what for what in IN_A_SIMULATION if not HAPPENED[what]]


def until_all_has_happened(again: Callable[[int], None]) -> None:
    """Ask more examples, a round of new ones at a time, while something has not happened.

    What Hypothesis draws depends on each number in the source: a change anywhere may leave out what is rare.
    """
    for number in range(ROUNDS):
        if not never():
            return
        again(number)
