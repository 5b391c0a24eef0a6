"""Waits for everything that the manager waits for at once: the bell, results, room in call pipes, deaths, statuses.

One selector for the life of the pool.  Knows descriptors, not what they mean; reports (what, lane).
"""

from __future__ import annotations

import selectors

from checkedpool._shell.shared import Bell, Sleep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from checkedpool._shell.lane import LaneChannels
    from checkedpool._shell.shared import Shared

LONGEST = 86400.0
"""Seconds that a selector can take for granted; a later deadline is slept for in pieces."""
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Reactor:
    """The manager's only place to sleep."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._bell = Bell()
        self._selector.register(self._bell.fileno(), READ, None)
        self._known: dict[int, LaneChannels] = {}

    def wait(self, shared: Shared, timeout: float | None) -> list[tuple[str, LaneChannels]]:
        """What is ready; the sleep is published first, then the inbox is looked at once more."""
        shared.sleep = Sleep(self._bell)
        if shared.inbox:
            timeout = 0.0
        events = self._selector.select(timeout if timeout is None else min(timeout, LONGEST))
        shared.sleep = None
        ready = []
        for key, _ in events:
            if key.data is None:
                self._bell.hush()
            else:
                ready.append(key.data)
        return ready

    def add(self, lane: LaneChannels) -> None:
        """Watch a lane's results and its process."""
        self._register(lane.result_fd, READ, "result", lane)
        if lane.watch is not None:
            self._register(lane.watch.fileno(), READ, "death", lane)

    def want_room(self, lane: LaneChannels, *, wanted: bool) -> None:
        """Report when the call pipe takes more, or stop doing so."""
        if wanted:
            self._register(lane.call_fd, WRITE, "room", lane)
        else:
            self._forget(lane.call_fd)

    def await_status(self, lane: LaneChannels) -> None:
        """Wake up when multiprocessing has something to say about the process."""
        self._register(lane.process.sentinel, READ, "status", lane)

    def forget_result(self, lane: LaneChannels) -> None:
        """End of file, or nothing more to come: do not report it again."""
        if lane.at_end:
            self._forget(lane.result_fd)

    def forget_death(self, lane: LaneChannels) -> None:
        """It has been reported."""
        if lane.watch is not None:
            self._forget(lane.watch.fileno())

    def forget_status(self, lane: LaneChannels) -> None:
        """It has been taken."""
        if self._known.get(lane.process.sentinel) is lane:
            self._forget(lane.process.sentinel)

    def remove(self, lane: LaneChannels) -> None:
        """All of a lane, before its ends are closed."""
        for fd in [fd for fd, known in self._known.items() if known is lane]:
            self._forget(fd)

    def close(self) -> None:
        """Let go of the bell: somebody may be about to ring it, so it closes with the last reference."""
        self._selector.close()
        del self._bell

    def _register(self, fd: int, events: int, what: str, lane: LaneChannels) -> None:
        if fd not in self._known:
            self._known[fd] = lane
            data: Any = (what, lane)
            self._selector.register(fd, events, data)

    def _forget(self, fd: int) -> None:
        if self._known.pop(fd, None) is not None:
            self._selector.unregister(fd)
