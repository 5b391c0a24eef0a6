"""Channels: how to make one, read it, write it, wait for many; and the fork guard, which knows all of their ends.

Decides which kinds of channels there are.  POSIX: pipes.  Windows: socket pairs, since only sockets can be waited for
together there; and tickets cannot be read back without the risk of waiting.  That portable kind works everywhere;
``CHECKEDPOOL_PORTABLE=1`` chooses it, so that it can be tested where Windows is not at hand.

Decides what a fork closes: none of the ends that the pools of this process own may live in a forked child.
"""

from __future__ import annotations

import _socket
import os
import socket
import sys
import threading
from _imp import acquire_lock, release_lock
from _socket import SocketType
from contextlib import contextmanager, suppress
from functools import partial
from io import FileIO
from itertools import chain, repeat
from multiprocessing import reduction
from operator import call, methodcaller
from weakref import WeakSet, ref

from checkedpool._core.typed import Protocol, TypeVar
from checkedpool._os.locks import AtTheEnd, are_greenlets, do, exhaust, system_module, wake_in_child

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from typing import Any, SupportsIndex, TypeAlias

    Part: TypeAlias = bytes | memoryview
    Reader: TypeAlias = Callable[[int], bytes]
    Writer: TypeAlias = Callable[[Sequence[Part]], int]

E = TypeVar("E")
PORTABLE = sys.platform == "win32" or os.environ.get("CHECKEDPOOL_PORTABLE", "") not in ("", "0")
"""Sockets for pipes, threads that watch processes, tickets that cannot be read back from a living worker."""


system_select = system_module("select")
_DETACH = methodcaller("detach")


class File(FileIO):
    """A descriptor as an object that owns it, that lets go of its number before it closes it, and that may be dropped.

    Another thread may fork between the two: its child then has one descriptor too many. In the other order, that of
    ``multiprocessing.Connection``, the object would in the child close whatever has got the number meanwhile.
    """

    __del__ = FileIO.close  # no function of our own: an interruption would come at its first line


class Descriptor(File):
    """One that can go to another process."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Only into a process that is being started, or through multiprocessing's server of descriptors."""
        return _rebuilt, (reduction.DupFd(self.fileno()),)

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        """The same."""
        return self.__reduce__()


def _rebuilt(sent: Any) -> Descriptor:
    return Descriptor(sent.detach())


class Socket(SocketType):
    """A socket that may be dropped, as a ``File`` may: it closes, and nobody is warned.

    The interpreter's own, whatever somebody has put into ``socket``, and no function of ours in it but one.
    """

    __del__ = SocketType.close

    def __reduce__(self) -> tuple[Any, ...]:
        """As a ``Descriptor``."""
        if sys.platform == "win32":  # pragma: no cover - not run
            return _rebuilt_socket, (reduction.DupSocket(self),)
        return _rebuilt_socket, (reduction.DupFd(self.fileno()),)


def _rebuilt_socket(sent: Any) -> Socket:
    end = sent.detach()
    return Socket(fileno=end.detach() if isinstance(end, SocketType) else end)


Channel: TypeAlias = File | SocketType
WIDE = 1 << 16
"""Bytes of a large part."""
NOT_WAITING = getattr(socket, "MSG_DONTWAIT", 0)


# Who asks these for what they make is in calls of the interpreter's own, one after another, up to the object that owns
# the descriptor: there is no moment at which it belongs to nobody (the fork guard says why no other code may come
# between).


def pipe() -> Iterator[Descriptor]:
    """Makes a pipe: its reading end, its writing end."""
    return map(Descriptor, chain.from_iterable(map(call, (os.pipe,))), ("rb", "wb"))


def socket_pair() -> Iterator[Socket]:
    """Makes two that are connected."""
    if sys.platform == "win32":  # pragma: no cover - not run
        return (Socket(fileno=end.detach()) for end in socket.socketpair())
    pair = chain.from_iterable(map(call, (_socket.socketpair,)))
    return map(Socket, repeat(socket.AF_UNIX), repeat(socket.SOCK_STREAM), repeat(0), map(_DETACH, pair))


def set_blocking(end: Channel, *, blocking: bool) -> None:
    """Whether reading and writing wait, whatever the user's default time-out for sockets is."""
    if isinstance(end, SocketType):
        end.setblocking(blocking)
    else:
        os.set_blocking(end.fileno(), blocking)


def reader(end: Channel) -> Reader:
    """A function that reads up to so many bytes; none is end of file."""
    if isinstance(end, SocketType):
        return end.recv
    return partial(os.read, end.fileno())


def writer(end: Channel) -> Writer:
    """A function that writes as much of these parts as fits and says how much that was."""
    if isinstance(end, SocketType):
        return partial(_send_parts, end)
    return partial(os.writev, end.fileno())


def _send_parts(end: SocketType, parts: Sequence[Part]) -> int:
    """A large part alone: joined with what follows, all of that would be copied each time that a few bytes fit."""
    return end.send(parts[0] if len(parts) == 1 or len(parts[0]) >= WIDE else b"".join(parts))


def left(parts: Sequence[Part], written: int) -> Sequence[Part]:
    """What of these parts is still to be written."""
    at = 0
    while at < len(parts) and written >= len(parts[at]):
        written -= len(parts[at])
        at += 1
    return [memoryview(parts[at])[written:], *parts[at + 1 :]] if at < len(parts) else ()


def take_waiting(end: SocketType, into: bytearray, *, peek: bool = False) -> int:
    """Read what is there, without waiting: BlockingIOError if it is nothing.

    On a portable platform another reader may be faster, and then this would wait: call it when there is none.
    """
    if NOT_WAITING:
        return end.recv_into(into, len(into), NOT_WAITING | (socket.MSG_PEEK if peek else 0))
    if not system_select.select([end], [], [], 0)[0]:
        raise BlockingIOError
    return end.recv_into(into, len(into), socket.MSG_PEEK if peek else 0)


# --- the fork guard ---------------------------------------------------------------------------------------------------
#
# The registry of every end that the pools of this process own.  Ends are closed through their objects, never by number.
# The registry is weak: an end that nobody holds any more closes by itself, in whatever thread.
#
# Making an end and registering it cannot be cut in two by a fork of another thread.  Both are one call of the
# interpreter's own, under the lock that the interpreter takes for a fork after the last hook, until it has forked.  So
# no hook of ours waits.  Nothing is held while hooks of others run, which may wait for a pool.  No code in Python runs
# inside that call, so neither a finalizer nor a signal handler can wait there for anybody.


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
    """What a fork empties in its child: who holds it, and writes to a number, sees that it may be another file's."""
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
    making: Iterator[Channel] = socket_pair() if PORTABLE else pipe()
    reader, writer = made(making)
    return reader, writer


def ticket_sockets() -> tuple[SocketType, SocketType]:
    """A connected pair, both registered and blocking: (reader, writer)."""
    reader, writer = made(socket_pair())
    for end in reader, writer:
        set_blocking(end, blocking=True)
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
    outer = _spared.get(thread, frozenset())  # a signal handler may start a worker while one is being started
    _spared[thread] = frozenset(map(id, ends))
    try:
        yield
    finally:
        _spared[thread] = outer


def keep_only(ends: Collection[End]) -> None:
    """In a worker: close whatever else there is.  The fork's hook has done so, unless a signal cut it short."""
    _close_others(frozenset(map(id, ends)))
    register(ends)


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
    wake_in_child()
    if _shared:
        _close_shared()
    kept = _spared.get(threading.get_ident(), frozenset())
    _spared.clear()
    _close_others(kept)
    for function in _in_child:
        function()


def _close_others(kept: frozenset[int]) -> None:
    for known in _ends.copy():
        end = known()
        if end is not None and id(end) not in kept:
            _ends.discard(known)
            with suppress(OSError, ValueError):  # some kinds are not inherited at all
                end.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_in_child)


# --- waiting for many at once ----------------------------------------------------------------------------------------


class Selector:
    """A selector that says no more than what it was told of those that are ready."""

    def __init__(self) -> None:
        import selectors  # noqa: PLC0415 - not for Linux

        self._selector = selectors.DefaultSelector()
        self.close = self._selector.close
        self._events = selectors.EVENT_READ, selectors.EVENT_WRITE

    def register(self, fd: int, what: object, *, to_write: bool = False) -> None:
        """Say ``what`` while this can be read, or written to."""
        self._selector.register(fd, self._events[to_write], what)

    def unregister(self, fd: int) -> None:
        """Say no more of it."""
        self._selector.unregister(fd)

    def select(self, timeout: float | None) -> list[Any]:
        """Of those that are ready; wait for one, if there is none."""
        return [key.data for key, _ in self._selector.select(timeout)]


HAS_EPOLL = hasattr(system_select, "epoll")


class EpollSelector(Selector):
    """Linux: the same of the system's own, whatever somebody puts into the place of ``selectors``."""

    def __init__(self) -> None:
        self._epoll, self._known = system_select.epoll(), dict[int, object]()
        self.close = self._epoll.close

    def register(self, fd: int, what: object, *, to_write: bool = False) -> None:
        """See ``Selector``."""
        self._epoll.register(fd, system_select.EPOLLOUT if to_write else system_select.EPOLLIN)
        self._known[fd] = what

    def unregister(self, fd: int) -> None:
        """See ``Selector``."""
        del self._known[fd]
        with suppress(OSError):  # it was closed before
            self._epoll.unregister(fd)

    def select(self, timeout: float | None) -> list[Any]:
        """See ``Selector``."""
        known = self._known
        return [known[fd] for fd, _ in self._epoll.poll(timeout, len(known) + 1) if fd in known]


class SharedSelector(Selector):
    """The same where threads are greenlets: of whoever put them in place, so while it waits the others run.

    A fork copies all of them.  What the copy of the one that waits here waits for is closed in the child: libev ends a
    process that waits for a closed descriptor.
    """

    def __init__(self) -> None:
        super().__init__()
        self._pid = os.getpid()
        _shared.add(self)

    def select(self, timeout: float | None) -> list[Any]:
        """See ``Selector``.  ChildProcessError in a child."""
        ready = super().select(timeout)
        if self._pid != os.getpid():
            raise ChildProcessError
        return ready


_shared: WeakSet[SharedSelector] = WeakSet()


def _close_shared() -> None:
    """In a child, before any end is closed."""
    for selector in list(_shared):
        with suppress(Exception):  # the library's code
            selector.close()


def selector() -> Selector:
    """What this platform and these threads have."""
    if are_greenlets():
        return SharedSelector()
    return EpollSelector() if HAS_EPOLL and not PORTABLE else Selector()
