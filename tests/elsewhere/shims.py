"""What Windows or macOS has and Linux has not, as far as the pool uses it, made of what Linux has.

Decides: how it behaves where the pool looks. Must not know: the pool.
"""

from __future__ import annotations

import os
import socket
from multiprocessing import reduction, resource_sharer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.connection import Connection

MODULES = ("multiprocessing.resource_sharer",)


class DupSocket:
    """Windows: a socket on its way to another process, which asks this one's server for it.

    ``multiprocessing.resource_sharer`` has it there. It asks the socket for a copy of itself.
    """

    def __init__(self, sock: socket.socket) -> None:
        copy = sock.dup()

        def send(connection: Connection, _: int) -> None:
            reduction.send_handle(connection, copy.fileno(), 0)

        self._id = resource_sharer._resource_sharer.register(send, copy.close)  # type: ignore[attr-defined]

    def detach(self) -> socket.socket:
        """The socket, in the process that has got this."""
        with resource_sharer._resource_sharer.get_connection(self._id) as connection:  # type: ignore[attr-defined]
            return socket.socket(fileno=reduction.recv_handle(connection))


class Kevent:
    """macOS: which event is asked for."""

    def __init__(self, ident: int, kind: int, flags: int, notes: int) -> None:
        self.asked = ident, kind, flags, notes


class Kqueue:
    """macOS: becomes readable when the process ends that it was asked to look at; ProcessLookupError if it is gone."""

    def __init__(self) -> None:
        self._process, self._other = os.pipe()

    def control(self, changes: list[Kevent], count: int) -> list[Kevent]:
        """Only what the pool asks."""
        ((pid, *asked),) = [change.asked for change in changes]
        assert (asked, count) == ([FILTER, ADD, EXIT], 0)
        os.dup2(watch := os.pidfd_open(pid), self._process, inheritable=False)
        os.close(watch)
        return []

    def fileno(self) -> int:
        """Of itself, as long as it is open."""
        return self._process

    def close(self) -> None:
        """Twice is no error."""
        while self._process >= 0:
            os.close(self._process)
            os.close(self._other)
            self._process = -1


FILTER, ADD, EXIT = -5, 1, 0x80000000
SHIMS: Mapping[tuple[str, str], Mapping[str, object]] = {
    ("win32", "multiprocessing.resource_sharer"): {"DupSocket": DupSocket},
    ("darwin", "select"): {
        "kqueue": Kqueue, "kevent": Kevent, "KQ_FILTER_PROC": FILTER, "KQ_EV_ADD": ADD, "KQ_NOTE_EXIT": EXIT,
    },
}  # fmt: skip


def of(system: str, module: str) -> Mapping[str, object]:
    """What the system has besides in this module."""
    return SHIMS.get((system, module), {})
