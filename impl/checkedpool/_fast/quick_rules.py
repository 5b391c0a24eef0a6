"""Room ``rules``: the manager's list of rules without looking where nothing can be, and dealing by rounds.

It replaces ``Manager.plan``, which looks at what each worker may need, and ``_deal``, which deals card by card.  Nearly
all steps find every worker alive and the pool open.  And it has fewer tasks sent ahead of a worker than there may be,
until its tasks are known to be short: what was sent ahead of a long one would only be revoked.

Equal: ``tests/machines/test_quick_plan.py`` compares both at every step of random stories, and of every state that
small scopes of the simulated system reach; ``test_dealing_by_rounds.py``, the dealing.  A worker that has less ahead
of it is one of the plain pool's with a smaller window, which may be of any size; ``test_sending_ahead.py``.
`make bench` has not shown a gain yet.
"""

from __future__ import annotations

from checkedpool._core import messages
from checkedpool._core.manager import Manager
from checkedpool._core.worker_record import OVER, REVOKE_WANTED, WorkerRecord
from checkedpool_spec.vocabulary import ShutdownLevel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

    from checkedpool._core.manager import Queue
    from checkedpool._core.messages import Settings, TaskId, WorkerNo
    from checkedpool._core.worker_record import Phase

SHORT, SHORT_ENOUGH = 0.001, 0.01
"""Seconds that a task of a quick worker takes at most; and of one that has done all: it may have waited for us."""
OPEN = ShutdownLevel.OPEN
"""Looking into an enum takes time."""


class JudgedRecord(WorkerRecord):
    """Knows whether its worker's last tasks were short."""

    __slots__ = ("quick", "since")

    def __init__(self, number: WorkerNo, phase: Phase, limit: int | None = None) -> None:
        super().__init__(number, phase, limit)
        self.quick = False  # its last tasks were short: more may be sent ahead
        self.since = 0.0  # when it gave its last answers, or had tickets again

    def key(self) -> tuple[object, ...]:
        return (*super().key(), self.quick, self.since)

    def copy(self) -> Self:
        twin = super().copy()
        twin.quick, twin.since = self.quick, self.since
        return twin

    def room(self, settings: Settings) -> int:
        room, few = super().room(settings), settings.cautious
        if not room or few is None or self.quick:
            return room
        has = len(self.queued) + len(self.issued)
        return min(room, few - has) if has <= few // 2 else 0

    def judge(self, answers: int, now: float) -> None:
        """It has given so many: whether they came quickly."""
        limit = SHORT if self.issued else SHORT_ENOUGH
        self.quick, self.since = now - self.since < limit * answers, now


class QuickManager(Manager):
    """The manager that looks nowhere in vain, and sends much ahead of quick workers only."""

    record_type = JudgedRecord

    def _issued(self, lane: WorkerRecord, event: messages.Issued) -> None:
        if isinstance(lane, JudgedRecord) and self.settings.cautious is not None and not lane.issued:
            lane.since = self.now
        super()._issued(lane, event)

    def _answered(self, lane: WorkerRecord, event: messages.Answered) -> None:
        super()._answered(lane, event)
        if isinstance(lane, JudgedRecord) and self.settings.cautious is not None:
            lane.judge(len(event.answers), self.now)

    def plan(self) -> None:
        if self.death is not None or self.level is not OPEN or self._is_astir():
            super().plan()
            return
        self._employ()
        if self.jobs > self.user_threads:
            self._add_user_thread()

    def _is_astir(self) -> bool:
        """Some worker has ended, or has a deadline, or has tickets to be revoked, or a task to be stopped."""
        for lane in self.lanes.values():
            if lane.deadline is not None or lane.retry_at is not None or lane.stop is not None:
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


def deal(pending: Queue, hands: list[Hand]) -> None:
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
