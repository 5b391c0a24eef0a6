"""The tasks of the suite: module-level functions, so that each world can pickle them.

Decides: what they do in a real process. What they are in the simulated one, ``simulated`` says.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

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
        leave_behind(door)
    door.pass_through()
    return value


def leave_behind(door: Door) -> None:
    """Leave a process behind with every descriptor of this one, until the gate is opened.

    Not by os.fork(): the pool's hook would close its ends there.
    """
    passes = os.open(door.passes, os.O_RDWR)  # before: what the test writes at its end is not lost
    there = list(Path("/proc/self/fd").iterdir())
    inherited = [int(descriptor.name) for descriptor in there if descriptor.exists()]
    subprocess.Popen([sys.executable, "-ISc", "import os; os.read(0, 1)"], stdin=passes, pass_fds=inherited)
    os.close(passes)
