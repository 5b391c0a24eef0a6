"""Waiting until a pool has settled down: for who looks at it from outside, and for nobody within."""

from __future__ import annotations

import threading

from checkedpool._os.locks import Latch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkedpool._pool.pool import Pool

BARRIER_LIMIT = 10.0


def settle_down(pool: Pool, limit: float = BARRIER_LIMIT) -> None:
    """Wait, not for ever, until the manager has seen all posts so far and no start is under way."""
    shared, barrier = pool.shared, Latch()
    if pool.manager_thread is None or shared.is_inherited() or threading.get_ident() in shared.own_threads:
        return
    shared.barriers.add(barrier)  # first: the pool may end
    shared.inbox.append(barrier)
    shared.wake()
    if not shared.ended.is_set():
        barrier.wait(limit)
    shared.barriers.discard(barrier)
