"""The manager's own bug is not silent: settle every future, kill every worker, say why.  No machine takes part."""

from __future__ import annotations

import contextlib
from functools import partial

from checkedpool import future as ending
from checkedpool._core.words import Death, When
from checkedpool._shell.pickling import local_error
from checkedpool._shell.reports import broken_error
from checkedpool._shell.starting import end_now
from checkedpool.future import PoolFuture

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from checkedpool._shell.jobs import Job
    from checkedpool._shell.real import RealPlatform
    from checkedpool._shell.shared import Shared


def panic(shared: Shared, platform: RealPlatform, error: BaseException) -> None:
    """Break the pool with ``error`` as its cause.  Called in the manager's thread, after its machine has stopped."""
    death = Death(None, None, When.MANAGER, cause=local_error(error))  # its frames would hold all of the pool
    shared.broken = partial(broken_error, death, None, None, ran=False)
    for lane in list(platform.lanes.values()):
        with contextlib.suppress(Exception):
            end_now(lane)
    left = list(platform.unsettled.values())
    left += [(future, None) for future in [*platform.futures.values(), *_posted(shared)]]
    for future, end in left:  # all are told before any callback runs: one may wait for another
        own = end or ending.error_end(broken_error(death, None, None, ran=False))
        if future._try_end(own) is None:
            _give(platform, partial(future._end_and_call, own))
    for future, _ in left:
        _give(platform, partial(future._end_and_call, None))
    with contextlib.suppress(RuntimeError):
        platform.helpers.add()
    platform.starter.end()
    platform.reactor.close()
    platform.helpers.end()


def _give(platform: RealPlatform, job: Job) -> None:
    """It is queued, even if there is no thread for it: then the helpers' end does it."""
    with contextlib.suppress(RuntimeError):
        platform.helpers.give(job)


def _posted(shared: Shared) -> list[PoolFuture[Any]]:
    """What nobody has taken from the inbox."""
    futures: list[PoolFuture[Any]] = []
    while shared.inbox:
        post = shared.inbox.popleft()
        if isinstance(post, PoolFuture):
            futures.append(post)
    return futures
