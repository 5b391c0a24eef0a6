"""What runs in the workers.

Decides: how much a task does, which is as little as its row allows. Must not know: pools, rows. It imports almost
nothing, since spawned workers import it too.
"""

import os
import threading
import time
from multiprocessing.connection import Client

Span = tuple[tuple[int, int], float, float]
"""Who ran a task (process and thread), and from when to when, on the clock that all processes share."""

PAGE = 4096


def nothing(value: object = None) -> object:
    """Give the argument back."""
    return value


def compute(seconds: float) -> None:
    """Use this much processor time, not counting what others use meanwhile."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def glance(data: bytes) -> int:
    """Read one byte of every page and say how many bytes there are: what is never looked at need not be there."""
    data[::PAGE]
    return len(data)


def glance_array(array: "object") -> int:
    """The same for an array of eight-byte numbers."""
    array[:: PAGE // 8].sum()  # type: ignore[index]
    return array.nbytes  # type: ignore[attr-defined,no-any-return]


def span(seconds: float) -> Span:
    """Sleep, and say who slept and from when to when."""
    begin = time.monotonic()
    if seconds:
        time.sleep(seconds)
    return (os.getpid(), threading.get_ident()), begin, time.monotonic()


def held(address: str) -> None:
    """Report at the gate and stay until it opens."""
    with Client(address) as gate:
        gate.send(os.getpid())
        gate.recv()
