"""Signals in the middle of calls: a handler of SIGALRM for a while, and what pytest's own time-out needs of it after.

Decides: how the handler and the timer that were there before come back. Must not know: when the signal is to come.
"""

from __future__ import annotations

import gc
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def alarms(handler: Callable[..., object]) -> Iterator[None]:
    """Have this called at each SIGALRM; whoever wants one sets the real timer.

    Callbacks of the garbage collector (Hypothesis has one) are left out meanwhile: what is raised in one is nobody's.
    """
    of_collector = gc.callbacks.copy()
    gc.callbacks.clear()
    before = signal.signal(signal.SIGALRM, handler)
    watched = signal.getitimer(signal.ITIMER_REAL)  # pytest's time-out for this test is the same timer
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *watched)
        gc.callbacks.extend(of_collector)
