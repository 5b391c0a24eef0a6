"""Where tasks are held until the parent lets them go: it knows when a worker is busy, and for how long it stays so.

Decides: how a held task and its parent speak, on every platform. Must not know: pools.
"""

from contextlib import suppress
from multiprocessing.connection import Connection, Listener
from typing import Self

BACKLOG = 16


class Gate:
    """A gate for `tasks.held`."""

    def __init__(self) -> None:
        self._listener = Listener(backlog=BACKLOG)
        self._held: list[Connection] = []
        self.address = str(self._listener.address)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.open()
        self._listener.close()

    def wait_for(self, count: int) -> list[int]:
        """Wait until so many more tasks are held here; their processes."""
        arrived = [self._listener.accept() for _ in range(count)]
        self._held += arrived
        return [connection.recv() for connection in arrived]

    def open(self) -> None:
        """Let all go; some may be dead."""
        while self._held:
            with self._held.pop() as connection, suppress(OSError):
                connection.send(None)
