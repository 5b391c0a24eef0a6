"""How a client issues its own task to a worker that the manager, which sleeps, has lent.

Decides: when it may, and what it does then. Must not know: what the manager will do about it; a client that issues
looks at the inbox, the flag ``asleep`` and the lane that is lent, under that lane's lock.

Which lane is lent the model leaves open: any that is idle, since lanes are interchangeable; and more than one client
may find one while the manager sleeps. While the manager is awake a lent worker is no case of its own: what the client
does then the manager could do as well, taking the task in and issuing it.

What needs no conjunct, for it follows from the others:
- Nothing is pending: the manager does not put up its flag while a worker is idle and something is.
- The pool is not broken: all its workers are sent a signal before the manager sleeps.
- No request is known: what was posted with the gate open comes before any request, and is still there.
- The task can be claimed: nobody has its future yet, and the manager takes a task out of the inbox before it claims it.

One atomic step: all that the client does, under the lane's lock and with nothing of the interpreter in between.
"""

from checkedpool_model.checker.system import Action, Fair, Seen
from checkedpool_model.protocol.actions.client import CLIENT, manager_may_sleep, returns
from checkedpool_model.protocol.actions.manager import LANE, has_room, next_is_a_task
from checkedpool_model.protocol.bounds import LATE, Bounds, Submit
from checkedpool_model.protocol.state import Handed, Note, State, Step, with_lane, with_task

__all__ = ["ACTIONS", "has_looked_again", "issues_to"]


def flag_is_up(_k: Bounds, s: State, _i: int) -> bool:
    return s.asleep


def _submitters(k: Bounds, s: State, t: int) -> list[int]:
    """The client that is in the call of submit() that the task is of, if nothing has interrupted it."""
    return [c for c, client in enumerate(s.clients) if k.script[c][client.call : client.call + 1] == (Submit(t),)]


def has_looked_again(k: Bounds, s: State, t: int) -> bool:
    """Whether the gate was open at its submitter's second look, and he has not woken the manager yet."""
    return any(s.clients[c].step == Step.WAKING for c in _submitters(k, s, t))


def its_submitter_has_looked_again(k: Bounds, s: State, _i: int) -> bool:
    return has_looked_again(k, s, s.inbox[0].number)


def next_is_pickled(k: Bounds, s: State, _i: int) -> bool:
    """Whether it is bytes already: no user-code thread has to pickle it first."""
    return k.kind(s.inbox[0].number) not in LATE


def owes_nothing(_k: Bounds, s: State, i: int) -> bool:
    return not s.lanes[i].book


def issues_to(k: Bounds, s: State, i: int, t: int) -> State:
    """Under the lane's lock: take the task out of the inbox, claim it, book it here, write its ticket; then return."""
    lane, dealt = s.lanes[i], s.lanes[i].dealt + (k.task_limit is not None)
    s = s._replace(inbox=tuple(message for message in s.inbox if message != (Note.POSTED, t)))
    s = with_task(s, t, s.tasks[t]._replace(unclaimed=False, handed=Handed.RETURNED))
    s = with_lane(s, i, lane._replace(book=(*lane.book, t), tickets=(*lane.tickets, t), dealt=dealt))
    return returns(k, s, _submitters(k, s, t)[0])


def issues_alone(k: Bounds, s: State, i: int) -> State:
    """The first task of the inbox leaves it, is claimed and booked here; its ticket is out; submit() returns."""
    return issues_to(k, s, i, s.inbox[0].number)


ACTIONS: tuple[Action[Bounds, State], ...] = (
    Action(
        "ClientIssuesAlone",
        LANE,
        (
            manager_may_sleep,
            flag_is_up,
            next_is_a_task,
            its_submitter_has_looked_again,
            next_is_pickled,
            has_room,
            owes_nothing,
        ),
        issues_alone,
        Fair.NONE,
        Seen.OBSERVABLE,
        "P-33",
        CLIENT,
        "worker {i}",
    ),
)
"""It need never happen: who does not find a lent worker wakes the manager."""
