"""Large arguments and large results: what a megabyte costs.

Decides: what is sent, and that sender and receiver look at every page of it. Must not know: which pool it drives.
"""

import os
from collections.abc import Callable
from importlib import import_module
from time import perf_counter
from typing import Any

from tests.bench import tasks
from tests.bench.workloads.common import expect, warm

MEGABYTE = 1_000_000
WORKERS = 2

Kind = tuple[Callable[[int], Any], Callable[[Any], int]]
"""How a payload of so many bytes is made, and how it is looked at."""


def _bytes(size: int) -> bytes:
    return os.urandom(size)


def _array(size: int) -> Any:
    return import_module("numpy").arange(size // 8, dtype="float64")


BYTES: Kind = (_bytes, tasks.glance)
ARRAY: Kind = (_array, tasks.glance_array)


def send(peer: str, count: int, *, kind: Kind, size: int) -> float:
    """Seconds per megabyte of arguments; the task looks at all of it and answers with its length."""
    make, look = kind
    payload = make(size)
    with warm(peer, WORKERS) as pool:
        begin = perf_counter()
        waiting = [pool.submit(look, payload) for _ in range(count)]
        for pending in waiting:
            expect(pool.result(pending), size)
        return (perf_counter() - begin) / (count * size / MEGABYTE)


def echo(peer: str, count: int, *, kind: Kind, size: int) -> float:
    """Seconds per megabyte that goes there and comes back; the parent looks at all of it."""
    make, look = kind
    payload = make(size)
    with warm(peer, WORKERS) as pool:
        begin = perf_counter()
        waiting = [pool.submit(tasks.nothing, payload) for _ in range(count)]
        waiting.reverse()
        while waiting:  # a result is let go of when it has been looked at, as a program does that works through them
            expect(look(pool.result(waiting.pop())), size)
        return (perf_counter() - begin) / (count * size / MEGABYTE)
