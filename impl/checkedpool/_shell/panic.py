"""The manager's own bug is not silent: settle every future, kill every worker, say why.  No machine takes part."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any

from checkedpool import future as ending
from checkedpool._core.words import Death, When
from checkedpool._shell.reports import broken_error
from checkedpool._shell.starting import end_now
from checkedpool.future import PoolFuture

if TYPE_CHECKING:
    from checkedpool._shell.real import RealPlatform
    from checkedpool._shell.shared import Shared


def panic(shared: Shared, platform: RealPlatform, error: BaseException) -> None:
    """Break the pool with ``error`` as its cause.  Called in the manager's thread, after its machine has stopped."""
    death = Death(None, None, When.MANAGER, cause=error)
    shared.broken = partial(broken_error, death, None, None, ran=False)
    for lane in list(platform.lanes.values()):
        with contextlib.suppress(Exception):
            end_now(lane)
    futures: list[PoolFuture[Any]] = list(platform.futures.values())
    futures += [future for future, _ in platform.unsettled.values()]
    while shared.inbox:
        post = shared.inbox.popleft()
        if isinstance(post, PoolFuture):
            futures.append(post)
    for future in futures:
        with contextlib.suppress(Exception):
            platform.helpers.give(
                partial(future._end_and_call, ending.error_end(broken_error(death, None, None, ran=False)))
            )
    with contextlib.suppress(Exception):
        platform.reactor.close()
    platform.helpers.end()
