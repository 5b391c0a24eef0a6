"""The kinds of channels there are: how to make one, read it, write it.  Platform-dependent, with ``processes`` alone.

POSIX: pipes.  Windows: socket pairs, since only sockets can be waited for together there; and tickets cannot be read
back without the risk of waiting.  That portable kind works everywhere; ``CHECKEDPOOL_PORTABLE=1`` chooses it, so that
it can be tested where Windows is not at hand.
"""

from __future__ import annotations

import os
import select
import socket
import sys
from functools import partial
from multiprocessing.connection import Connection, Pipe
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Part: TypeAlias = bytes | memoryview
    Reader: TypeAlias = Callable[[int], bytes]
    Writer: TypeAlias = Callable[[Sequence[Part]], int]

PORTABLE = sys.platform == "win32" or os.environ.get("CHECKEDPOOL_PORTABLE", "") not in ("", "0")
"""Sockets for pipes, threads that watch processes, tickets that cannot be read back from a living worker."""

Channel: TypeAlias = Connection | socket.socket
NOT_WAITING = getattr(socket, "MSG_DONTWAIT", 0)


def one_way() -> tuple[Channel, Channel]:
    """A new channel: (reading end, writing end)."""
    return socket.socketpair() if PORTABLE else Pipe(duplex=False)


def set_blocking(end: Channel, *, blocking: bool) -> None:
    """Whether reading and writing wait, whatever the user's default time-out for sockets is."""
    if isinstance(end, socket.socket):
        end.setblocking(blocking)
    else:
        os.set_blocking(end.fileno(), blocking)


def reader(end: Channel) -> Reader:
    """A function that reads up to so many bytes; none is end of file."""
    if isinstance(end, socket.socket):
        return end.recv
    return partial(os.read, end.fileno())


def writer(end: Channel) -> Writer:
    """A function that writes as much of these parts as fits and says how much that was."""
    if isinstance(end, socket.socket):
        return partial(_send_parts, end)
    return partial(os.writev, end.fileno())


def _send_parts(end: socket.socket, parts: Sequence[Part]) -> int:
    return end.send(b"".join(parts) if len(parts) > 1 else parts[0])


def take_waiting(end: socket.socket, into: bytearray, *, peek: bool = False) -> int:
    """Read what is there, without waiting: BlockingIOError if it is nothing.

    On a portable platform another reader may be faster, and then this would wait: call it when there is none.
    """
    if NOT_WAITING:
        return end.recv_into(into, len(into), NOT_WAITING | (socket.MSG_PEEK if peek else 0))
    if not select.select([end], [], [], 0)[0]:
        raise BlockingIOError
    return end.recv_into(into, len(into), socket.MSG_PEEK if peek else 0)
