"""Cancelled, but nobody is told.

A future can be cancelled in two stages: CANCELLED, which wakes `result()`, and CANCELLED_AND_NOTIFIED, which tells
those who wait in `as_completed()` or `wait()`. The second stage comes when the manager takes the task up and finds it
cancelled. `shutdown(cancel_futures=True)` cancels every pending future and throws their numbers away, so the manager
never takes them up, and whoever waits for them waits for ever.

Cure: Whoever cancels a future at shutdown also tells those who wait for it.

Left out: All futures but one; `Future.cancel()` by the user; `result()`, which does return; the worker's life. The
thread pool had the same fault.

Here: A future ends and its waiters are notified in one step, under the future's lock, whoever ends it and how.
"""
# ruff: noqa: D103 - the names of conjuncts are sentences

from typing import Literal, NamedTuple

from checkedpool_model.checker.system import Fair
from checkedpool_model.museum.exhibit import Exhibit, Failure, told
from checkedpool_model.museum.table import changed, design, row


class Pool(NamedTuple):
    """One pending future, somebody who waits for it, and a manager."""

    future: Literal["pending", "running", "finished", "cancelled", "cancelled and notified"] = "pending"
    waiter: Literal["looks", "waits", "returned"] = "looks"
    told: bool = False
    asked: bool = False
    """Whether shutdown was asked to cancel."""
    manager: Literal["works", "has ended"] = "works"


def waiter_looks(_k: None, s: Pool, _i: int) -> bool:
    return s.waiter == "looks"


def waiter_waits(_k: None, s: Pool, _i: int) -> bool:
    return s.waiter == "waits"


def waiter_was_told(_k: None, s: Pool, _i: int) -> bool:
    return s.told


def future_counts_as_ended(_k: None, s: Pool, _i: int) -> bool:
    return s.future in {"finished", "cancelled and notified"}


def future_does_not_count_as_ended(_k: None, s: Pool, _i: int) -> bool:
    return s.future not in {"finished", "cancelled and notified"}


def future_is_pending(_k: None, s: Pool, _i: int) -> bool:
    return s.future == "pending"


def future_is_running(_k: None, s: Pool, _i: int) -> bool:
    return s.future == "running"


def nothing_is_left(_k: None, s: Pool, _i: int) -> bool:
    return s.future not in {"pending", "running"}


def shutdown_is_asked_for(_k: None, s: Pool, _i: int) -> bool:
    return s.asked


def shutdown_is_not_asked_for(_k: None, s: Pool, _i: int) -> bool:
    return not s.asked


def manager_works(_k: None, s: Pool, _i: int) -> bool:
    return s.manager == "works"


TABLE = (
    row("WaiterBeginsToWait", waiter_looks, future_does_not_count_as_ended,
        then=lambda _k, s, _i: s._replace(waiter="waits")),
    row("WaiterFindsItEnded", waiter_looks, future_counts_as_ended,
        then=lambda _k, s, _i: s._replace(waiter="returned")),
    row("WaiterReturns", waiter_waits, waiter_was_told, then=lambda _k, s, _i: s._replace(waiter="returned")),
    row("ClientShutsDownCancelling", shutdown_is_not_asked_for, then=lambda _k, s, _i: s._replace(asked=True),
        to="manager", fair=Fair.NONE),
    row("ManagerSendsTask", manager_works, shutdown_is_not_asked_for, future_is_pending,
        then=lambda _k, s, _i: s._replace(future="running")),
    row("ManagerTakesAnswer", manager_works, future_is_running,
        then=lambda _k, s, _i: s._replace(future="finished", told=True), to="waiter"),
    row("ManagerCancels", manager_works, shutdown_is_asked_for, future_is_pending,
        then=lambda _k, s, _i: s._replace(future="cancelled")),
    row("ManagerEnds", manager_works, shutdown_is_asked_for, nothing_is_left,
        then=lambda _k, s, _i: s._replace(manager="has ended")),
)  # fmt: skip

CURED = changed(
    TABLE,
    row("ManagerCancels", manager_works, shutdown_is_asked_for, future_is_pending,
        then=lambda _k, s, _i: s._replace(future="cancelled and notified", told=True), to="waiter"),
)  # fmt: skip


def waiter_has_returned(_k: None, s: Pool) -> bool:
    return s.waiter == "returned"


EXHIBIT = Exhibit(
    name="cancelled-not-told",
    project="concurrent.futures",
    versions="3.9 to at least 3.15.0; the cure is proposed and not merged",
    seen="CPython 3.11.2 to 3.15.0 hang",
    links=("https://github.com/python/cpython/issues/136655", "https://github.com/python/cpython/pull/140021"),
    words=told(__doc__),
    clauses=("P-06", "P-62"),
    failure=Failure.DEADLOCK,
    claim="no_deadlock",
    steps=4,
    broken=design("cancelled, not told", Pool(), TABLE, terminal=waiter_has_returned),
    broken_states=21,
    fixed=design("cancelled, not told, cured", Pool(), CURED, terminal=waiter_has_returned),
    fixed_states=23,
)
