"""Two moments at which a thread gives up its turn, and saves more than that takes: the manager, a submitter.

To give up a turn is one call of the system that lets go of the interpreter's lock and the processor: whoever is ready
to run runs, and if nobody is, it is over at once.  It waits for nothing and for no time.  Nothing depends on whether it
is done: what happens meanwhile might as well have happened before or after.

Decides when.  Must not know: what the others do with it.
"""

from __future__ import annotations

import os
import time
from functools import partial

from checkedpool._shell.locks import TAKE_TURNS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from checkedpool._shell.lane import LaneChannels
    from checkedpool._shell.shared import Shared

MANY = 16
EVERY = 128
give_up: Callable[[], None] = getattr(os, "sched_yield", partial(time.sleep, 0))
"""A turn.  Where the system knows no such call, a sleep of no time is one."""


def gather(events: Sequence[tuple[str, LaneChannels]]) -> None:
    """The manager, before it reads: let answers gather, if workers have answered and each has many tasks more.

    A step for each of a stream of answers would cost more than the steps' work, and wake whoever waits each time.
    """
    for what, lane in events:
        if what != "result" or lane.tickets_out <= MANY:
            return
    if events:
        give_up()


def give_way(shared: Shared) -> None:
    """A submitter, once in ``EVERY`` submits: let the manager have the interpreter's lock, if it is awake or rung for.

    A loop of submits never lets go of that lock by itself: the manager would get it once in five milliseconds, for as
    long as it takes it to make one call of the system, while its workers run dry.
    """
    sleep = shared.sleep
    if TAKE_TURNS and (sleep is None or sleep.rung):
        give_up()
