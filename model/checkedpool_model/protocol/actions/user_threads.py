"""What a user-code thread does: deferred pickling, values that are rebuilt in the parent, callbacks.

Decides: what becomes of a task when code of the user has run for it. Must not know: when there are more such threads
(``supervisor``), what the user's code does; it comes to an end, except for a callback that waits for other futures.

One atomic step: a job's last change of the future, its note in the inbox and the wake-up after it. Nobody can
interrupt these threads, and between the two accesses the manager can only be less in a hurry.
"""
# ruff: noqa: D103 - the names of conjuncts and effects are sentences

from checkedpool_model.checker.system import Action, Conjunct, Effect, Fair, Seen
from checkedpool_model.protocol.actions.manager import outcome_of, some_code_is_the_users
from checkedpool_model.protocol.bounds import Bounds, Kind
from checkedpool_model.protocol.state import (
    End,
    Job,
    Mark,
    Note,
    State,
    Step,
    called,
    ended,
    posted,
    with_task,
    with_thread,
    woken,
)

UserThreadAction = Action[Bounds, State]

THREAD = "thread"


# --- conjuncts --------------------------------------------------------------------------------------------------------


def _is_at(s: State, i: int, job: Job) -> bool:
    """Whether this thread is at a job of this sort. There may be fewer threads than the index set has numbers."""
    return i < len(s.threads) and s.threads[i] != Mark.NOBODY and s.tasks[s.threads[i]].job == job


def is_idle(_k: Bounds, s: State, i: int) -> bool:
    return i < len(s.threads) and s.threads[i] == Mark.NOBODY


def a_job_waits(_k: Bounds, s: State, _i: int) -> bool:
    return bool(s.jobs)


def is_pickling(_k: Bounds, s: State, i: int) -> bool:
    return _is_at(s, i, Job.PICKLE)


def is_reading(_k: Bounds, s: State, i: int) -> bool:
    return _is_at(s, i, Job.READ)


def is_calling(_k: Bounds, s: State, i: int) -> bool:
    return _is_at(s, i, Job.CALL)


def has_lost_its_job(_k: Bounds, s: State, i: int) -> bool:
    """Whether the manager has ended the task meanwhile and left nothing to do for it."""
    return _is_at(s, i, Job.NOTHING)


def pickling_succeeds(k: Bounds, s: State, i: int) -> bool:
    return k.kind(s.threads[i]) != Kind.LATE_BAD


def pickling_fails(k: Bounds, s: State, i: int) -> bool:
    return k.kind(s.threads[i]) == Kind.LATE_BAD


def callback_returns(k: Bounds, s: State, i: int) -> bool:
    """Whether the calls that it makes are made, and what it waits for has come."""
    t = s.threads[i]
    if any(k.callback_of(c) == t and client.step != Step.FINISHED for c, client in enumerate(s.clients)):
        return False
    return t not in k.blocking or all(task.end != End.OPEN for other, task in enumerate(s.tasks) if other != t)


# --- effects ----------------------------------------------------------------------------------------------------------


def takes_the_job(_k: Bounds, s: State, i: int) -> State:
    """The thread is at the oldest job."""
    return with_thread(s._replace(jobs=s.jobs[1:]), i, s.jobs[0])


def is_done(_k: Bounds, s: State, i: int) -> State:
    """The thread is idle; its note stands in the inbox, the manager is woken."""
    return woken(posted(with_thread(s, i, Mark.NOBODY), Note.DONE, s.threads[i]))


def fails_to_pickle(k: Bounds, s: State, i: int) -> State:
    """The error ends the future, if nobody else has claimed the task. The thread goes on to callbacks, or is idle."""
    t = s.threads[i]
    task = s.tasks[t]
    if not task.unclaimed:
        return is_done(k, with_task(s, t, task._replace(job=Job.NOTHING)), i)
    s = with_task(s, t, ended(task, End.FAILED)._replace(unclaimed=False, job=Job.NOTHING))
    return calls_or_is_done(k, s, i)


def reads(k: Bounds, s: State, i: int) -> State:
    """The value, or the error of rebuilding it, ends the future. The thread goes on to callbacks, or is idle.

    So it is where the future was stopped meanwhile: who stopped it calls the callbacks.
    """
    t = s.threads[i]
    was_open = s.tasks[t].end == End.OPEN
    s = with_task(s, t, ended(s.tasks[t], outcome_of(k, t))._replace(job=Job.NOTHING))
    return calls_or_is_done(k, s, i) if was_open else is_done(k, s, i)


def calls_or_is_done(k: Bounds, s: State, i: int) -> State:
    """The state after a thread has told a future: who told it runs its callbacks."""
    t = s.threads[i]
    if s.tasks[t].has_callback:
        return with_task(s, t, s.tasks[t]._replace(job=Job.CALL))
    return is_done(k, s, i)


def has_called(k: Bounds, s: State, i: int) -> State:
    """The callbacks were called. The thread is idle; its note stands in the inbox, the manager is woken."""
    return is_done(k, called(s, s.threads[i]), i)


# --- the table --------------------------------------------------------------------------------------------------------


def _row(
    name: str, clause: str, *guard: Conjunct[Bounds, State], does: Effect[Bounds, State], seen: Seen = Seen.HIDDEN,
) -> UserThreadAction:  # fmt: skip
    return Action(
        name, THREAD, (some_code_is_the_users, *guard), does, Fair.WEAK, seen, clause, "user code {i}", "manager"
    )


ACTIONS: tuple[UserThreadAction, ...] = (
    _row("ThreadTakesJob", "P-64", is_idle, a_job_waits, does=takes_the_job),
    _row("ThreadPickles", "P-16", is_pickling, pickling_succeeds, does=is_done),
    _row("ThreadCannotPickle", "P-16", is_pickling, pickling_fails, does=fails_to_pickle, seen=Seen.OBSERVABLE),
    _row("ThreadReads", "P-47", is_reading, does=reads, seen=Seen.OBSERVABLE),
    _row("ThreadHasCalled", "P-64", is_calling, callback_returns, does=has_called, seen=Seen.OBSERVABLE),
    _row("ThreadFindsNothingToDo", "P-64", has_lost_its_job, does=is_done),
)
