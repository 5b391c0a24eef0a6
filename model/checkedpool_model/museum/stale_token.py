"""The stale idle token.

A semaphore was to count idle workers, so that `submit()` starts a new one only if none is idle. It counts answers
instead: every answer releases a token, and only `submit()` takes one. With a backlog the worker goes straight on to its
next task and is never idle, but its token stays. When the worker reaches `max_tasks_per_child` and leaves, the manager
wants to replace it, finds the token of a worker that has gone, and starts nobody.

Cure: Who replaces a worker does not ask the semaphore: the table of processes says whether there is room.

Left out: All workers but one; the call queue's bound; the lock under which `submit()` and the replacement run, so each
is one step here; shutdown.

Here: The manager counts lanes and unfinished tasks, and a lane exists from the wish to start it until it is reaped.
There is no token that could outlive its worker.
"""
# ruff: noqa: D103 - the names of conjuncts are sentences

from typing import Literal, NamedTuple

from checkedpool_model.museum.exhibit import Exhibit, Failure, told
from checkedpool_model.museum.table import changed, design, row

TASKS = 3
TASKS_OF_A_WORKER = 2


class Pool(NamedTuple):
    """One worker at a time, which may run two tasks."""

    submitted: int = 0
    queue: int = 0
    worker: Literal["nobody", "idle", "busy"] = "nobody"
    in_table: bool = False
    """Whether the table of processes has a worker."""
    had: int = 0
    answers: tuple[Literal["answer", "last answer"], ...] = ()
    tokens: int = 0
    done: int = 0


def there_is_more_to_submit(_k: None, s: Pool, _i: int) -> bool:
    return s.submitted < TASKS


def a_token_is_there(_k: None, s: Pool, _i: int) -> bool:
    return s.tokens > 0


def no_token_is_there(_k: None, s: Pool, _i: int) -> bool:
    return s.tokens == 0


def the_table_is_full(_k: None, s: Pool, _i: int) -> bool:
    return s.in_table


def the_table_has_room(_k: None, s: Pool, _i: int) -> bool:
    return not s.in_table


def worker_is_idle(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "idle"


def worker_is_busy(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "busy"


def a_task_is_queued(_k: None, s: Pool, _i: int) -> bool:
    return s.queue > 0


def worker_may_run_more(_k: None, s: Pool, _i: int) -> bool:
    return s.had < TASKS_OF_A_WORKER


def worker_has_reached_its_limit(_k: None, s: Pool, _i: int) -> bool:
    return s.had == TASKS_OF_A_WORKER


def next_is_an_answer(_k: None, s: Pool, _i: int) -> bool:
    return s.answers[:1] == ("answer",)


def next_is_a_last_answer(_k: None, s: Pool, _i: int) -> bool:
    return s.answers[:1] == ("last answer",)


def _submitted(s: Pool) -> Pool:
    return s._replace(submitted=s.submitted + 1, queue=s.queue + 1)


def _with_a_new_worker(s: Pool) -> Pool:
    return s._replace(worker="idle", in_table=True, had=0)


def _taken(s: Pool) -> Pool:
    return s._replace(answers=s.answers[1:], done=s.done + 1)


def _submits_and_starts(_k: None, s: Pool, _i: int) -> Pool:
    return _with_a_new_worker(_submitted(s))


def _replaces(_k: None, s: Pool, _i: int) -> Pool:
    return _with_a_new_worker(_taken(s))


def _answers(_k: None, s: Pool, _i: int) -> Pool:
    return s._replace(worker="idle", answers=(*s.answers, "answer"))


def _answers_and_leaves(_k: None, s: Pool, _i: int) -> Pool:
    return s._replace(worker="nobody", answers=(*s.answers, "last answer"))


TABLE = (
    row(
        "ClientSubmitsAndTakesToken", there_is_more_to_submit, a_token_is_there,
        then=lambda _k, s, _i: _submitted(s)._replace(tokens=s.tokens - 1), to="worker",
    ),
    row(
        "ClientSubmitsAndStartsWorker", there_is_more_to_submit, no_token_is_there, the_table_has_room,
        then=_submits_and_starts, to="worker",
    ),
    row(
        "ClientSubmits", there_is_more_to_submit, no_token_is_there, the_table_is_full,
        then=lambda _k, s, _i: _submitted(s), to="worker",
    ),
    row(
        "WorkerTakesTask", worker_is_idle, a_task_is_queued,
        then=lambda _k, s, _i: s._replace(worker="busy", queue=s.queue - 1, had=s.had + 1),
    ),
    row("WorkerAnswers", worker_is_busy, worker_may_run_more, then=_answers, to="manager"),
    row("WorkerAnswersAndLeaves", worker_is_busy, worker_has_reached_its_limit, then=_answers_and_leaves, to="manager"),
    row("ManagerTakesAnswer", next_is_an_answer, then=lambda _k, s, _i: _taken(s)._replace(tokens=s.tokens + 1)),
    row("ManagerReplacesWorker", next_is_a_last_answer, no_token_is_there, then=_replaces, to="worker"),
    row(
        "ManagerTrustsToken", next_is_a_last_answer, a_token_is_there,
        then=lambda _k, s, _i: _taken(s)._replace(in_table=False, tokens=s.tokens - 1),
    ),
)  # fmt: skip

CURED = changed(
    TABLE,
    row("ManagerReplacesWorker", next_is_a_last_answer, then=_replaces, to="worker"),
    without=["ManagerTrustsToken"],
)


def all_is_done(_k: None, s: Pool) -> bool:
    return s.done == TASKS


EXHIBIT = Exhibit(
    name="stale-token",
    project="concurrent.futures",
    versions="3.11 to early 2026; cured in 3.13, 3.14 and 3.15 of July 2026, never in 3.11 and 3.12",
    seen="CPython 3.11.2 to 3.13.5 hang, 3.14.8 and 3.15.0 do not",
    links=("https://github.com/python/cpython/issues/115634", "https://github.com/python/cpython/pull/140900"),
    words=told(__doc__),
    clauses=("P-50", "P-53"),
    failure=Failure.DEADLOCK,
    claim="no_deadlock",
    steps=9,
    broken=design("stale token", Pool(), TABLE, terminal=all_is_done),
    broken_states=34,
    fixed=design("stale token, cured", Pool(), CURED, terminal=all_is_done),
    fixed_states=37,
)
