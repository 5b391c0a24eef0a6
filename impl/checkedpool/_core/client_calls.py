"""The calls of client threads as tables: which shared access follows which.  Decides their order, performs nothing.

A row is an operation; its columns are what can come of it; a cell is the next operation or the end of the call.  Every
operation is one atomic access to what threads share, or code of the user.  That makes the calls safe from callbacks,
finalizers and signal handlers, and lets a simulated platform interleave other actors between any two of them.
"""

from __future__ import annotations

from checkedpool._core.names import Name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias


class Step(Name):
    """Operations of a client's call."""

    READ_BROKEN = "is the pool broken?"
    READ_CLOSED = "is it closed?"
    START_ONCE = "start the pool, if nobody has"
    PICKLE = "pickle the call, or keep it if the budget is spent"
    PUBLISH = "make the task claimable and post it to the manager"
    REREAD_BROKEN = "is it broken now?"
    REREAD_CLOSED = "is it closed now?"
    WITHDRAW_BROKEN = "claim the own task, since the pool is broken"
    WITHDRAW_CLOSED = "claim the own task, since the pool is closed"
    ISSUE_ALONE = "with direct dispatch: issue the task to the worker that is lent, if it is the first that was posted"
    RING = "wake the manager if it sleeps"
    READ_STATE = "is the future done or cancelled?"
    CLAIM = "claim the task"
    FIND_LANE = "to which lane was it sent?"
    REVOKE = "lock the lane, tell the manager, read the tickets back; can the task be claimed? (None: it has moved)"
    NOTIFY_CLAIMED = "cancel the future and tell its waiters"
    NOTIFY_REVOKED = "cancel the future and tell its waiters; its ticket was read back"
    POST_WITHDRAWN = "tell the manager that the task is gone"
    POST_REVOKED = "tell the manager that tickets were read back, and that the task is gone"
    POST_UNCHANGED = "tell the manager that tickets were read back"
    POST_MOVED = "tell the manager that tickets of a lane were read back where the task is no more"
    WAKE_DONE = "wake the manager; the task is cancelled"
    WAKE_BEGUN = "wake the manager; the task has begun"
    CLOSE = "close the pool for submissions"
    NEVER_STARTED = "take the start away, if nobody has started"
    POST_REQUEST = "post the request to the manager"
    WAKE_FOR_REQUEST = "wake the manager"
    OWN_THREAD = "is the caller to wait, and is it none of the pool's threads?"
    WAIT = "wait until the pool has ended"


class End(Name):
    """How a call ends."""

    RETURN = "returns"
    TRUE = "returns True"
    FALSE = "returns False"
    RAISE = "raises what came out of starting"
    BROKEN = "raises BrokenProcessPool"
    CLOSED = "raises RuntimeError: closed"


Result: TypeAlias = bool | None
Table: TypeAlias = "Mapping[Step, Mapping[Result, Step | End]]"

SUBMIT: Table = {
    Step.READ_BROKEN: {True: End.BROKEN, False: Step.READ_CLOSED},
    Step.READ_CLOSED: {True: End.CLOSED, False: Step.PICKLE},
    Step.PICKLE: {True: Step.PUBLISH, False: End.RETURN},  # False: the error is in the future
    Step.PUBLISH: {None: Step.START_ONCE},
    Step.START_ONCE: {True: Step.REREAD_BROKEN, False: End.RAISE},
    Step.REREAD_BROKEN: {True: Step.WITHDRAW_BROKEN, False: Step.REREAD_CLOSED},
    Step.REREAD_CLOSED: {True: Step.WITHDRAW_CLOSED, False: Step.RING},
    Step.WITHDRAW_BROKEN: {True: End.BROKEN, False: Step.RING},  # False: the manager was faster, it has its end
    Step.WITHDRAW_CLOSED: {True: End.CLOSED, False: Step.RING},
    Step.RING: {None: End.RETURN},
}
"""``submit``.  The second look is what lets the manager end: whatever it no longer sees, its submitter withdraws.

Publishing comes before starting, and the second look after it: so a task whose submitter saw another thread at the
start is seen by that thread if the start fails, and one whose submitter saw the start taken away by a shutdown is
withdrawn.
"""

CANCEL: Table = {
    Step.READ_STATE: {None: Step.CLAIM, True: End.TRUE, False: End.FALSE},  # True: cancelled already, False: done
    Step.CLAIM: {True: Step.NOTIFY_CLAIMED, False: Step.FIND_LANE},
    Step.NOTIFY_CLAIMED: {None: Step.POST_WITHDRAWN},
    Step.POST_WITHDRAWN: {None: Step.WAKE_DONE},
    Step.FIND_LANE: {
        True: Step.REVOKE,
        False: Step.NOTIFY_CLAIMED,
    },  # False: never sent, whoever claimed it comes late
    Step.REVOKE: {True: Step.NOTIFY_REVOKED, False: Step.POST_UNCHANGED, None: Step.POST_MOVED},
    Step.POST_MOVED: {None: Step.CLAIM},
    Step.NOTIFY_REVOKED: {None: Step.POST_REVOKED},
    Step.POST_REVOKED: {None: Step.WAKE_DONE},
    Step.POST_UNCHANGED: {None: Step.WAKE_BEGUN},
    Step.WAKE_DONE: {None: End.TRUE},
    Step.WAKE_BEGUN: {None: End.FALSE},
}
"""``Future.cancel``: it succeeds if and only if no worker has begun the task, and the pool has not ended it meanwhile.

Every step is made under the future's re-entrant lock, except REVOKE, which takes the lane's: nobody waits for a
lane's lock with a future's in his hands, since a finalizer of the user may run under the lane's and want the future's.
So between REVOKE and NOTIFY_REVOKED others may end the future, and what it became is what the call returns.

The manager is told of a read-back before it happens, under the lane's lock, so that an interrupted call loses no
ticket; and after it, since the manager does not wait for that lock.
"""

SHUTDOWN: Table = {
    Step.CLOSE: {None: Step.NEVER_STARTED},
    Step.NEVER_STARTED: {True: End.RETURN, False: Step.POST_REQUEST},
    Step.POST_REQUEST: {None: Step.WAKE_FOR_REQUEST},
    Step.WAKE_FOR_REQUEST: {None: Step.OWN_THREAD},
    Step.OWN_THREAD: {True: Step.WAIT, False: End.RETURN},
    Step.WAIT: {None: End.RETURN},
}
"""``shutdown``, ``terminate_workers``, ``kill_workers``: they differ in the level that they post."""


def follow(
    table: Table, perform: Callable[[Step], Result], at: Step | None = None, apart: Step | None = None
) -> Step | End:
    """Make the call: perform the operations in the table's order until its end.

    Or make a part of it: from the step ``at``, to before the one that is made ``apart``.
    """
    following: Step | End = next(iter(table)) if at is None else at
    while isinstance(following, Step) and following is not apart:
        following = table[following][perform(following)]
    return following
