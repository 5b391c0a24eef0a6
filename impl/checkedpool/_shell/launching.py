"""Having multiprocessing start a worker.  Decides what a start is that raises although its process has been made.

multiprocessing makes a process and then writes to it what it is to do.  If that fails it forgets whom it has made, and
nobody would end him or wait for him.  It fails where the process has died by then: since gh-118981 nobody else holds
the pipe open.  That was no start that failed, but a worker that has died.
"""

from __future__ import annotations

from multiprocessing.process import BaseProcess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from checkedpool._shell.lane import LaneChannels


def launch(lane: LaneChannels) -> None:
    """Start its process; whatever has been made is the lane's process afterwards, also if this raises."""
    try:
        lane.process.start()
    except BaseException as error:
        popen = lane.worker_ends.popen
        if lane.has_process or getattr(popen, "pid", None) is None:
            raise
        lane.process = _Made(popen, lane.process.name)
        lane.process.start()
        if not isinstance(error, BrokenPipeError):
            raise
    finally:
        lane.worker_ends.popen = None


class _Made(BaseProcess):
    """Stands for a process that has been made; to start it is to tell the rest of multiprocessing that it is there.

    The one that could not be started may be of a class of the user's: that is not asked to start twice.
    """

    def __init__(self, popen: Any, name: str) -> None:
        super().__init__(name=name)
        self._made = popen

    def _Popen(self, _: BaseProcess) -> Any:  # noqa: N802 - multiprocessing's name
        return self._made
