"""The tasks of the suite: module-level functions, so that each world can pickle them.

Decides: what they do in a real process. What they are in the simulated one, ``simulated`` says.
"""

from __future__ import annotations

import os
import signal

from tests.behaviour.gates import Door

__all__ = ["doubled", "large", "raises", "same", "stops"]


def same(value: object) -> object:
    return value


def doubled(value: str) -> str:
    return value * 2


def large(size: int) -> bytes:
    return b"x" * size


def raises(text: str) -> None:
    raise LookupError(text)


def stops(door: Door | None, value: int, *, deaf: bool = False, leaves: bool = False) -> int:
    """Stop at the gate; before that, ignore SIGTERM or leave a process behind that holds all that this one has."""
    if door is None:
        return value
    if deaf:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if leaves:
        pipe = os.open(door.passes, os.O_RDWR)  # before the fork: what the test writes at its end is not lost
        if not os.fork():
            os.read(pipe, 1)
            os._exit(0)
    door.pass_through()
    return value
