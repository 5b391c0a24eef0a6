"""The wake-up that a cancelled task ate.

The manager sleeps until its wake-up pipe is written to. Somebody submits, cancels at once and shuts down: both have
written, and one waking answers both. The manager looks whether everything is done before it takes up what was
submitted: the cancelled task still stands in the table, so it goes on. Then it takes the cancelled task up, drops it,
and goes to sleep. Nothing is left to do, and nobody will ever write again.

Cure: When the pool is to end, the manager takes up what was submitted once more, then looks whether everything is done.

Left out: All tasks but one; the first task that made the pool start; workers that die.

Here: The manager goes to sleep by raising a flag and then looking at its inbox once more. Whether it can end is asked
in every round, after the inbox has been taken in, and a cancelled task is in nobody's way.
"""
# ruff: noqa: D103 - the names of conjuncts are sentences

from typing import Literal, NamedTuple

from checkedpool_model.checker.system import Fair
from checkedpool_model.museum.exhibit import Exhibit, Failure, told
from checkedpool_model.museum.table import changed, design, row


class Pool(NamedTuple):
    """A pool that sleeps; one task will be submitted."""

    client: Literal["wants to submit", "has submitted", "has shut down"] = "wants to submit"
    manager: Literal["sleeps", "looks whether all is done", "takes up", "has ended"] = "sleeps"
    rung: bool = False
    queued: bool = False
    """Whether the task waits to be taken up."""
    pending: bool = False
    """Whether it is in the table of pending ones."""
    future: Literal["none", "pending", "cancelled", "running", "answered", "finished"] = "none"


def client_wants_to_submit(_k: None, s: Pool, _i: int) -> bool:
    return s.client == "wants to submit"


def client_has_submitted(_k: None, s: Pool, _i: int) -> bool:
    return s.client == "has submitted"


def pool_is_to_end(_k: None, s: Pool, _i: int) -> bool:
    return s.client == "has shut down"


def future_is_pending(_k: None, s: Pool, _i: int) -> bool:
    return s.future == "pending"


def future_is_running(_k: None, s: Pool, _i: int) -> bool:
    return s.future == "running"


def manager_sleeps(_k: None, s: Pool, _i: int) -> bool:
    return s.manager == "sleeps"


def manager_looks_whether_all_is_done(_k: None, s: Pool, _i: int) -> bool:
    return s.manager == "looks whether all is done"


def manager_takes_up(_k: None, s: Pool, _i: int) -> bool:
    return s.manager == "takes up"


def bell_has_rung(_k: None, s: Pool, _i: int) -> bool:
    return s.rung


def an_answer_is_there(_k: None, s: Pool, _i: int) -> bool:
    return s.future == "answered"


def a_cancelled_task_is_queued(_k: None, s: Pool, _i: int) -> bool:
    return s.queued and s.future == "cancelled"


def a_pending_task_is_queued(_k: None, s: Pool, _i: int) -> bool:
    return s.queued and s.future == "pending"


def nothing_is_queued(_k: None, s: Pool, _i: int) -> bool:
    return not s.queued


def nothing_is_in_the_table(_k: None, s: Pool, _i: int) -> bool:
    return not s.pending


def something_is_to_be_done(_k: None, s: Pool, _i: int) -> bool:
    return s.pending or s.client != "has shut down"


def nothing_is_queued_or_the_pool_is_open(_k: None, s: Pool, _i: int) -> bool:
    return not s.queued or s.client != "has shut down"


def _drops(_k: None, s: Pool, _i: int) -> Pool:
    return s._replace(queued=False, pending=False)


def _sends(_k: None, s: Pool, _i: int) -> Pool:
    return s._replace(queued=False, future="running")


def _goes_on(_k: None, s: Pool, _i: int) -> Pool:
    return s._replace(manager="takes up")


TABLE = (
    row("ClientSubmits", client_wants_to_submit, to="manager",
        then=lambda _k, s, _i: s._replace(
            client="has submitted", rung=True, queued=True, pending=True, future="pending")),
    row("ClientCancels", future_is_pending, then=lambda _k, s, _i: s._replace(future="cancelled"), fair=Fair.NONE),
    row("ClientShutsDown", client_has_submitted, to="manager",
        then=lambda _k, s, _i: s._replace(client="has shut down", rung=True)),
    row("ManagerWakes", manager_sleeps, bell_has_rung,
        then=lambda _k, s, _i: s._replace(manager="looks whether all is done", rung=False)),
    row("ManagerTakesAnswer", manager_sleeps, an_answer_is_there,
        then=lambda _k, s, _i: s._replace(
            manager="looks whether all is done", rung=False, pending=False, future="finished")),
    row("ManagerEnds", manager_looks_whether_all_is_done, pool_is_to_end, nothing_is_in_the_table,
        then=lambda _k, s, _i: s._replace(manager="has ended")),
    row("ManagerGoesOn", manager_looks_whether_all_is_done, something_is_to_be_done, then=_goes_on),
    row("ManagerDropsTask", manager_takes_up, a_cancelled_task_is_queued, then=_drops),
    row("ManagerSendsTask", manager_takes_up, a_pending_task_is_queued, then=_sends, to="worker"),
    row("ManagerGoesToSleep", manager_takes_up, nothing_is_queued,
        then=lambda _k, s, _i: s._replace(manager="sleeps")),
    row("WorkerAnswers", future_is_running, then=lambda _k, s, _i: s._replace(future="answered"), to="manager"),
)  # fmt: skip

CURED = changed(
    TABLE,
    row("ManagerGoesOn", manager_looks_whether_all_is_done, something_is_to_be_done,
        nothing_is_queued_or_the_pool_is_open, then=_goes_on),
    row("ManagerDropsTaskFirst", manager_looks_whether_all_is_done, pool_is_to_end, a_cancelled_task_is_queued,
        then=_drops),
    row("ManagerSendsTaskFirst", manager_looks_whether_all_is_done, pool_is_to_end, a_pending_task_is_queued,
        then=_sends, to="worker"),
)  # fmt: skip


def pool_has_ended(_k: None, s: Pool) -> bool:
    return s.manager == "has ended"


EXHIBIT = Exhibit(
    name="eaten-wakeup",
    project="concurrent.futures",
    versions="3.7 to 3.11.3; cured in 3.10.11 and 3.11.4; loky until August 2026",
    seen="CPython 3.11.2 hangs, 3.11.7 does not",
    links=("https://github.com/python/cpython/issues/94440", "https://github.com/joblib/loky/pull/653"),
    words=told(__doc__),
    clauses=("P-30", "P-43", "P-65"),
    failure=Failure.DEADLOCK,
    claim="no_deadlock",
    steps=7,
    broken=design("eaten wake-up", Pool(), TABLE, terminal=pool_has_ended),
    broken_states=48,
    fixed=design("eaten wake-up, cured", Pool(), CURED, terminal=pool_has_ended),
    fixed_states=48,
)
