"""``shutdown_within``: an end in about so many seconds, by harder and harder requests.

Decides: how the time is shared out, and what is said of the end.  The requests, and what they do, are the pool's.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from checkedpool._pool.pool import NEVER
from checkedpool._pool.settling import settle_down
from checkedpool._pool.shared import PoolFuture
from checkedpool.errors import BrokenProcessPool
from checkedpool.seconds import positive
from checkedpool.stats import stats
from checkedpool_spec.vocabulary import ShutdownLevel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from checkedpool._pool.pool import Pool

__all__ = ["ShutdownPart", "ShutdownReport", "shutdown_within"]

OWN_THREAD = (
    "shutdown_within() was called in a thread of the pool, in a done-callback for example: it would wait for itself"
)
SHARES = ((ShutdownLevel.CANCEL, 0.7), (ShutdownLevel.TERMINATE, 0.9), (ShutdownLevel.KILL, 1.0))
"""The requests, each with the part of the time that is over when it has not been enough."""
GRACE = 1.0
"""Seconds at least that what was killed is waited for."""


@dataclass(frozen=True)
class ShutdownPart:
    """One request of a shutdown, and what came of it.

    Attributes:
        request: "cancel", "terminate" or "kill".
        seconds: How long its effect was waited for.
        cancelled: Tasks that were cancelled in this time.
        finished: Tasks that ended by themselves: with a result, or an exception of their own.
        broken: Tasks whose worker ended before they did.
        tasks: Tasks that are left.
        workers: Workers that are left.
    """

    request: str
    seconds: float
    cancelled: int
    finished: int
    broken: int
    tasks: int
    workers: int


@dataclass(frozen=True)
class ShutdownReport:
    """How a pool came to its end.

    Attributes:
        ended: Whether it has: no task, callback, worker or thread of it is left.
        seconds: How long that took.
        parts: The requests that were made, one after the other.
    """

    ended: bool
    seconds: float
    parts: tuple[ShutdownPart, ...] = field(default=())


def shutdown_within(pool: Pool, limit: object) -> ShutdownReport:
    """End the pool; return when it has ended, or the time is over."""
    seconds = positive("seconds", limit)
    if threading.get_ident() in pool.shared.own_threads:
        raise RuntimeError(OWN_THREAD)
    begin = time.monotonic()
    settle_down(pool, min(GRACE, seconds / 10))  # then all that was accepted before is known
    left = _unfinished(pool)
    parts: list[ShutdownPart] = []
    has_ended = False
    for level, share in SHARES:
        asked = time.monotonic()
        pool.shutdown(level, wait=False)
        until = begin + seconds * share
        has_ended = _join(pool, max(until, asked + GRACE) if level is ShutdownLevel.KILL else until)
        done = [future for future in left if future.done()]
        left = [future for future in left if not future.done()]
        parts.append(_part(pool, level, time.monotonic() - asked, done, len(left)))
        if has_ended:
            break
    return ShutdownReport(has_ended, time.monotonic() - begin, tuple(parts))


def _unfinished(pool: Pool) -> list[PoolFuture[Any]]:
    """What was accepted and has not ended."""
    if pool.shared.is_inherited():
        return []
    posts = {id(post): post for post in tuple(pool.shared.inbox) if isinstance(post, PoolFuture)}
    platform = pool.platform
    known = [] if platform is None else list(platform.futures.values())
    return [future for future in {**posts, **{id(future): future for future in known}}.values() if not future.done()]


def _join(pool: Pool, until: float) -> bool:
    """Whether it has ended by then."""
    shared = pool.shared
    if shared.start.is_of(NEVER) or shared.is_inherited():
        return True
    if not shared.ended.wait(_rest(until), shared.is_inherited):
        return False
    thread = pool.manager_thread
    if thread is not None:
        thread.join(_rest(until))
        return not thread.is_alive()
    return True


def _rest(until: float) -> float:
    """Seconds up to then, as a lock takes them."""
    return min(max(0.0, until - time.monotonic()), threading.TIMEOUT_MAX)


def _part(
    pool: Pool, level: ShutdownLevel, seconds: float, done: list[PoolFuture[Any]], left: int
) -> ShutdownPart:  # fmt: skip
    cancelled = sum([future.cancelled() for future in done])
    broken = sum([
        not future.cancelled() and isinstance(future.exception(), BrokenProcessPool) for future in done
    ])  # fmt: skip
    workers = 0 if pool.shared.is_inherited() else len(stats(pool).workers)
    return ShutdownPart(
        level.name.lower(), seconds, cancelled, len(done) - cancelled - broken, broken, left, workers
    )  # fmt: skip
