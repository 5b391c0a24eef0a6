"""The benchmark's model: a pool as the standard library has it, in the form of our checker.

Decides: what is compared. ``Pool.tla`` says the same to TLC, ``naive.py`` in a plain loop; the counts of all must be
equal. Must not know: how it is explored.

Tasks are submitted, cancelled by their caller while they are pending, fed into a queue that holds one more than there
are workers, taken by any worker, answered and collected. shutdown() comes once, with wait or without, with
``cancel_futures`` or without. A worker may crash at any moment; then the pool is broken, open futures are broken off
one by one, the workers that are left are killed one by one.
"""

from enum import IntEnum
from functools import cache
from typing import NamedTuple

from checkedpool_model.checker.system import Action, Always, Conjunct, Effect, Fair, Seen, System

__all__ = ["Pool", "State", "system"]


class Phase(IntEnum):
    """What has become of a task."""

    NEW = 0
    PENDING = 1
    QUEUED = 2
    RUNNING = 3
    ANSWERED = 4
    DONE = 5
    CANCELLED = 6
    BROKEN = 7


IDLE, EXITED, DEAD = -1, -2, -3
"""What a worker is that is at no task."""

NOT_YET, NO_WAIT, WAIT = range(3)
"""Which shutdown() was called."""


class Pool(NamedTuple):
    """How many of everything there are."""

    workers: int
    tasks: int


class State(NamedTuple):
    """Everything."""

    tasks: tuple[Phase, ...]
    workers: tuple[int, ...]
    """The task that each is at, or what else it is."""
    shutdown: int = NOT_YET
    cancels: bool = False
    broken: bool = False
    ended: bool = False
    """The manager has."""
    returned: bool = False
    """The call of shutdown() has."""


PENDING, QUEUED, RUNNING, ANSWERED = Phase.PENDING, Phase.QUEUED, Phase.RUNNING, Phase.ANSWERED


def _with_task(s: State, t: int, phase: Phase) -> State:
    return s._replace(tasks=(*s.tasks[:t], phase, *s.tasks[t + 1 :]))


def _with_worker(s: State, w: int, at: int) -> State:
    return s._replace(workers=(*s.workers[:w], at, *s.workers[w + 1 :]))


# --- conjuncts --------------------------------------------------------------------------------------------------------


@cache
def _is(phase: Phase) -> Conjunct[Pool, State]:
    def holds(_k: Pool, s: State, t: int) -> bool:
        return s.tasks[t] == phase

    holds.__name__ = f"is_{phase.name.lower()}"
    return holds


def _is_open(_k: Pool, s: State, t: int) -> bool:
    return PENDING <= s.tasks[t] <= ANSWERED


def _none_is_open(_k: Pool, s: State, _i: int) -> bool:
    return not any(PENDING <= phase <= ANSWERED for phase in s.tasks)


def _no_shutdown_yet(_k: Pool, s: State, _i: int) -> bool:
    return s.shutdown == NOT_YET


def _is_shut_down(_k: Pool, s: State, _i: int) -> bool:
    return s.shutdown != NOT_YET


def _is_to_cancel(_k: Pool, s: State, _i: int) -> bool:
    return s.cancels


def _is_broken(_k: Pool, s: State, _i: int) -> bool:
    return s.broken


def _is_whole(_k: Pool, s: State, _i: int) -> bool:
    return not s.broken


def _manager_lives(_k: Pool, s: State, _i: int) -> bool:
    return not s.ended


def _queue_has_room(k: Pool, s: State, _i: int) -> bool:
    return s.tasks.count(QUEUED) <= k.workers


def _is_idle(_k: Pool, s: State, w: int) -> bool:
    return s.workers[w] == IDLE


def _is_at_a_task(_k: Pool, s: State, w: int) -> bool:
    return s.workers[w] >= 0


def _is_alive(_k: Pool, s: State, w: int) -> bool:
    return s.workers[w] >= IDLE


def _one_is_dead(_k: Pool, s: State, _i: int) -> bool:
    return DEAD in s.workers


def _none_is_alive(_k: Pool, s: State, _i: int) -> bool:
    return not any(at >= IDLE for at in s.workers)


def _worker_is_idle(k: Pool, s: State, pair: int) -> bool:
    return s.workers[pair // k.tasks] == IDLE


def _task_is_queued(k: Pool, s: State, pair: int) -> bool:
    return s.tasks[pair % k.tasks] == QUEUED


def _has_not_returned(_k: Pool, s: State, _i: int) -> bool:
    return not s.returned


def _need_not_wait(_k: Pool, s: State, _i: int) -> bool:
    return s.shutdown == NO_WAIT or (s.shutdown == WAIT and s.ended)


# --- effects ----------------------------------------------------------------------------------------------------------


@cache
def _becomes(phase: Phase) -> Effect[Pool, State]:
    def effect(_k: Pool, s: State, t: int) -> State:
        return _with_task(s, t, phase)

    return effect


@cache
def _worker_is(what: int) -> Effect[Pool, State]:
    def effect(_k: Pool, s: State, w: int) -> State:
        return _with_worker(s, w, what)

    return effect


def _takes(k: Pool, s: State, pair: int) -> State:
    w, t = divmod(pair, k.tasks)
    return _with_worker(_with_task(s, t, RUNNING), w, t)


def _answers(_k: Pool, s: State, w: int) -> State:
    t = s.workers[w]
    s = _with_worker(s, w, IDLE)
    return _with_task(s, t, ANSWERED) if s.tasks[t] == RUNNING else s


def _shuts_down(_k: Pool, s: State, kind: int) -> State:
    return s._replace(shutdown=NO_WAIT + kind // 2, cancels=bool(kind % 2))


def _sees_it(_k: Pool, s: State, _i: int) -> State:
    return s._replace(broken=True)


def _ends(_k: Pool, s: State, _i: int) -> State:
    return s._replace(ended=True)


def _returns(_k: Pool, s: State, _i: int) -> State:
    return s._replace(returned=True)


def _row(
    by: str, name: str, over: str, *guard: Conjunct[Pool, State], does: Effect[Pool, State]
) -> Action[Pool, State]:
    return Action(name, over, guard, does, Fair.WEAK, Seen.HIDDEN, "", by)


ACTIONS: tuple[Action[Pool, State], ...] = (
    _row("client", "ClientSubmits", "task", _no_shutdown_yet, _is_whole, _is(Phase.NEW), does=_becomes(PENDING)),
    _row("client", "ClientCancels", "task", _manager_lives, _is(PENDING), does=_becomes(Phase.CANCELLED)),
    _row("client", "ClientShutsDown", "kind", _no_shutdown_yet, does=_shuts_down),
    _row("client", "ClientReturns", "", _has_not_returned, _need_not_wait, does=_returns),
    _row("manager", "ManagerFeeds", "task", _manager_lives, _is_whole, _is(PENDING), _queue_has_room,
         does=_becomes(QUEUED)),
    _row("manager", "ManagerCollects", "task", _manager_lives, _is(ANSWERED), does=_becomes(Phase.DONE)),
    _row("manager", "ManagerCancels", "task", _manager_lives, _is_whole, _is_to_cancel, _is(PENDING),
         does=_becomes(Phase.CANCELLED)),
    _row("manager", "ManagerSeesTheCrash", "", _manager_lives, _is_whole, _one_is_dead, does=_sees_it),
    _row("manager", "ManagerBreaks", "task", _manager_lives, _is_broken, _is_open, does=_becomes(Phase.BROKEN)),
    _row("manager", "ManagerKills", "worker", _manager_lives, _is_broken, _is_alive, _none_is_open,
         does=_worker_is(DEAD)),
    _row("manager", "ManagerEnds", "", _manager_lives, _is_shut_down, _is_whole, _none_is_alive, _none_is_open,
         does=_ends),
    _row("manager", "ManagerEndsBroken", "", _manager_lives, _is_broken, _none_is_alive, _none_is_open, does=_ends),
    _row("worker", "WorkerTakes", "pair", _worker_is_idle, _task_is_queued, does=_takes),
    _row("worker", "WorkerAnswers", "worker", _is_at_a_task, does=_answers),
    _row("worker", "WorkerExits", "worker", _is_shut_down, _is_whole, _is_idle, _none_is_open,
         does=_worker_is(EXITED)),
    _row("worker", "WorkerCrashes", "worker", _is_alive, does=_worker_is(DEAD)),
)  # fmt: skip


# --- claims -----------------------------------------------------------------------------------------------------------


def _workers_run_their_own(_k: Pool, s: State) -> bool:
    at = [at for at in s.workers if at >= 0]
    return len(at) == len(set(at))


def _one_runs(_k: Pool, s: State) -> bool:
    return any(at >= 0 for at in s.workers)


def _what_is_run_has_begun(_k: Pool, s: State) -> bool:
    return all(s.tasks[at] in (RUNNING, Phase.BROKEN) for at in s.workers if at >= 0)


def _queue_is_bounded(k: Pool, s: State) -> bool:
    return s.tasks.count(QUEUED) <= k.workers + 1


def _one_is_queued(_k: Pool, s: State) -> bool:
    return QUEUED in s.tasks


def _the_end_leaves_nothing_open(_k: Pool, s: State) -> bool:
    return not s.ended or not any(PENDING <= phase <= ANSWERED for phase in s.tasks)


def _it_ends(_k: Pool, s: State) -> bool:
    return s.ended


def _a_wait_returns_after_the_end(_k: Pool, s: State) -> bool:
    return not (s.returned and s.shutdown == WAIT) or s.ended


def _a_wait_returns(_k: Pool, s: State) -> bool:
    return s.returned and s.shutdown == WAIT


ALWAYS: tuple[Always[Pool, State], ...] = tuple(
    Always(holds.__name__.strip("_"), holds, sometimes, reads)
    for reads, holds, sometimes in (
        (("workers",), _workers_run_their_own, _one_runs),
        (("workers", "tasks"), _what_is_run_has_begun, _one_runs),
        (("tasks",), _queue_is_bounded, _one_is_queued),
        (("ended", "tasks"), _the_end_leaves_nothing_open, _it_ends),
        (("returned", "shutdown", "ended"), _a_wait_returns_after_the_end, _a_wait_returns),
    )
)


def _may_stop(_k: Pool, s: State) -> bool:
    return s.ended and s.returned


# --- what stands for what ---------------------------------------------------------------------------------------------


def standing(s: State) -> State:
    """The state that stands for all that differ in numbers.

    Tasks stand in ascending order, of equal ones those last that a worker is at; then workers do.
    """
    tasks, workers = s.tasks, s.workers
    ranks = [(phase, t in workers) for t, phase in enumerate(tasks)]
    order = sorted(range(len(ranks)), key=ranks.__getitem__)
    at = sorted([order.index(at) if at >= 0 else at for at in workers])
    return s._replace(tasks=tuple([tasks[was] for was in order]), workers=tuple(at))


def system(workers: int, tasks: int, *, symmetry: bool = False) -> System[Pool, State]:
    """The pool of this size; with symmetry a state stands for all that differ in numbers of tasks and workers."""
    return System(
        f"pool of {workers} workers, {tasks} tasks{', symmetry' if symmetry else ''}",
        Pool(workers, tasks), State((Phase.NEW,) * tasks, (IDLE,) * workers), ACTIONS,
        {"task": tasks, "worker": workers, "pair": workers * tasks, "kind": 4}, _may_stop, ALWAYS,
        canonical=standing if symmetry else None,
    )  # fmt: skip
