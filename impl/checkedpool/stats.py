"""What a pool is doing: its workers, its tasks, its state.

Decides how the manager's records are read: by any thread, at any time, without a lock.  While it sleeps they do not
change, and each of its sleeps is an object of its own.  So what was read between two looks at one sleep is of one
moment.  A manager that is busy is waited for, until its next sleep or for a moment; then one takes what there is.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from checkedpool._core.worker_record import ABANDONED, BORN, ENDED, LEAVING, READY, STARTING, UNFORCED
from checkedpool._pool.pool import NEVER
from checkedpool._pool.settling import settle_down
from checkedpool._pool.shared import PoolFuture

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from checkedpool._core.manager import Manager
    from checkedpool._core.messages import TaskId
    from checkedpool._core.worker_record import WorkerRecord
    from checkedpool._pool.platform import RealPlatform
    from checkedpool._pool.pool import Pool
    from checkedpool._pool.worker_channels import WorkerChannels

__all__ = ["Stats", "WorkerStats", "describe", "stats", "text"]

PATIENCE = 0.05
"""Seconds that a manager which does not sleep is waited for."""
LOOKS = 3
LIFE = {STARTING: "starting", BORN: "starting", LEAVING: "leaving", ABANDONED: "ending", ENDED: "ending"}


@dataclass(frozen=True)
class WorkerStats:
    """One worker.

    Attributes:
        pid: Of its process; None while that is being started.
        state: "starting", "idle", "busy", "leaving" (it was told to), or "ending" (it was signalled, or has ended).
        task: The name of the function that it runs, or is about to; None if there is none.
        seconds: For so long, as far as the pool has seen.  None without a task.
    """

    pid: int | None
    state: str
    task: str | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Stats:
    """A pool at one moment.

    Attributes:
        state: "open", "closing" (it accepts nothing, and finishes), "broken", "ended"; "inherited" in a forked child.
        max_workers: Workers at most.
        workers: Those that there are.
        pending: Tasks that were accepted and have not begun.
        running: Tasks that have begun, or are about to, and have not ended.
        restarts: Workers that have ended so far, for whatever reason, failed starts included.
    """

    state: str
    max_workers: int
    workers: tuple[WorkerStats, ...] = ()
    pending: int = 0
    running: int = 0
    restarts: int = 0


def stats(pool: Pool) -> Stats:
    """What it is doing now."""
    shared, machine, platform = pool.shared, pool.machine, pool.platform
    if machine is None or platform is None or shared.is_inherited():
        return Stats(state_of(pool), pool.settings.max_workers, pending=_waiting(pool))
    for _ in range(LOOKS):
        if shared.sleep is None or _has_news(pool):
            settle_down(pool, PATIENCE)
        asleep = shared.sleep
        seen = _look(pool, machine, platform)
        if asleep is not None and shared.sleep is asleep and not _has_news(pool):
            return seen
    return _look(pool, machine, platform)


def _has_news(pool: Pool) -> bool:
    """Whether a client has changed what the manager has not heard of: it may not have woken up yet."""
    return not all(isinstance(post, PoolFuture) for post in tuple(pool.shared.inbox))


def state_of(pool: Pool) -> str:
    """In a word."""
    shared = pool.shared
    if shared.is_inherited():
        return "inherited"
    if shared.broken is not None:
        return "broken"
    if shared.ended.is_set() or shared.start.is_of(NEVER):
        return "ended"
    return "open" if shared.closed is None else "closing"


def _waiting(pool: Pool) -> int:
    return 0 if pool.shared.is_inherited() else len(pool.shared.unclaimed)


def _look(pool: Pool, machine: Manager, platform: RealPlatform) -> Stats:
    taken = {place[0].number: future for future in _taken(pool) if (place := future.place) is not None}
    lanes = tuple(machine.lanes.values())
    workers = tuple([_worker(lane, platform, taken.get(lane.number)) for lane in lanes])
    behind = sum([max(0, len(lane.issued) - 1) for lane in lanes])
    return Stats(
        state_of(pool), pool.settings.max_workers, workers, _waiting(pool) + behind,
        sum([worker.task is not None for worker in workers]), machine.next_lane - len(lanes),
    )  # fmt: skip


def _taken(pool: Pool) -> list[PoolFuture[Any]]:
    """Tasks that a client has issued by itself, of which the manager has not heard."""
    unclaimed = pool.shared.unclaimed
    posts = tuple(pool.shared.inbox)
    return [post for post in posts if isinstance(post, PoolFuture) and post.number not in unclaimed]


def _worker(lane: WorkerRecord, platform: RealPlatform, taken: PoolFuture[Any] | None) -> WorkerStats:
    channels = platform.lanes.get(lane.number)
    pid = _pid(channels)
    number = _first(lane)
    future = taken if number is None else platform.futures.get(number)
    if lane.phase is not READY or lane.force is not UNFORCED:
        state = LIFE.get(lane.phase, "ending")
    else:
        state = "idle" if future is None else "busy"
    if future is None:
        return WorkerStats(pid, state)
    seconds = None if channels is None else max(0.0, time.monotonic() - channels.since)
    return WorkerStats(pid, state, future.name, seconds)


def _pid(channels: WorkerChannels | None) -> int | None:
    try:
        return None if channels is None else channels.process.pid
    except ValueError:  # it has just been let go of
        return None


def _first(lane: WorkerRecord) -> TaskId | None:
    """The task that it runs, or is about to."""
    return next(iter(tuple(lane.issued.values())), None)


# --- in words ---------------------------------------------------------------------------------------------------------


def describe(pool: Pool, name: str) -> str:
    """As its ``repr``."""
    seen = stats(pool)
    busy = sum([worker.state == "busy" for worker in seen.workers])
    workers = f"{len(seen.workers)} of {seen.max_workers} workers, {busy} busy"
    return f"<{name} {seen.state}: {workers}; {seen.running} running, {seen.pending} pending>"


def text(seen: Stats, title: str) -> str:
    """As lines of text."""
    workers = f"{len(seen.workers)} of {seen.max_workers} workers"
    lines = [
        f"{title}  {seen.state}  {workers}  {seen.running} running  {seen.pending} pending  {seen.restarts} restarts"
    ]
    for worker in seen.workers:
        at = "" if worker.task is None else f"  {_for(worker.seconds)}  {worker.task}"
        lines.append(f"  {'-' if worker.pid is None else worker.pid:>8}  {worker.state:<8}{at}")
    return "\n".join(lines)


def _for(seconds: float | None) -> str:
    return f"{'?' if seconds is None else format(seconds, '.1f'):>9} s"
