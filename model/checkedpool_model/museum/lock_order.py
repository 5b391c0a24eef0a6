"""Lock order at shutdown.

The manager that ends its pool takes the executor's lock and, holding it, joins the feeder: the thread that pickles
tasks into the call queue. The feeder has just met a task that cannot be pickled. Its error handler has taken the task
from the table, which is why the manager found nothing left to do, and wants the executor's lock to wake the
manager. One holds the lock and waits for the other's end; the other waits for the lock.

Cure: The wake-up pipe has a small lock of its own, which nobody holds while waiting for anything.

Left out: The workers; the feeder's way out after its queue was closed; tasks that can be pickled; that the client may
wait in `shutdown()`.

Here: No thread feeds a queue: the manager writes frames itself, into pipes that never block. What others have to tell
it goes through the inbox, and waking never waits.
"""
# ruff: noqa: D103 - the names of conjuncts are sentences

from typing import Literal, NamedTuple

from checkedpool_model.museum.exhibit import Exhibit, Failure, told
from checkedpool_model.museum.table import changed, design, row


class Pool(NamedTuple):
    """A task that cannot be pickled is in the feeder's hands; the manager sleeps."""

    feeder: Literal["has the task", "cannot pickle it", "has the lock", "has rung", "is done"] = "has the task"
    manager: Literal["sleeps", "is awake", "has the lock", "has ended"] = "sleeps"
    locked: bool = False
    rung: bool = False
    closed: bool = False
    pending: bool = True
    """Whether the task is in the table of pending ones."""
    future: Literal["running", "failed"] = "running"


def pool_is_open(_k: None, s: Pool, _i: int) -> bool:
    return not s.closed


def pool_is_closed(_k: None, s: Pool, _i: int) -> bool:
    return s.closed


def feeder_has_the_task(_k: None, s: Pool, _i: int) -> bool:
    return s.feeder == "has the task"


def feeder_cannot_pickle_it(_k: None, s: Pool, _i: int) -> bool:
    return s.feeder == "cannot pickle it"


def feeder_has_the_lock(_k: None, s: Pool, _i: int) -> bool:
    return s.feeder == "has the lock"


def feeder_has_rung(_k: None, s: Pool, _i: int) -> bool:
    return s.feeder == "has rung"


def feeder_is_done(_k: None, s: Pool, _i: int) -> bool:
    return s.feeder == "is done"


def lock_is_free(_k: None, s: Pool, _i: int) -> bool:
    return not s.locked


def bell_has_rung(_k: None, s: Pool, _i: int) -> bool:
    return s.rung


def manager_sleeps(_k: None, s: Pool, _i: int) -> bool:
    return s.manager == "sleeps"


def manager_is_awake(_k: None, s: Pool, _i: int) -> bool:
    return s.manager == "is awake"


def manager_has_the_lock(_k: None, s: Pool, _i: int) -> bool:
    return s.manager == "has the lock"


def something_is_to_be_done(_k: None, s: Pool, _i: int) -> bool:
    return s.pending or not s.closed


def nothing_is_pending(_k: None, s: Pool, _i: int) -> bool:
    return not s.pending


TABLE = (
    row("ClientShutsDown", pool_is_open, then=lambda _k, s, _i: s._replace(closed=True, rung=True), to="manager"),
    row(
        "FeederFailsToPickle", feeder_has_the_task,
        then=lambda _k, s, _i: s._replace(feeder="cannot pickle it", pending=False),
    ),
    row(
        "FeederTakesLock", feeder_cannot_pickle_it, lock_is_free,
        then=lambda _k, s, _i: s._replace(feeder="has the lock", locked=True),
    ),
    row(
        "FeederRings", feeder_has_the_lock,
        then=lambda _k, s, _i: s._replace(feeder="has rung", locked=False, rung=True), to="manager",
    ),
    row(
        "FeederFailsFuture", feeder_has_rung,
        then=lambda _k, s, _i: s._replace(feeder="is done", future="failed"), to="client",
    ),
    row(
        "ManagerWakes", manager_sleeps, bell_has_rung,
        then=lambda _k, s, _i: s._replace(manager="is awake", rung=False),
    ),
    row(
        "ManagerGoesToSleep", manager_is_awake, something_is_to_be_done,
        then=lambda _k, s, _i: s._replace(manager="sleeps"),
    ),
    row(
        "ManagerTakesLock", manager_is_awake, pool_is_closed, nothing_is_pending, lock_is_free,
        then=lambda _k, s, _i: s._replace(manager="has the lock", locked=True),
    ),
    row(
        "ManagerJoinsFeeder", manager_has_the_lock, feeder_is_done,
        then=lambda _k, s, _i: s._replace(manager="has ended", locked=False), to="feeder",
    ),
)  # fmt: skip

CURED = changed(
    TABLE,
    row(
        "FeederRings", feeder_cannot_pickle_it,
        then=lambda _k, s, _i: s._replace(feeder="has rung", rung=True), to="manager",
    ),
    without=["FeederTakesLock"],
)  # fmt: skip


def pool_has_ended(_k: None, s: Pool) -> bool:
    return s.manager == "has ended"


EXHIBIT = Exhibit(
    name="lock-order",
    project="concurrent.futures",
    versions="3.12.0 to 3.12.7 and 3.13.0; cured in 3.12.8 and 3.13.1",
    seen="CPython 3.12.1 and 3.13.0 hang if the feeder is slow to take the lock, 3.13.5 does not",
    links=("https://github.com/python/cpython/issues/125451", "https://github.com/python/cpython/pull/125492"),
    words=told(__doc__),
    clauses=("P-03", "P-31"),
    failure=Failure.DEADLOCK,
    claim="no_deadlock",
    steps=4,
    broken=design("lock order", Pool(), TABLE, terminal=pool_has_ended),
    broken_states=31,
    fixed=design("lock order, cured", Pool(), CURED, terminal=pool_has_ended),
    fixed_states=27,
)
