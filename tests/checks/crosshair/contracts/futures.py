"""How a future goes from state to state: it ends once, and what it says of itself is one story."""

from __future__ import annotations

from concurrent.futures._base import CANCELLED, CANCELLED_AND_NOTIFIED, FINISHED, PENDING, RUNNING
from typing import TypeAlias

from checkedpool._pool.shared import CANCELLED_END, PoolFuture, Shared, error_end, value_end

State: TypeAlias = tuple[str, int | None, BaseException | None]
STATES = PENDING, RUNNING, CANCELLED, CANCELLED_AND_NOTIFIED, FINISHED


def said(state: int, has_pool: bool) -> tuple[bool, bool, object]:
    """What a future in each state says: whether it is done, whether cancelled, whether it may be cancelled.

    pre: 0 <= state < 5
    post: __return__[0] or not __return__[1]
    post: (__return__[2] is True) == __return__[1]
    post: __return__[2] is not None or not __return__[0]
    post: (__return__[2] is None) == (state == 0 and has_pool)
    """
    shared = Shared()
    future: PoolFuture[int] = PoolFuture(shared, 1)
    future._state = STATES[state]
    return future.done(), future.cancelled(), future.is_cancellable(shared if has_pool else None)


def ended(first: int, second: int, value: int, other: int) -> tuple[State, State]:
    """Of two who give it an end the first one does; the second changes nothing (C-01).

    pre: 0 <= first < 3 and 0 <= second < 3
    post: __return__[0] == __return__[1]
    post: __return__[0][0] == (FINISHED, FINISHED, CANCELLED_AND_NOTIFIED)[first]
    """
    future: PoolFuture[int] = PoolFuture(Shared(), 1)
    future.complete((value_end(value), error_end(ValueError()), CANCELLED_END)[first])
    before = future._state, future._result, future._exception
    future.complete((value_end(other), error_end(KeyError()), CANCELLED_END)[second])
    return before, (future._state, future._result, future._exception)


class Meeting(Shared):
    """It is chosen whether a claim succeeds, and seen whether the manager is woken."""

    def __init__(self, *claims: bool) -> None:
        super().__init__()
        self.claims, self.woken = list(claims), False

    def withdraw(self, _: object) -> bool:
        return self.claims.pop(0) if self.claims else True

    def wake(self) -> None:
        self.woken = True


class Lane:
    """It is chosen what comes of revoking, and whether the manager ends the future meanwhile."""

    number = 0

    def __init__(self, came: int, ends: bool) -> None:
        self.came, self.ends = came, ends

    def revoke_for(self, future: PoolFuture[int], _: object) -> bool | None:
        if self.ends:
            future.complete(value_end(7))
        return (True, False, None)[self.came]


def cancelled(claimed: bool, again: bool, sent: bool, came: int, ends: bool) -> tuple[bool, str, bool]:
    """A cancel says True if and only if the future is cancelled (C-05), whoever ends it; and it wakes the manager.

    pre: 0 <= came < 3
    post: __return__[0] == (__return__[1] == CANCELLED_AND_NOTIFIED)
    post: __return__[2]
    """
    shared = Meeting(claimed, again)
    future: PoolFuture[int] = PoolFuture(shared, 1)
    if sent:
        future.place = Lane(came, ends), 3  # type: ignore[assignment]  # of a lane's channels it is asked that alone
    return future.cancel(), future._state, shared.woken
