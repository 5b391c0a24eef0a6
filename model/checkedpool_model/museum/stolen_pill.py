"""The stolen pill.

Each thread of the pool has a queue of its own, so that they do not wait for one another at one lock. A thread whose
queue is empty takes from the queues of the others, and goes to sleep on its own if they are empty too. At shutdown each
queue gets a pill: who swallows one leaves. A thread that has not got its own yet steals the pill of another, and leaves
by it. Its own pill comes into a queue that nobody looks at any more, and the other thread waits for ever.

Cure: A pill bears the number of its thread, and nobody else takes it. Tasks are stolen as before.

Left out: All threads but two, and all tasks but one; the flag by which a thread that is awake learns of the end too;
what is left in the queue of a thread that leaves. To look into both queues and to fall asleep is one step here.

Here: The order to leave is a ticket in the worker's own socket, where no other worker can receive it. If the parent
takes it back, it was never given, and the worker is told again when it is to leave.
"""
# ruff: noqa: D103 - the names of conjuncts are sentences

from typing import Literal, NamedTuple

from checkedpool_model.museum.exhibit import Exhibit, Failure, told
from checkedpool_model.museum.table import changed, design, row

Entry = Literal["task", "pill"]

WORKER = "worker"
WORKERS = 2


class Pool(NamedTuple):
    """Two threads, a queue each, and one task in the first."""

    workers: tuple[Literal["looks", "sleeps", "gone"], ...] = ("looks", "looks")
    queues: tuple[tuple[Entry, ...], ...] = (("task",), ())
    pills: int = 0
    """How many queues have had theirs."""


def a_queue_has_had_no_pill(_k: None, s: Pool, _i: int) -> bool:
    return s.pills < WORKERS


def worker_is_there(_k: None, s: Pool, i: int) -> bool:
    return s.workers[i] != "gone"


def worker_looks(_k: None, s: Pool, i: int) -> bool:
    return s.workers[i] == "looks"


def its_queue_is_empty(_k: None, s: Pool, i: int) -> bool:
    return not s.queues[i]


def the_other_queue_is_empty(_k: None, s: Pool, i: int) -> bool:
    return not s.queues[1 - i]


def next_is_a_task(_k: None, s: Pool, i: int) -> bool:
    return s.queues[i][:1] == ("task",)


def next_is_a_pill(_k: None, s: Pool, i: int) -> bool:
    return s.queues[i][:1] == ("pill",)


def next_in_the_other_queue_is_a_task(_k: None, s: Pool, i: int) -> bool:
    return s.queues[1 - i][:1] == ("task",)


def next_in_the_other_queue_is_a_pill(_k: None, s: Pool, i: int) -> bool:
    return s.queues[1 - i][:1] == ("pill",)


def _becomes(s: Pool, i: int, what: Literal["looks", "sleeps", "gone"]) -> Pool:
    return s._replace(workers=(*s.workers[:i], what, *s.workers[i + 1 :]))


def _taken(s: Pool, queue: int) -> Pool:
    return s._replace(queues=(*s.queues[:queue], s.queues[queue][1:], *s.queues[queue + 1 :]))


def _with_a_pill(_k: None, s: Pool, _i: int) -> Pool:
    queues = (*s.queues[: s.pills], (*s.queues[s.pills], "pill"), *s.queues[s.pills + 1 :])
    return s._replace(queues=queues, pills=s.pills + 1)


TABLE = (
    row("StopperPutsPill", a_queue_has_had_no_pill, then=_with_a_pill),
    row("WorkerRunsTask", worker_is_there, next_is_a_task, over=WORKER,
        then=lambda _k, s, i: _becomes(_taken(s, i), i, "looks")),
    row("WorkerStealsTask", worker_looks, its_queue_is_empty, next_in_the_other_queue_is_a_task, over=WORKER,
        then=lambda _k, s, i: _taken(s, 1 - i)),
    row("WorkerFallsAsleep", worker_looks, its_queue_is_empty, the_other_queue_is_empty, over=WORKER,
        then=lambda _k, s, i: _becomes(s, i, "sleeps")),
    row("WorkerTakesPill", worker_is_there, next_is_a_pill, over=WORKER,
        then=lambda _k, s, i: _becomes(_taken(s, i), i, "gone")),
    row("WorkerStealsPill", worker_looks, its_queue_is_empty, next_in_the_other_queue_is_a_pill, over=WORKER,
        then=lambda _k, s, i: _becomes(_taken(s, 1 - i), i, "gone")),
)  # fmt: skip

CURED = changed(TABLE, without=["WorkerStealsPill"])


def everybody_is_gone(_k: None, s: Pool) -> bool:
    return set(s.workers) == {"gone"}


EXHIBIT = Exhibit(
    name="stolen-pill",
    project="elastic/ml-cpp",
    versions="its pool of threads until the cure of December 2018",
    seen="not run, since it is C++ and cured",
    links=("https://github.com/elastic/ml-cpp/pull/343",),
    words=told(__doc__),
    clauses=("P-44", "P-53", "P-83"),
    failure=Failure.DEADLOCK,
    claim="no_deadlock",
    steps=5,
    broken=design("stolen pill", Pool(), TABLE, terminal=everybody_is_gone, sizes={WORKER: WORKERS}),
    broken_states=27,
    fixed=design("stolen pill, cured", Pool(), CURED, terminal=everybody_is_gone, sizes={WORKER: WORKERS}),
    fixed_states=23,
)
