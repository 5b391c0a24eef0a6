"""The manager's own bug is not silent: end every future, kill every worker, say why, in the order of ``PANIC``."""

from __future__ import annotations

import contextlib
from functools import partial

from checkedpool._core import tables
from checkedpool._core.messages import Death, When
from checkedpool._payload.pickling import local_error
from checkedpool._pool.shared import PoolFuture, error_end
from checkedpool._pool.worker_channels import kill_now
from checkedpool.errors import BrokenErrors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from checkedpool._pool.platform import RealPlatform
    from checkedpool._pool.shared import Shared
    from checkedpool._pool.user_code import Job
    from checkedpool._pool.worker_channels import WorkerChannels


def panic(shared: Shared, platform: RealPlatform, error: BaseException) -> None:
    """Break the pool with ``error`` as its cause.  Called in the manager's thread, after its machine has stopped."""
    performer = _Panic(shared, platform, error)
    for part in tables.PANIC:
        performer.perform(part)


class _Panic:
    """Performs the parts of a panic."""

    def __init__(self, shared: Shared, platform: RealPlatform, error: BaseException) -> None:
        self.shared, self.platform = shared, platform
        cause = local_error(error)  # its frames would hold all of the pool
        self.errors = BrokenErrors(Death(None, None, When.MANAGER, cause=cause))
        self.left: list[PoolFuture[Any]] = []

    def perform(self, part: tables.Panic) -> None:
        platform = self.platform
        match part:
            case tables.Panic.REFUSE:
                self.shared.broken = self.errors
            case tables.Panic.END_WORKERS:
                self._for_each_lane(kill_now)
            case tables.Panic.TELL:
                self._tell()
            case tables.Panic.CALL_BACK:
                for future in self.left:
                    self._give(partial(future.complete_and_call, None))
            case tables.Panic.LET_GO:
                with contextlib.suppress(RuntimeError):
                    platform.user_threads.add()
                platform.starter.end()
                platform.reactor.close()
                platform.user_threads.end()
            case tables.Panic.CLOSE:
                self._for_each_lane(lambda lane: lane.close())

    def _for_each_lane(self, do: Callable[[WorkerChannels], None]) -> None:
        """For those after one where it fails, too."""
        for lane in list(self.platform.lanes.values()):
            with contextlib.suppress(Exception):
                do(lane)

    def _tell(self) -> None:
        """All that the platform has, and what nobody has taken from the inbox."""
        left = list(self.platform.unsettled.values())
        left += [(future, None) for future in self.platform.futures.values()]
        while self.shared.inbox:
            post = self.shared.inbox.popleft()
            if isinstance(post, PoolFuture):
                left.append((post, None))
        for future, end in left:
            own = end or error_end(self.errors())
            if future.complete(own, wait=False) is None:
                self._give(partial(future.complete_and_call, own))
        self.left = [future for future, _ in left]

    def _give(self, job: Job) -> None:
        """It is queued, even if there is no thread for it: then the end of the user-code threads does it."""
        with contextlib.suppress(RuntimeError):
            self.platform.user_threads.give(job)
