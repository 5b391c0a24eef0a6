"""Channels closed under the manager.

`shutdown(wait=False)` closed the call queue and the wake-up pipe in the caller's thread, at once. The manager still
needed both. It found the queue closed when it wanted to send the task, or the pipe closed when it wanted to wait, and
died of the exception. The future stayed running for ever. With a task that cannot be pickled there is a second way:
the feeder removes the task, tells nobody, and the manager sleeps on with nothing left that could wake it.

Cure: Only the manager closes what it uses. The feeder wakes the manager when it has removed a task.

Left out: The workers; tasks that can be pickled; an interpreter that exits, where the same hang was seen.

Here: A shutdown raises a flag and puts a note in the inbox. The manager ends when every future has ended and every
worker has been reaped, and until then nobody takes anything from it.
"""
# ruff: noqa: D103 - the names of conjuncts are sentences

from typing import Literal, NamedTuple

from checkedpool_model.checker.system import Always
from checkedpool_model.museum.exhibit import Exhibit, Failure, told
from checkedpool_model.museum.table import changed, design, row


class Pool(NamedTuple):
    """One task that cannot be pickled was submitted; the manager has not looked yet."""

    client: Literal["has submitted", "has asked for the end", "has gone on"] = "has submitted"
    manager: Literal["deals", "waits", "looks around", "has ended", "has died"] = "deals"
    feeder: Literal["is idle", "has the task"] = "is idle"
    rung: bool = True
    closed: bool = False
    """Whether call queue and wake-up pipe are closed."""
    dealt: bool = False
    pending: bool = True
    """Whether the task is in the table of pending ones."""
    future: Literal["pending", "running", "failed"] = "pending"


def client_has_submitted(_k: None, s: Pool, _i: int) -> bool:
    return s.client == "has submitted"


def client_has_asked(_k: None, s: Pool, _i: int) -> bool:
    return s.client == "has asked for the end"


def end_is_asked_for(_k: None, s: Pool, _i: int) -> bool:
    return s.client != "has submitted"


def channels_are_open(_k: None, s: Pool, _i: int) -> bool:
    return not s.closed


def channels_are_closed(_k: None, s: Pool, _i: int) -> bool:
    return s.closed


def manager_deals(_k: None, s: Pool, _i: int) -> bool:
    return s.manager == "deals"


def manager_waits(_k: None, s: Pool, _i: int) -> bool:
    return s.manager == "waits"


def manager_looks_around(_k: None, s: Pool, _i: int) -> bool:
    return s.manager == "looks around"


def task_is_not_dealt(_k: None, s: Pool, _i: int) -> bool:
    return not s.dealt


def task_is_dealt(_k: None, s: Pool, _i: int) -> bool:
    return s.dealt


def bell_has_rung(_k: None, s: Pool, _i: int) -> bool:
    return s.rung


def feeder_has_the_task(_k: None, s: Pool, _i: int) -> bool:
    return s.feeder == "has the task"


def nothing_is_pending(_k: None, s: Pool, _i: int) -> bool:
    return not s.pending


def something_is_to_be_done(_k: None, s: Pool, _i: int) -> bool:
    return s.pending or s.client == "has submitted"


TABLE = (
    row("ClientAsksForTheEnd", client_has_submitted,
        then=lambda _k, s, _i: s._replace(client="has asked for the end", rung=True), to="manager"),
    row("ClientClosesChannels", client_has_asked,
        then=lambda _k, s, _i: s._replace(client="has gone on", closed=True), to="manager"),
    row("ManagerDealsTask", manager_deals, task_is_not_dealt, channels_are_open,
        then=lambda _k, s, _i: s._replace(dealt=True, feeder="has the task", future="running"), to="feeder"),
    row("ManagerFindsQueueClosed", manager_deals, task_is_not_dealt, channels_are_closed,
        then=lambda _k, s, _i: s._replace(manager="has died", future="running")),
    row("ManagerWaits", manager_deals, task_is_dealt, then=lambda _k, s, _i: s._replace(manager="waits")),
    row("ManagerFindsBellClosed", manager_waits, channels_are_closed,
        then=lambda _k, s, _i: s._replace(manager="has died")),
    row("ManagerWakes", manager_waits, channels_are_open, bell_has_rung,
        then=lambda _k, s, _i: s._replace(manager="looks around", rung=False)),
    row("ManagerGoesOn", manager_looks_around, something_is_to_be_done,
        then=lambda _k, s, _i: s._replace(manager="deals")),
    row("ManagerEnds", manager_looks_around, end_is_asked_for, nothing_is_pending,
        then=lambda _k, s, _i: s._replace(manager="has ended", closed=True)),
    row("FeederFailsToPickle", feeder_has_the_task,
        then=lambda _k, s, _i: s._replace(feeder="is idle", pending=False, future="failed"), to="client"),
)  # fmt: skip

CURED = changed(
    TABLE,
    row("FeederFailsToPickle", feeder_has_the_task,
        then=lambda _k, s, _i: s._replace(feeder="is idle", pending=False, future="failed", rung=True), to="manager"),
    without=["ClientClosesChannels", "ManagerFindsQueueClosed", "ManagerFindsBellClosed"],
)  # fmt: skip


def manager_has_gone(_k: None, s: Pool) -> bool:
    return s.manager in {"has ended", "has died"} and s.feeder == "is idle"


def manager_has_ended(_k: None, s: Pool) -> bool:
    return s.manager == "has ended"


def no_future_is_lost(_k: None, s: Pool) -> bool:
    return not manager_has_gone(None, s) or s.future == "failed"


NO_FUTURE_IS_LOST = Always("no_future_is_lost", no_future_is_lost, manager_has_gone)

EXHIBIT = Exhibit(
    name="closed-too-early",
    project="concurrent.futures",
    versions="3.7 and 3.8; cured in 3.9",
    seen="in CPython 3.8.18 the manager dies in both ways, in 3.9.18 it does not",
    links=("https://github.com/python/cpython/issues/83285", "https://github.com/python/cpython/pull/17670"),
    words=told(__doc__),
    clauses=("P-13", "P-65"),
    failure=Failure.LOST_FUTURE,
    claim="no_future_is_lost",
    steps=3,
    broken=design("closed too early", Pool(), TABLE, NO_FUTURE_IS_LOST, terminal=manager_has_ended),
    broken_states=46,
    fixed=design("closed too early, cured", Pool(), CURED, NO_FUTURE_IS_LOST, terminal=manager_has_ended),
    fixed_states=25,
)
