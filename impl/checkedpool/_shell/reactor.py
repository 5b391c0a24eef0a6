"""Waits for everything that the manager waits for at once: the bell, results, room in call pipes, deaths, statuses.

One selector for the life of the pool.  Knows descriptors, not what they mean; reports (what, lane).
"""

from __future__ import annotations

from checkedpool._shell import channels
from checkedpool._shell.shared import Bell, Sleep
from checkedpool._shell.shared_selector import SharedSelector
from checkedpool._shell.threads import are_greenlets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkedpool._shell.lane import LaneChannels
    from checkedpool._shell.shared import Shared

LONGEST = 86400.0
"""Seconds that a selector can take for granted; a later deadline is slept for in pieces."""
BELL = "bell"


class Reactor:
    """The manager's only place to sleep."""

    def __init__(self) -> None:
        self._selector = SharedSelector() if are_greenlets() else channels.selector()
        self._bell = Bell(once=self._selector.edges)
        self._selector.register(self._bell.fileno(), BELL, edge=True)
        self._known: dict[int, LaneChannels] = {}

    def wait(self, shared: Shared, timeout: float | None) -> list[tuple[str, LaneChannels]]:
        """What is ready; the sleep is published first, then the inbox is looked at once more."""
        shared.sleep = Sleep(self._bell)
        if shared.inbox and shared.has_posts():
            timeout = 0.0
        ready = self._selector.select(timeout if timeout is None else min(timeout, LONGEST))
        shared.sleep = None
        if BELL in ready:
            ready.remove(BELL)
            self._bell.hush()
        return ready

    def add(self, lane: LaneChannels) -> None:
        """Watch a lane's results and its process."""
        self._register(lane.result_fd, "result", lane)
        if lane.watch is not None:
            self._register(lane.watch.fileno(), "death", lane)

    def want_room(self, lane: LaneChannels, *, wanted: bool) -> None:
        """Report when the call pipe takes more, or stop doing so."""
        lane.wants_room = wanted
        if wanted:
            self._register(lane.call_fd, "room", lane, to_write=True)
        else:
            self._forget(lane.call_fd)

    def await_status(self, lane: LaneChannels) -> None:
        """Wake up when multiprocessing has something to say about the process."""
        self._register(lane.process.sentinel, "status", lane)

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

    def _register(self, fd: int, what: str, lane: LaneChannels, *, to_write: bool = False) -> None:
        if fd not in self._known:
            self._known[fd] = lane
            self._selector.register(fd, (what, lane), to_write=to_write)

    def _forget(self, fd: int) -> None:
        if self._known.pop(fd, None) is not None:
            self._selector.unregister(fd)
