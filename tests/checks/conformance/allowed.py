"""The actions of the protocol that a step of the real code may be, and which scopes are followed.

Decides: the table, each exception with its reason; whose actions a step may be; of which scopes the mapping speaks.
Must not know: how sequences are found (``follow``), how worlds are mapped (``protocol``).

The actions are the model's, and what the code may do besides (``checkedpool_model.traces.rules``). What is said here
shows only where every interleaving is looked at. The table is explored itself, and keeps every claim of the model
(``tables``).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from checkedpool.testing import Scope
from checkedpool_model.checker.system import Action, Conjunct, Effect, Fair, Seen
from checkedpool_model.protocol.actions import ACTIONS, environment
from checkedpool_model.protocol.actions.client import at, goes_to, returns, sees_an_end, task_of
from checkedpool_model.protocol.actions.manager import (
    has_a_process,
    has_no_answer,
    has_no_tickets_out,
    has_nothing_returned,
    is_awake,
    is_not_to_cancel,
    next_is_a_failed_start,
    pool_is_broken,
    revokes_tickets,
    some_calls_stop_a_task,
)
from checkedpool_model.protocol.actions.supervisor import (
    PLAN,
    blames_the_task,
    ends_by_signal,
    has_done_all,
    is_asleep,
    tells_to_leave,
    wakes,
    was_sent_nothing,
)
from checkedpool_model.protocol.actions.worker import waits
from checkedpool_model.protocol.bounds import Bounds, Stop, initial
from checkedpool_model.protocol.state import (
    End,
    Handed,
    Job,
    Lane,
    Manager,
    Mark,
    Signal,
    Slot,
    State,
    Step,
    called,
    gone,
    settled,
    with_lane,
    without,
)
from checkedpool_model.traces.rules import TraceAction, besides
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel

__all__ = ["ACTORS", "actions", "actor", "allowed", "is_followed", "may"]

ENVIRONMENT = frozenset(action.name for action in environment.ACTIONS)
SIGNALLED = ("ManagerTerminates", "ManagerKills", "WorkerStalls", "ManagerWakes")
"""A signal counts as sent when it is obeyed."""
ACTORS = {
    "client": ("Client", "ManagerForgets", "ManagerWakes", "ManagerTakesTask", "ManagerIssues"),
    "manager": ("Manager", "ClientPassesGate", "ClientSeesItStillOpen"),
    "worker": ("Worker", "BootFails", *SIGNALLED),
    "start": ("Starter", "StartFails", "StartHangs", "Worker", "WorkerCrashes", "BootFails", "ManagerWakes"),
    "nature": (*ENVIRONMENT, *SIGNALLED),
    "user": ("Thread", "Manager"),
    "system": SIGNALLED,
    "manager oversleeps": ("Manager", "StartHangs", "WorkerStalls"),
}  # fmt: skip
"""Of each step, or its first word: how the names of the actions begin that it may be; the environment's by their names.

A client's may be the manager's too where that is awake and a worker is lent all the same: before its flag is up, or
when it has woken and not recalled the worker. What the client does then the manager could have done.
"""


def may(names: tuple[str, ...], name: str) -> bool:
    """Whether an action with this name is among those that begin so."""
    return name in names or (name.startswith(names) and name not in ENVIRONMENT)


def actor(action: str) -> str:
    """Whose step an edge of the graph with this name is."""
    return action if action in ACTORS else action.split(maxsplit=1)[0]


@cache
def actions(lanes: int, threads: int) -> tuple[TraceAction, ...]:
    """The table; made once for so many lanes and threads."""
    return allowed(lanes, threads)


def allowed(lanes: int, threads: int) -> tuple[TraceAction, ...]:
    """What the code may do besides the model, and what only shows where every interleaving is looked at."""
    rows = besides(lanes, threads)
    # Where a canceller holds the future's lock, its end is told later than the request is taken in.
    rows["ManagerTakesRequest"] = rows["ManagerTakesRequest"].without("break_is_carried_out")
    rows["ManagerRevokesTickets"] = _blindly(rows["ManagerRevokesTickets"])
    flag = rows["ManagerPutsUpTheFlag"].without("has_done_all")
    rows[flag.name] = replace(flag, guard=(*flag.guard, has_done_all(tuple(map(_as_the_code_plans, PLAN)))))
    back = next(action for action in ACTIONS if action.name == "ManagerRevokesTickets")
    late = next(action for action in ACTIONS if action.name == "ManagerBreaks")
    late = late.without("is_not_to_cancel")
    return (
        *rows.values(),
        # It is woken for what the model has no message for: that a task was withdrawn, that a lock is free.
        Action("ManagerWakesInVain", "", (is_asleep,), wakes, Fair.NONE, Seen.HIDDEN, "", "manager"),
        # It was not told of the death yet: an order to leave that comes back is given once more.
        replace(
            back.without("is_to_be_emptied").without("has_tickets_to_take"),
            name="ManagerRevokesTicketsUnawares",
            effect=takes_back_unawares,
        ),
        # What it did not know may be that a signal has ended the worker: the order is written to nobody.
        _own("ManagerTellsTheDeadToLeave", "lane", is_awake, has_obeyed_unawares, does=tells_to_leave),
        # A canceller held the future's lock when the pool broke: a thread tells it later, whatever was asked meanwhile.
        # Or a broken pool took in the task and a request behind it at once: it has failed the one before the other.
        replace(late, name="ManagerBreaksLate"),
        # A failed start that breaks the pool is carried out when all is taken in: until then it stands in the inbox.
        _own("ManagerPutsOffAFailedStart", "", is_awake, next_is_a_failed_start, is_the_last_straw, does=puts_it_off),
        # A canceller has the ticket in his hands, and the lane's lock: a pool that breaks does not wait for him.
        _own(
            "ManagerBreaksWhatIsHeld",
            "task",
            is_awake,
            pool_is_broken,
            is_not_to_cancel,
            is_held,
            does=breaks_what_is_held,
        ),
        # A client may stop the task that a death is blamed on until that is carried out: after the flag of the break.
        _own("ManagerBreaksFirst", "", some_calls_stop_a_task, is_awake, is_to_break, does=breaks_first),
        _own(
            "ManagerBlamesInABrokenPool",
            "lane",
            some_calls_stop_a_task,
            is_awake,
            pool_is_broken,
            has_died,
            has_no_answer,
            has_no_tickets_out,
            has_nothing_returned,
            does=blames_the_task,
        ),
        # A signal that was sent to stop a task comes when the worker has answered, and that was taken in.
        _own(
            "ManagerTerminatesTooLate",
            "lane",
            some_calls_stop_a_task,
            has_a_process,
            was_sent_nothing,
            waits,
            owes_nothing,
            does=ends_by_signal,
        ),
        # The task was answered while he was at its lane: he asks for it to be stopped all the same, and comes too late.
        _own("ClientAsksInVain", "client", wants_it_stopped, at(Step.CANCELLING), sees_an_end, does=goes_on_to_ask),
        # A canceller had the future's lock when the pool ended it: he tells it, and calls its callbacks himself.
        _own("ClientCallsBackInstead", "task", is_to_be_called, does=calls_back_instead),
        # The model's runs begin with the started pool. One that nobody has started is over with its shutdown (C-51).
        _own("ClientEndsWhatNeverBegan", "client", at(Step.CLOSED), nothing_has_begun, does=ends_what_never_began),
    )


def _blindly(action: TraceAction) -> TraceAction:
    """Revoking tickets: the code finds out when it deals them anew which tasks somebody has claimed meanwhile."""
    return replace(action, effect=_blind(action.effect))


def _blind(effect: Effect[Bounds, State]) -> Effect[Bounds, State]:
    def takes(k: Bounds, s: State, i: int) -> State:
        taken = (*s.lanes[i].tickets, *s.lanes[i].returned)
        s = effect(k, s, i)
        new = [t for t in taken if 0 <= t < len(s.tasks) and not s.tasks[t].pending]
        if not new:
            return s
        return s._replace(
            tasks=tuple(task._replace(pending=True) if t in new else task for t, task in enumerate(s.tasks))
        )

    return takes


revokes_blindly = _blind(revokes_tickets)


def takes_back_unawares(k: Bounds, s: State, i: int) -> State:
    """As from a worker that lives."""
    order = Mark.LEAVE in (*s.lanes[i].tickets, *s.lanes[i].returned)
    s = revokes_blindly(k, s, i)
    return with_lane(s, i, s.lanes[i]._replace(leave=s.lanes[i].leave and not order))


def _as_the_code_plans(action: TraceAction) -> TraceAction:
    """What the code sleeps before: a worker that has had its share is told to leave when it has answered for it."""
    return replace(action, guard=(*action.guard, owes_nothing)) if action.name == "ManagerTellsToLeave" else action


def owes_nothing(_k: Bounds, s: State, i: int) -> bool:
    return not s.lanes[i].book


def _own(name: str, over: str, *guard: Conjunct[Bounds, State], does: Effect[Bounds, State]) -> TraceAction:
    return Action(name, over, guard, does, Fair.NONE, Seen.HIDDEN, "")


def is_the_last_straw(k: Bounds, s: State, _i: int) -> bool:
    return s.failures + 1 >= k.patience and len(s.inbox) > 1


def puts_it_off(_k: Bounds, s: State, _i: int) -> State:
    """What comes behind it is taken in before it."""
    failed, following, *others = s.inbox
    return s._replace(inbox=(following, failed, *others))


def is_held(_k: Bounds, s: State, t: int) -> bool:
    """Whether a canceller is at the lane where this task's ticket is."""
    lane = next((n for n, lane in enumerate(s.lanes) if t in lane.tickets), Mark.NOBODY)
    return lane >= 0 and any(client.step == Step.FOUND and client.lane == lane for client in s.clients)


def breaks_what_is_held(_k: Bounds, s: State, t: int) -> State:
    """End the task; its ticket comes to nobody any more."""
    number = next(n for n, lane in enumerate(s.lanes) if t in lane.tickets)
    lane = s.lanes[number]
    lane = lane._replace(tickets=without(lane.tickets, (t,)), book=without(lane.book, (t,)))
    return settled(with_lane(s, number, lane), t, End.BROKEN)


def has_obeyed_unawares(_k: Bounds, s: State, i: int) -> bool:
    """Whether a signal has ended its worker, which owes nothing, while the manager was at an order to leave."""
    lane = s.lanes[i]
    return lane.slot == Slot.READY and lane.signal == Signal.OBEYED and not lane.leave and not lane.book


def is_to_break(k: Bounds, s: State, _i: int) -> bool:
    """Whether a worker has died that runs a task, and that costs the pool."""
    died = any(has_died(k, s, i) for i in range(len(s.lanes)))
    return k.policy is DeathPolicy.BREAK and s.level < ShutdownLevel.TERMINATE and died


def has_died(_k: Bounds, s: State, i: int) -> bool:
    """Whether it has ended by itself while it ran a task."""
    lane = s.lanes[i]
    return gone(lane) and bool(lane.book) and lane.signal == Signal.NONE


def breaks_first(_k: Bounds, s: State, _i: int) -> State:
    return s._replace(broken=True)


def wants_it_stopped(k: Bounds, s: State, c: int) -> bool:
    calls, call = k.script[c], s.clients[c].call
    return call < len(calls) and isinstance(calls[call], Stop)


def goes_on_to_ask(_k: Bounds, s: State, c: int) -> State:
    """As one who has found it begun."""
    return goes_to(s, c, Step.BEGUN)


def is_to_be_called(k: Bounds, s: State, t: int) -> bool:
    if t not in s.jobs or s.tasks[t].job != Job.CALL:
        return False
    is_stopped = k.stops and any(
        client.step == Step.ASKED and task_of(k, s, c) == t for c, client in enumerate(s.clients)
    )
    return is_stopped or s.tasks[t].end == End.CANCELLED


def calls_back_instead(_k: Bounds, s: State, t: int) -> State:
    letter = len(s.jobs) - 1 - s.jobs[::-1].index(t)
    return called(s._replace(jobs=(*s.jobs[:letter], *s.jobs[letter + 1 :]), owed=s.owed - 1), t)


def nothing_has_begun(k: Bounds, s: State, _c: int) -> bool:
    """Whether nobody has started the pool: nothing was taken in, and who has posted will see that it is closed."""
    return (
        s.manager == Manager.AWAKE
        and s.lanes == initial(k).lanes
        and not s.owed
        and not any(task.pending or task.job for task in s.tasks)
        and not any(task.handed == Handed.RETURNED and task.end == End.OPEN for task in s.tasks)
        and not any(client.step == Step.WAKING and task_of(k, s, c) >= 0 for c, client in enumerate(s.clients))
    )


def ends_what_never_began(k: Bounds, s: State, c: int) -> State:
    """There is no manager and no worker, so there is nobody to wait for."""
    lanes = (Lane(),) * len(s.lanes)
    return returns(k, s._replace(manager=Manager.ENDED, lanes=lanes, asked=max(s.asked, ShutdownLevel.DRAIN)), c)


def is_followed(scope: Scope) -> bool:
    """Whether the mapping speaks of what this scope has.

    It does not of a manager that fails (P-74), nor of processes that SIGKILL does not end, which nothing survives.
    Nor of calls that are left, where a canceller who has claimed a task may be interrupted, if it matters who ends it:
    where it has a callback, is pickled late, or breaks with the pool. In the protocol a claim is a cancellation. Nor of
    clients that are interrupted in what makes up for that: in the protocol who cancels tells. Nor of a limit of deaths
    in a row: the code asks at a death what was finished since the last one, and a world does not say what it was then.
    Nor where two threads may stop one task, of whose requests it does not know which was taken in; nor where a worker
    may get its signal for two reasons, since a task was stopped and since the pool is to end. Nor of calls that may be
    tried again, for which a request to drain is put off: in the protocol it is made later.
    Nor of two deaths of which the first breaks the pool: both lanes are buried before the pool is broken.
    """
    late = any(call.keep for call in scope.calls)
    breaks = scope.policy is DeathPolicy.BREAK and any(scope.budget)
    return not (
        scope.budget.stubborn
        or scope.budget.bugs
        or scope.budget.throws
        or scope.restarts is not None
        or scope.attempts
        or (scope.policy is DeathPolicy.BREAK and scope.budget.kills > 1)
        or _is_stopped_twice(scope)
        or (scope.interrupts and (scope.callbacks or late or breaks))
    )


def _is_stopped_twice(scope: Scope) -> bool:
    """By two threads, or by one and by the pool's end."""
    stopping = [[call.task for call in script if call.what == "stop"] for script in scope.threads]
    ends = any(call.level >= ShutdownLevel.TERMINATE for call in scope.calls if call.what == "shutdown")
    threads = [t for tasks in stopping for t in set(tasks)]
    return len(threads) > len(set(threads)) or (ends and bool(threads))
