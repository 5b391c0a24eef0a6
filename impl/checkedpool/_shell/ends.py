"""The registry of every channel end that the pools of this process own: none of them may live in a forked child.

Decides what a fork closes.  Ends are closed through their objects, never by number; making an end and registering it
cannot be cut in two by a fork of another thread, since the fork waits for the registry's lock.  The registry is weak:
an end that nobody holds any more closes by itself, in whatever thread, without that lock.

Nobody forks while holding the lock: a fork's hooks take locks of others (logging's, the thread pool's), and another
fork may hold those while it waits for ours.

And what threads sleep on is known here: of one that forks in a signal handler, the copy is in the middle of its sleep.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from checkedpool._core.typed import Protocol
from checkedpool._shell import channels
from checkedpool._shell.channels import Channel, File


class Sleeper(Protocol):
    """What a thread sleeps on."""

    def release(self) -> object:
        """Wake it."""


class End(Protocol):
    """One end of a pipe or socket."""

    def fileno(self) -> int:
        """Its descriptor."""

    def close(self) -> None:
        """Close it; a second time does nothing."""


PATIENCE = 1.0
"""Seconds that a fork waits for the registry.  Its lock is held for moments, unless a finalizer that happens to run
there waits for the forking thread: better one end too many in a child than two threads that hang."""

_lock = threading.RLock()
_ends: weakref.WeakSet[End] = weakref.WeakSet()
_spared: dict[int, frozenset[int]] = {}  # by the thread that forks: its child is the worker
_in_child: list[Callable[[], None]] = []
asleep: dict[Sleeper, int] = {}
"""What a thread sleeps on until another one wakes it, and which thread: in a child the other one does not exist, so the
copy is woken there at once."""


_here: list[None] = [None]


def here() -> list[None]:
    """Something that a fork empties in its child, which gets another: who holds it sees in time that he is a copy.

    For those who write to numbers: in the child they may be another file's.
    """
    return _here


def register(ends: Iterable[End]) -> None:
    """These ends belong to this process alone."""
    with _lock:
        _ends.update(ends)


def channel() -> tuple[Channel, Channel]:
    """A one-way channel, both ends registered: (reader, writer)."""
    with _lock:
        reader, writer = channels.one_way()
        register((reader, writer))
    return reader, writer


def ticket_sockets() -> tuple[socket.socket, socket.socket]:
    """A connected pair, both registered and blocking: (reader, writer)."""
    with _lock:
        reader, writer = socket.socketpair()
        register((reader, writer))
    for end in reader, writer:
        channels.set_blocking(end, blocking=True)
    return reader, writer


def alarm() -> File | None:
    """What one thread can sleep on until another writes to it, registered; None where there is no such thing.

    Nor is there one where whoever confines this process does not allow it, or no descriptor is left.
    """
    with _lock:
        try:
            made = channels.new_alarm()
        except OSError:
            return None
        register(() if made is None else (made,))
    return made


def memory_sockets() -> tuple[socket.socket, socket.socket] | tuple[None, None]:
    """A connected pair for descriptors, both registered: (the parent's, which never waits, the worker's); or none."""
    if not channels.has_memory():
        return None, None
    ours, theirs = ticket_sockets()
    channels.set_blocking(ours, blocking=False)
    return ours, theirs


def memory() -> tuple[File, File]:
    """Anonymous memory, both files registered: (to write to, to read from)."""
    with _lock:
        files = channels.new_memory()
        register(files)
    return files


def opened_again(file: File) -> File:
    """Another open file of that memory, to read from, registered."""
    with _lock:
        reader = channels.opened_again(file)
        register((reader,))
    return reader


def received(end: socket.socket) -> tuple[int, File | None]:
    """A descriptor that was sent before, registered, and the byte that came with it."""
    with _lock:
        label, file = channels.receive_descriptor(end)
        register(() if file is None else (file,))
    return label, file


def close(ends: Iterable[End]) -> None:
    """Close and forget."""
    with _lock:
        for end in ends:
            _ends.discard(end)
            end.close()


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


def renew(alarm: File) -> None:
    """In a child: the number, which somebody is about to read, is another alarm's, which has rung."""
    channels.renew_alarm(alarm)
    _ends.discard(alarm)


def _wake_in_child() -> None:
    thread = threading.get_ident()
    for sleeper in [sleeper for sleeper, sleeping in asleep.items() if sleeping == thread]:
        with contextlib.suppress(OSError, RuntimeError):  # it was awake, or no descriptor can be had
            getattr(sleeper, "renew", sleeper.release)()
    asleep.clear()


def _close_in_child() -> None:
    global _here  # noqa: PLW0603 - of each process
    _here.clear()
    _here = [None]
    _wake_in_child()
    kept = _spared.get(threading.get_ident(), frozenset())
    _spared.clear()
    _close_others(kept)
    for function in _in_child:
        function()


def _names(ends: Iterable[End]) -> frozenset[int]:
    return frozenset(id(end) for end in ends)


def _close_others(kept: frozenset[int]) -> None:
    for end in list(_ends):
        if id(end) not in kept:
            _ends.discard(end)
            with contextlib.suppress(OSError, ValueError):  # some kinds are not inherited at all
                end.close()


if hasattr(os, "register_at_fork"):
    # Functions of the interpreter's own: an exception of a signal handler would come at the first line of any other,
    # and be swallowed there with the lock held.
    os.register_at_fork(
        before=partial(_lock.acquire, True, PATIENCE),  # noqa: FBT003 - it has no keyword
        after_in_parent=_lock.release,
        after_in_child=_lock._at_fork_reinit,  # type: ignore[attr-defined]  # other threads' calls may have held it
    )
    os.register_at_fork(after_in_child=_close_in_child)
