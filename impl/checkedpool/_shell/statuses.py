"""Exit statuses of dead workers that have not come yet.  Decides how long each may take until it counts as unknown."""

from __future__ import annotations

import time

from checkedpool._core.words import Reaped
from checkedpool._shell import processes
from checkedpool._shell.processes import Status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from checkedpool._shell.lane import LaneChannels
    from checkedpool._shell.reactor import Reactor

STATUS_LIMIT = 1.0
"""Seconds that an exit status may take to come after the death was seen (the forkserver reports it)."""
TAKEN_LIMIT, TAKEN_RETRY = 0.25, 0.005
"""Seconds that another thread of multiprocessing may take to say a status that it has taken; and between two looks."""


class Statuses:
    """Those of one pool; used by the manager's thread only."""

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor
        self.awaited: dict[LaneChannels, float] = {}
        """Until when."""
        self._taken: set[LaneChannels] = set()

    def soonest(self) -> float:
        """When to look again, even if nothing happens."""
        soonest = min(self.awaited.values())
        return min(soonest, time.monotonic() + TAKEN_RETRY) if self._taken else soonest

    def await_of(self, lane: LaneChannels) -> Iterator[Reaped]:
        """Its worker has ended: its status, if that is here."""
        self.awaited[lane] = time.monotonic() + STATUS_LIMIT
        return self._take(lane)

    def look(self) -> Iterator[Reaped]:
        """Those that are known now, or never will be."""
        for lane in list(self.awaited):
            yield from self._take(lane)

    def _take(self, lane: LaneChannels) -> Iterator[Reaped]:
        status, exitcode = processes.take_status(lane.process)
        if status is not Status.HERE and time.monotonic() < self.awaited[lane]:
            if status is Status.COMES:
                self._reactor.await_status(lane)
            elif lane not in self._taken:
                self._reactor.forget_status(lane)
                self._taken.add(lane)
                self.awaited[lane] = time.monotonic() + TAKEN_LIMIT
            return
        self._taken.discard(lane)
        del self.awaited[lane]
        self._reactor.forget_status(lane)
        lane.exitcode = exitcode
        yield Reaped(lane.number, exitcode)
