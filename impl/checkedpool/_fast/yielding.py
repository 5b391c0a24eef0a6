"""Room ``yield``: two moments at which a thread gives up its turn.  Replaces ``Shared.wake`` and ``Reactor.wait``.

Gains: fewer and longer steps of the manager for a stream of answers, and a manager that is not kept from working by a
loop of submits; `make bench` has not shown how much yet.
Equal: to give up a turn is one call of the system that lets go of the GIL and the processor.  Whoever is ready to run
runs, and if nobody is, it is over at once: what happens meanwhile might as well have happened before or after.
``tests/shell/test_yielding.py`` checks when it is done, and that all else is as without.
"""

from __future__ import annotations

import os
import time
from functools import partial

from checkedpool._os.locks import TAKE_TURNS
from checkedpool._pool.platform import Reactor
from checkedpool._pool.shared import Shared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from checkedpool._pool.worker_channels import WorkerChannels

MANY = 16
EVERY = 128
give_up: Callable[[], None] = getattr(os, "sched_yield", partial(time.sleep, 0))
"""A turn.  Where the system knows no such call, a sleep of no time is one."""


class YieldingShared(Shared):
    """Whoever wakes the manager, mostly a submitter, lets it have the GIL once in ``EVERY`` times.

    A loop of submits never lets go of the GIL by itself: the manager would get it once in five milliseconds, for as
    long as it takes it to make one call of the system, while its workers run dry.
    """

    def __init__(self) -> None:
        super().__init__()
        self.wakes = 0  # a hint, threads may overwrite one another's addition

    def wake(self) -> None:
        sleep = self.sleep
        if sleep is not None and not sleep.rung:
            sleep.wakeup.wake()
            sleep.rung = True
        self.wakes = wakes = self.wakes + 1
        if not wakes % EVERY and TAKE_TURNS:
            give_up()


class GatheringReactor(Reactor):
    """The manager, before it reads: it lets answers gather."""

    def wait(self, shared: Shared, timeout: float | None) -> list[tuple[str, WorkerChannels]]:
        ready = super().wait(shared, timeout)
        gather(ready)
        return ready


def gather(ready: Sequence[tuple[str, WorkerChannels]]) -> None:
    """Let answers gather, if workers have answered and each has many tasks more.

    A step for each of a stream of answers would cost more than the steps' work, and wake whoever waits each time.
    """
    for what, lane in ready:
        if what != "result" or len(lane._ticketed) <= MANY:
            return
    if ready:
        give_up()
