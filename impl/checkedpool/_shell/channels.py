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
from multiprocessing import reduction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeAlias

    Part: TypeAlias = bytes | memoryview
    Reader: TypeAlias = Callable[[int], bytes]
    Writer: TypeAlias = Callable[[Sequence[Part]], int]

PORTABLE = sys.platform == "win32" or os.environ.get("CHECKEDPOOL_PORTABLE", "") not in ("", "0")
"""Sockets for pipes, threads that watch processes, tickets that cannot be read back from a living worker."""


class Descriptor:
    """A descriptor as an object that owns it, and that lets go of its number before it closes it.

    Another thread may fork between the two: its child then has one descriptor too many. In the other order, that of
    ``multiprocessing.Connection``, the object would in the child close whatever has got the number meanwhile.
    """

    def __init__(self, fd: int) -> None:
        self._fd: int | None = fd

    def fileno(self) -> int:
        """The number; ValueError once it is closed."""
        if self._fd is None:
            msg = "this descriptor is closed"
            raise ValueError(msg)
        return self._fd

    def close(self) -> None:
        """Close it, once."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)

    __del__ = close

    def __reduce__(self) -> tuple[Any, ...]:
        """Only into a process that is being started, or through multiprocessing's server of descriptors."""
        return _rebuilt, (reduction.DupFd(self.fileno()),)


def _rebuilt(sent: Any) -> Descriptor:
    return Descriptor(sent.detach())


Channel: TypeAlias = Descriptor | socket.socket
NOT_WAITING = getattr(socket, "MSG_DONTWAIT", 0)


def one_way() -> tuple[Channel, Channel]:
    """A new channel: (reading end, writing end)."""
    if PORTABLE:
        return socket.socketpair()
    reader, writer = os.pipe()
    return Descriptor(reader), Descriptor(writer)


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
