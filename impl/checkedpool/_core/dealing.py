"""Who gets which task when some are dealt: like cards, each to the lane that has least.  Knows numbers, no lane.

Tasks are taken by rounds and not one by one: while the same lanes are the ones that have least, each gets every so
manyth task of a row.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import OrderedDict

    from checkedpool._core.words import LaneNo, TaskId


class Hand:
    """What one lane gets: it ``has`` so many tasks already, and room for so many more."""

    __slots__ = ("has", "ids", "number", "room")

    def __init__(self, number: LaneNo, has: int, room: int) -> None:
        self.number, self.has, self.room = number, has, room
        self.ids: list[TaskId] = []


def deal(pending: OrderedDict[TaskId, None], hands: list[Hand]) -> None:
    """Deal the oldest tasks, until there is none or no room; of lanes that have as little the first one is first."""
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
