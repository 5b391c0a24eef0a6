"""Two tables of one thing.

A task that cannot be pickled is removed from the table of pending tasks by the thread that pickles. The manager, asked
to cancel at shutdown, makes a new table with only those tasks that could not be cancelled, and from then on looks at
that one. The pickling thread goes on with the old. The task that it fails and removes there stays in the manager's
copy for ever. Its future has ended, and still the manager waits for it, and `shutdown()` for the manager.

Cure: There is one table: the manager removes the cancelled tasks from it and makes no other. (Ours: the issue is closed
as cured in 3.12, but the code is the same there, and its example still hangs.)

Left out: All tasks but one that is cancelled and one that cannot be pickled; the workers; the locks.

Here: The list of pending tasks is the manager's own. Whoever else has news of a task puts them in the inbox.
"""
# ruff: noqa: D103 - the names of conjuncts are sentences

from typing import Literal, NamedTuple

from checkedpool_model.checker.system import Fair
from checkedpool_model.museum.exhibit import Exhibit, Failure, told
from checkedpool_model.museum.table import changed, design, row

SENT = "sent"
"""The task in the pickling thread's hands; it cannot be pickled."""
LATER = "later"
"""The task that is still to be sent."""


class Pool(NamedTuple):
    """Two tasks, one of them sent; two names for what begins as one table."""

    asked: bool = False
    """Whether shutdown was asked to cancel."""
    feeders: tuple[str, ...] = (SENT, LATER)
    """The table of pending tasks, as the pickling thread knows it."""
    managers: tuple[str, ...] = (SENT, LATER)
    """The same, as the manager knows it."""
    one_table: bool = True
    cancelled: bool = False
    sent: Literal["running", "failed"] = "running"
    rung: bool = False
    manager: Literal["sleeps", "is awake", "has ended"] = "sleeps"


def shutdown_is_not_asked_for(_k: None, s: Pool, _i: int) -> bool:
    return not s.asked


def shutdown_is_asked_for(_k: None, s: Pool, _i: int) -> bool:
    return s.asked


def nothing_is_cancelled_yet(_k: None, s: Pool, _i: int) -> bool:
    return not s.cancelled


def the_cancelling_is_done_or_not_asked_for(_k: None, s: Pool, _i: int) -> bool:
    return s.cancelled or not s.asked


def feeder_has_the_task(_k: None, s: Pool, _i: int) -> bool:
    return s.sent == "running"


def manager_sleeps(_k: None, s: Pool, _i: int) -> bool:
    return s.manager == "sleeps"


def manager_is_awake(_k: None, s: Pool, _i: int) -> bool:
    return s.manager == "is awake"


def bell_has_rung(_k: None, s: Pool, _i: int) -> bool:
    return s.rung


def managers_table_is_empty(_k: None, s: Pool, _i: int) -> bool:
    return not s.managers


def something_is_to_be_done(_k: None, s: Pool, _i: int) -> bool:
    return bool(s.managers) or not s.asked


def _without(tasks: tuple[str, ...], gone: str) -> tuple[str, ...]:
    return tuple(task for task in tasks if task != gone)


def _fails(_k: None, s: Pool, _i: int) -> Pool:
    left = _without(s.feeders, SENT)
    return s._replace(sent="failed", rung=True, feeders=left, managers=left if s.one_table else s.managers)


TABLE = (
    row("ClientShutsDownCancelling", shutdown_is_not_asked_for, to="manager", fair=Fair.NONE,
        then=lambda _k, s, _i: s._replace(asked=True, rung=True)),
    row("FeederFailsToPickle", feeder_has_the_task, then=_fails, to="manager"),
    row("ManagerWakes", manager_sleeps, bell_has_rung,
        then=lambda _k, s, _i: s._replace(manager="is awake", rung=False)),
    row("ManagerCancels", manager_is_awake, shutdown_is_asked_for, nothing_is_cancelled_yet,
        then=lambda _k, s, _i: s._replace(cancelled=True, managers=_without(s.managers, LATER), one_table=False)),
    row("ManagerGoesToSleep", manager_is_awake, the_cancelling_is_done_or_not_asked_for, something_is_to_be_done,
        then=lambda _k, s, _i: s._replace(manager="sleeps")),
    row("ManagerEnds", manager_is_awake, shutdown_is_asked_for, managers_table_is_empty,
        then=lambda _k, s, _i: s._replace(manager="has ended")),
)  # fmt: skip


def _cancels_in_place(_k: None, s: Pool, _i: int) -> Pool:
    left = _without(s.managers, LATER)
    return s._replace(cancelled=True, managers=left, feeders=left)


CURED = changed(
    TABLE,
    row("ManagerCancels", manager_is_awake, shutdown_is_asked_for, nothing_is_cancelled_yet, then=_cancels_in_place),
)


def pool_sleeps_or_has_ended(_k: None, s: Pool) -> bool:
    return s.manager == "has ended" or (s.manager == "sleeps" and not s.asked and not s.rung)


EXHIBIT = Exhibit(
    name="two-tables",
    project="concurrent.futures",
    versions="3.9 to at least 3.15.0",
    seen="CPython 3.11.2 to 3.15.0 hang: each time if pickling takes long",
    links=("https://github.com/python/cpython/issues/116685",),
    words=told(__doc__),
    clauses=("P-01", "P-03", "P-62"),
    failure=Failure.DEADLOCK,
    claim="no_deadlock",
    steps=7,
    broken=design("two tables", Pool(), TABLE, terminal=pool_sleeps_or_has_ended),
    broken_states=19,
    fixed=design("two tables, cured", Pool(), CURED, terminal=pool_sleeps_or_has_ended),
    fixed_states=16,
)
