"""The steps of one ``cancel``, as its table names them.  Decides nothing: the table says which one follows."""

from __future__ import annotations

from concurrent.futures._base import CANCELLED, CANCELLED_AND_NOTIFIED, PENDING

from checkedpool._core.client import Result, Step
from checkedpool._core.words import Returned, Withdrawn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from checkedpool._shell.lane import LaneChannels
    from checkedpool._shell.shared import Shared
    from checkedpool.future import PoolFuture


class Canceller:
    """Performs the steps of one ``cancel``."""

    __slots__ = ("future", "place", "shared", "told")

    def __init__(self, future: PoolFuture[Any]) -> None:
        self.future = future
        self.shared = future._shared
        self.place: tuple[LaneChannels, int] | None = None
        self.told = False

    def perform(self, step: Step) -> Result:
        future, shared, place = self.future, self.shared, self.place
        if step is Step.READ_STATE or shared is None:
            return _cancellable(future._state, shared)
        if step is Step.CLAIM:
            return shared.withdraw(future)
        if step is Step.FIND_LANE:
            self.place = future._place
            return self.place is not None
        if step is Step.READ_BACK and place is not None:
            return place[0].read_back(future, place)
        if step in (Step.TELL_CLAIMED, Step.TELL_RETURNED):
            if not future.done():
                self.told = True
                future._end_cancelled()
        elif step is Step.POST_WITHDRAWN:
            shared.inbox.append(Withdrawn(future._number))
        elif step in (Step.POST_UNCHANGED, Step.POST_MOVED) and place is not None:
            shared.inbox.append(Returned(place[0].number))
            shared.ring()
        elif step is Step.POST_RETURNED and place is not None:
            shared.inbox.append(Withdrawn(future._number))
            shared.inbox.append(Returned(place[0].number))
        else:
            shared.ring()
        return None


def _cancellable(state: str, shared: Shared | None) -> Result:
    """READ_STATE's answer: None if it may be cancelled, True if it is, False if it is done."""
    if state in (CANCELLED, CANCELLED_AND_NOTIFIED):
        return True
    return None if state == PENDING and shared is not None else False
