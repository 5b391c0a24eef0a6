"""The registry of every channel end that the pools of this process own: none of them may live in a forked child.

Decides what a fork closes.  Ends are closed through their objects, never by number.  The registry is weak: an end that
nobody holds any more closes by itself, in whatever thread.

Making an end and registering it cannot be cut in two by a fork of another thread.  Both are one call of the
interpreter's own, under the lock that the interpreter takes for a fork after the last hook, until it has forked.  So no
hook of ours waits.  Nothing is held while hooks of others run, which may wait for a pool.  No code in Python runs
inside that call, so neither a finalizer nor a signal handler can wait there for anybody.
"""

from __future__ import annotations

import contextlib
import os
import threading
from _imp import acquire_lock, release_lock
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import repeat
from weakref import ref

from checkedpool._core.typed import Protocol, TypeVar
from checkedpool._os import channels, locks
from checkedpool._os.channels import Channel
from checkedpool._os.locks import AtTheEnd, do, exhaust

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import SocketType
    from typing import Any

E = TypeVar("E")


class End(Protocol):
    """One end of a pipe or socket."""

    def fileno(self) -> int:
        """Its descriptor."""

    def close(self) -> None:
        """Close it; a second time does nothing."""


_ends: set[ref[End]] = set()
_spared: dict[int, frozenset[int]] = {}  # by the thread that forks: its child is the worker
_in_child: list[Callable[[], None]] = []
_here: list[None] = [None]


def here() -> list[None]:
    """Something that a fork empties in its child, which gets another: who holds it sees in time that he is a copy.

    For those who write to numbers: in the child they may be another file's.
    """
    return _here


def _uncut(*steps: Callable[[], object]) -> None:
    """Take these steps, calls of the interpreter's own: a fork of another thread comes before all of them or after."""
    exhaust(map(do, (acquire_lock, partial(setattr, AtTheEnd(), "__del__", release_lock), *steps)))


def register(ends: Iterable[End]) -> None:
    """These ends belong to this process alone."""
    _ends.update(map(ref, ends, repeat(_ends.discard)))


def made(making: Iterator[E]) -> list[E]:
    """What this makes as it is asked, registered."""
    fresh: list[E] = []
    refs: Iterator[Any] = map(ref, fresh, repeat(_ends.discard))
    _uncut(partial(fresh.extend, making), partial(_ends.update, refs))
    return fresh


def channel() -> tuple[Channel, Channel]:
    """A one-way channel, both ends registered: (reader, writer)."""
    reader, writer = made(channels.one_way())
    return reader, writer


def ticket_sockets() -> tuple[SocketType, SocketType]:
    """A connected pair, both registered and blocking: (reader, writer)."""
    reader, writer = made(channels.socket_pair())
    for end in reader, writer:
        channels.set_blocking(end, blocking=True)
    return reader, writer


def close(ends: Iterable[End]) -> None:
    """Close and forget."""
    for end in ends:
        _uncut(end.close)
        _ends.discard(ref(end))


@contextmanager
def spared(ends: Iterable[End]) -> Iterator[None]:
    """A child that this thread forks inside keeps these ends: it is the worker to which they belong."""
    thread = threading.get_ident()
    outer = _spared.get(thread)  # a signal handler may start a worker while one is being started
    _spared[thread] = _names(ends)
    try:
        yield
    finally:
        _spared.pop(thread, None)
        if outer is not None:
            _spared[thread] = outer


def keep_only(ends: Iterable[End]) -> None:
    """In a worker: close whatever else there is.  The fork's hook has done so, unless a signal cut it short."""
    kept = tuple(ends)
    _close_others(_names(kept))
    register(kept)


def call_in_child(function: Callable[[], None]) -> None:
    """Have it called in every forked child, after the ends are closed."""
    _in_child.append(function)


def disown(end: End) -> None:
    """It is no longer an end of a pool's: no fork closes it."""
    _ends.discard(ref(end))


def _close_in_child() -> None:
    global _here  # noqa: PLW0603 - of each process
    _here.clear()
    _here = [None]
    locks.wake_in_child()
    channels.close_shared_selectors()
    kept = _spared.get(threading.get_ident(), frozenset())
    _spared.clear()
    _close_others(kept)
    for function in _in_child:
        function()


def _names(ends: Iterable[End]) -> frozenset[int]:
    return frozenset(id(end) for end in ends)


def _close_others(kept: frozenset[int]) -> None:
    for known in _ends.copy():
        end = known()
        if end is not None and id(end) not in kept:
            _ends.discard(known)
            with contextlib.suppress(OSError, ValueError):  # some kinds are not inherited at all
                end.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_in_child)
