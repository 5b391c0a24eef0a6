"""Two short pauses that save more than they take: of the manager, of a submitter.  Decide when and how long.

Nothing depends on whether they are made: what happens meanwhile might as well have happened before or after.
"""

from __future__ import annotations

import time

from checkedpool._shell.locks import TAKE_TURNS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from checkedpool._shell.lane import LaneChannels
    from checkedpool._shell.shared import Shared

PAUSE = 5e-5
"""Seconds; what the system adds to it is as much again."""
MANY = 16
EVERY = 128


def gather(events: Sequence[tuple[str, LaneChannels]]) -> None:
    """The manager, before it reads: let answers gather, if workers have answered and each has many tasks more.

    A step for each of a stream of answers would cost more than the steps' work, and wake whoever waits each time.
    """
    for what, lane in events:
        if what != "result" or lane.tickets_out <= MANY:
            return
    if events:
        time.sleep(PAUSE)


def give_way(shared: Shared) -> None:
    """A submitter, once in ``EVERY`` submits: let the manager have the interpreter's lock, if it is awake or rung for.

    A loop of submits never lets go of that lock by itself: the manager would get it once in five milliseconds, for as
    long as it takes it to make one call of the system, while its workers run dry.
    """
    sleep = shared.sleep
    if TAKE_TURNS and (sleep is None or sleep.rung):
        time.sleep(PAUSE)
