"""The full wake-up pipe.

Whoever submits takes the executor's lock and, still holding it, writes a byte into a pipe to wake the manager. The
manager, once awake, takes the same lock before it empties the pipe. When the pipe is full the write blocks, with the
lock held, and the only one who could make room waits for the lock. Some ten thousand quick submits fill it.

Cure: The manager empties the pipe without the lock: it is the only reader, and the only one who closes the pipe.

Left out: What is submitted, the workers, the answers. The pipe holds one byte here and 64 KiB there.

Here: Waking never waits: a full pipe wakes already, so it does not matter what the client holds meanwhile. The manager
that wakes empties it before it does anything else, and needs no lock for it.
"""
# ruff: noqa: D103 - the names of conjuncts are sentences

from typing import Literal, NamedTuple

from checkedpool_model.museum.exhibit import Exhibit, Failure, told
from checkedpool_model.museum.table import changed, design, row

SUBMITS = 2
ROOM = 1


class Wakeup(NamedTuple):
    """A client that submits, a manager that is woken, a lock and a pipe."""

    client: Literal["outside", "has the lock", "has rung"] = "outside"
    manager: Literal["sleeps", "is awake", "has the lock"] = "sleeps"
    locked: bool = False
    bytes: int = 0
    submitted: int = 0


def there_is_more_to_submit(_k: None, s: Wakeup, _i: int) -> bool:
    return s.submitted < SUBMITS


def client_is_outside(_k: None, s: Wakeup, _i: int) -> bool:
    return s.client == "outside"


def client_has_the_lock(_k: None, s: Wakeup, _i: int) -> bool:
    return s.client == "has the lock"


def client_has_rung(_k: None, s: Wakeup, _i: int) -> bool:
    return s.client == "has rung"


def lock_is_free(_k: None, s: Wakeup, _i: int) -> bool:
    return not s.locked


def pipe_has_room(_k: None, s: Wakeup, _i: int) -> bool:
    return s.bytes < ROOM


def pipe_has_bytes(_k: None, s: Wakeup, _i: int) -> bool:
    return s.bytes > 0


def manager_sleeps(_k: None, s: Wakeup, _i: int) -> bool:
    return s.manager == "sleeps"


def manager_is_awake(_k: None, s: Wakeup, _i: int) -> bool:
    return s.manager == "is awake"


def manager_has_the_lock(_k: None, s: Wakeup, _i: int) -> bool:
    return s.manager == "has the lock"


TABLE = (
    row(
        "ClientTakesLock", client_is_outside, there_is_more_to_submit, lock_is_free,
        then=lambda _k, s, _i: s._replace(client="has the lock", locked=True),
    ),
    row(
        "ClientRings", client_has_the_lock, pipe_has_room,
        then=lambda _k, s, _i: s._replace(client="has rung", bytes=s.bytes + 1), to="manager",
    ),
    row(
        "ClientReturns", client_has_rung,
        then=lambda _k, s, _i: s._replace(client="outside", locked=False, submitted=s.submitted + 1),
    ),
    row("ManagerWakes", manager_sleeps, pipe_has_bytes, then=lambda _k, s, _i: s._replace(manager="is awake")),
    row(
        "ManagerTakesLock", manager_is_awake, lock_is_free,
        then=lambda _k, s, _i: s._replace(manager="has the lock", locked=True),
    ),
    row(
        "ManagerEmptiesPipe", manager_has_the_lock,
        then=lambda _k, s, _i: s._replace(manager="sleeps", locked=False, bytes=0),
    ),
)  # fmt: skip

CURED = changed(
    TABLE,
    row("ManagerEmptiesPipe", manager_is_awake, then=lambda _k, s, _i: s._replace(manager="sleeps", bytes=0)),
    without=["ManagerTakesLock"],
)


def all_is_submitted(_k: None, s: Wakeup) -> bool:
    return s.submitted == SUBMITS and s.client == "outside" and s.manager == "sleeps" and s.bytes == 0


EXHIBIT = Exhibit(
    name="full-pipe",
    project="concurrent.futures",
    versions="3.9 to 3.11.5; cured in 3.11.6 and 3.12.0",
    seen="CPython 3.11.2 hangs if its manager is busy, 3.11.7 does not",
    links=("https://github.com/python/cpython/issues/105829", "https://github.com/python/cpython/pull/108513"),
    words=told(__doc__),
    clauses=("P-03", "P-31", "P-32"),
    failure=Failure.DEADLOCK,
    claim="no_deadlock",
    steps=5,
    broken=design("full pipe", Wakeup(), TABLE, terminal=all_is_submitted),
    broken_states=17,
    fixed=design("full pipe, cured", Wakeup(), CURED, terminal=all_is_submitted),
    fixed_states=17,
)
