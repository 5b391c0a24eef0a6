"""What must happen at last, in every fair run of a live scope.

Decides: the claims of the protocol about runs. Must not know: how the actions bring them about, what makes a run fair
(each action says what may be assumed of it). Where the parent process dies nothing more is owed to anybody but that its
workers end.
"""

import re
from itertools import takewhile

from checkedpool_model.checker.system import LeadsTo
from checkedpool_model.protocol.bounds import Bounds, Call, Kind, Shutdown, Stop
from checkedpool_model.protocol.state import End, Handed, Job, Manager, Mark, State, Step, alive, gone, remains
from checkedpool_spec.vocabulary import ShutdownLevel

__all__ = ["FAMILIES", "family", "leads_to"]

Claim = LeadsTo[Bounds, State]

WITHIN_A_CALL = (Step.GATED, Step.POSTED, Step.FOUND, Step.BEGUN, Step.ASKED, Step.CLOSED, Step.WAKING)
NOT_BEGUN = (Step.SUBMITTING, Step.CANCELLING, Step.CLOSING, Step.RESIZING)


def leads_to(k: Bounds) -> tuple[Claim, ...]:
    """The claims for a run with these bounds: one for each task, client and lane that they are about."""
    tasks, clients, lanes = range(k.tasks), range(len(k.script)), range(k.lanes)
    return (
        *(accepted_task_ends(t) for t in tasks if k.kind(t) != Kind.ENDLESS),
        *(endless_task_ends_on_demand(t) for t in tasks if k.kind(t) == Kind.ENDLESS),
        *(callback_is_called(t) for t in k.callbacks),
        *(call_returns(c) for c in clients),
        *(stopped_task_runs_no_more(t) for t in tasks if any(Stop(t) in calls for calls in k.script)),
        *(wait_returns(c) for c in clients if not _stays_endless(k)),
        *(dead_worker_is_reaped(i) for i in lanes),
        *((strong_request_ends_the_pool(),) if _stays_endless(k) else (request_ends_the_pool(),)),
        *([too_many_are_dismissed()] if k.sizes else []),
        *(orphan_ends(i) for i in lanes if k.budget.parents),
    )


def family(name: str) -> str:
    """The name of a claim without the number of what it is about."""
    return re.sub(r"_\d+", "", name)


FAMILIES = (
    "accepted_task_ends",
    "endless_task_ends_on_demand",
    "stopped_task_runs_no_more",
    "callback_of_task_is_called",
    "call_of_client_returns",
    "wait_of_client_returns",
    "request_ends_the_pool",
    "strong_request_ends_the_pool",
    "dead_worker_is_reaped",
    "too_many_are_dismissed",
    "orphan_ends",
)
"""The names of all claims, each of which must be about something in some scope."""


def _stays_endless(k: Bounds) -> bool:
    """Whether a task may run for ever although somebody has asked for the end: nobody has it stopped before he asks."""
    return any(
        k.kind(t) == Kind.ENDLESS and any(_asks(calls) and Stop(t) not in _before_it_asks(calls) for calls in k.script)
        for t in range(k.tasks)
    )


def _asks(calls: tuple[Call, ...]) -> bool:
    return any(isinstance(call, Shutdown) for call in calls)


def _before_it_asks(calls: tuple[Call, ...]) -> tuple[Call, ...]:
    return tuple(takewhile(lambda call: not isinstance(call, Shutdown), calls))


def _parent_is_dead(s: State) -> bool:
    return s.manager == Manager.DEAD


def _callbacks_have_called(k: Bounds, s: State) -> bool:
    """Every client that calls from a callback has begun its last call: to begin one is its own choice."""
    return all(
        k.callback_of(c) == Mark.NOBODY
        or client.step == Step.FINISHED
        or (client.call == len(k.script[c]) - 1 and client.step not in NOT_BEGUN)
        for c, client in enumerate(s.clients)
    )


def accepted_task_ends(t: int) -> Claim:
    """A future that was handed out is done at last, and its waiters are notified (C-01, C-07)."""
    return LeadsTo(
        f"accepted_task_{t}_ends",
        lambda _k, s: s.tasks[t].handed == Handed.RETURNED,
        lambda _k, s: _parent_is_dead(s) or (s.tasks[t].end != End.OPEN and s.tasks[t].notified),
    )


def endless_task_ends_on_demand(t: int) -> Claim:
    """Even a task that never ends by itself: when somebody has asked to terminate or to kill (C-53, C-54)."""
    return LeadsTo(
        f"endless_task_{t}_ends_on_demand",
        lambda _k, s: s.tasks[t].handed == Handed.RETURNED and s.asked >= ShutdownLevel.TERMINATE,
        lambda _k, s: _parent_is_dead(s) or s.tasks[t].end != End.OPEN,
    )


def stopped_task_runs_no_more(t: int) -> Claim:
    """No worker runs on with a task that was stopped (C-111)."""
    return LeadsTo(
        f"stopped_task_{t}_runs_no_more",
        lambda _k, s: s.tasks[t].end == End.STOPPED,
        lambda _k, s: _parent_is_dead(s) or not any(lane.running == t and alive(lane) for lane in s.lanes),
    )


def callback_is_called(t: int) -> Claim:
    """The callbacks of a future that is done are called and return (C-08).

    One that waits for the other futures is owed nothing before these were handed out, one that calls the pool nothing
    before it has begun its last call.
    """
    return LeadsTo(
        f"callback_of_task_{t}_is_called",
        lambda k, s: (
            s.tasks[t].job == Job.CALL
            and _callbacks_have_called(k, s)
            and (t not in k.blocking or all(task.handed == Handed.RETURNED for task in s.tasks))
        ),
        lambda _k, s: _parent_is_dead(s) or s.tasks[t].called > 0,
    )


def call_returns(c: int) -> Claim:
    """A call ends, whatever the others do (C-16, C-47, C-114): of shutdown() the part that asks."""
    return LeadsTo(
        f"call_of_client_{c}_returns",
        lambda _k, s: s.clients[c].step in WITHIN_A_CALL,
        lambda _k, s: s.clients[c].step not in WITHIN_A_CALL,
    )


def wait_returns(c: int) -> Claim:
    """A wait for the pool's end returns (C-48, C-50), in a callback of the pool too."""
    return LeadsTo(
        f"wait_of_client_{c}_returns",
        lambda k, s: s.clients[c].step == Step.WAITING and _callbacks_have_called(k, s),
        lambda _k, s: s.clients[c].step != Step.WAITING,
    )


def request_ends_the_pool() -> Claim:
    """When somebody has asked, in whatever mode, the pool ends (C-50)."""
    return LeadsTo(
        "request_ends_the_pool",
        lambda k, s: s.asked >= ShutdownLevel.DRAIN and _callbacks_have_called(k, s),
        lambda _k, s: _parent_is_dead(s) or s.manager == Manager.ENDED,
    )


def strong_request_ends_the_pool() -> Claim:
    """When somebody has asked to terminate or to kill, the pool ends although a task does not (C-50, C-53)."""
    return LeadsTo(
        "strong_request_ends_the_pool",
        lambda _k, s: s.asked >= ShutdownLevel.TERMINATE,
        lambda _k, s: _parent_is_dead(s) or s.manager == Manager.ENDED,
    )


def dead_worker_is_reaped(i: int) -> Claim:
    """A worker that has ended, in whatever way, is reaped (C-76, C-77)."""
    return LeadsTo(
        f"dead_worker_{i}_is_reaped",
        lambda _k, s: gone(s.lanes[i]) and not _parent_is_dead(s),
        lambda _k, s: not gone(s.lanes[i]) or _parent_is_dead(s),
    )


def too_many_are_dismissed() -> Claim:
    """When the manager has heard that fewer workers are allowed, no more are to remain at last (C-161)."""
    return LeadsTo(
        "too_many_are_dismissed",
        lambda _k, s: sum(map(remains, s.lanes)) > s.size and not _parent_is_dead(s),
        lambda _k, s: sum(map(remains, s.lanes)) <= s.size or _parent_is_dead(s),
    )


def orphan_ends(i: int) -> Claim:
    """A worker whose parent is dead ends (C-97)."""
    return LeadsTo(
        f"orphan_{i}_ends",
        lambda _k, s: _parent_is_dead(s) and alive(s.lanes[i]),
        lambda _k, s: not alive(s.lanes[i]),
    )
