"""Room ``rules``: the manager's list of rules without looking where nothing can be, and dealing by rounds.

It replaces ``Manager.plan``, which looks at what each worker may need, and ``_deal``, which deals card by card.  Nearly
all steps find every worker alive and the pool open.

Equal: ``tests/machines/test_quick_plan.py`` compares both at every step of random stories, and of every state that
small scopes of the simulated system reach; ``test_dealing_by_rounds.py``, the dealing.
`make bench` has not shown a gain yet.
"""

from __future__ import annotations

from checkedpool._core import messages
from checkedpool._core.manager import Manager
from checkedpool._core.worker_record import OVER, REVOKE_WANTED
from checkedpool_spec.vocabulary import ShutdownLevel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import OrderedDict

    from checkedpool._core.messages import TaskId, WorkerNo

OPEN = ShutdownLevel.OPEN
"""Looking into an enum takes time."""


class QuickManager(Manager):
    """The manager that looks nowhere in vain."""

    def plan(self) -> None:
        if self.death is not None or self.level is not OPEN or self._is_astir():
            super().plan()
            return
        self._employ()
        if self.jobs > self.user_threads:
            self._add_user_thread()

    def _is_astir(self) -> bool:
        """Some worker has ended, or has a deadline, or has tickets to be revoked."""
        for lane in self.lanes.values():
            if lane.deadline is not None or lane.retry_at is not None:
                return True
            if lane.phase in OVER or lane.tickets is REVOKE_WANTED:
                return True
        return False

    def _deal(self) -> None:
        hands: list[Hand] = []
        for number, lane in self.lanes.items():
            room = lane.room(self.settings)
            if room:
                hands.append(Hand(number, len(lane.queued) + len(lane.issued), room))
        deal(self.pending, hands)
        for hand in hands:
            if hand.ids:
                lane = self.lanes[hand.number]
                self.commands.append(messages.Send(hand.number, lane.number_frames(hand.ids)))


class Hand:
    """What one lane gets: it ``has`` so many tasks already, and room for so many more."""

    __slots__ = ("has", "ids", "number", "room")

    def __init__(self, number: WorkerNo, has: int, room: int) -> None:
        self.number, self.has, self.room = number, has, room
        self.ids: list[TaskId] = []


def deal(pending: OrderedDict[TaskId, None], hands: list[Hand]) -> None:
    """Deal the oldest tasks, until there is none or no room; of lanes that have as little the first one is first.

    By rounds: while the same lanes are the ones that have least, each gets every so manyth task of a row.
    """
    if len(pending) == 1 and hands:  # nobody needs rounds for one task
        hand = min(hands, key=lambda hand: (hand.has, hand.number)) if len(hands) > 1 else hands[0]
        hand.ids.append(pending.popitem(last=False)[0])
        return
    rest = sorted(hands, key=lambda hand: (hand.has, hand.number))
    low: list[Hand] = []
    while pending and (low or rest):
        level = low[0].has if low else rest[0].has
        while rest and rest[0].has == level:
            low.append(rest.pop(0))
        low.sort(key=lambda hand: hand.number)
        rounds = min(hand.room for hand in low)
        if rest:
            rounds = min(rounds, rest[0].has - level)
        count, lanes = min(rounds * len(low), len(pending)), len(low)
        cards = [pending.popitem(last=False)[0] for _ in range(count)]
        for place, hand in enumerate(low):
            hand.ids += cards[place::lanes]
            hand.has += rounds
            hand.room -= rounds
        low = [hand for hand in low if hand.room]
