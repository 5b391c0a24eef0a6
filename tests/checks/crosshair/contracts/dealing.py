"""Dealing by rounds, as the fast room does it, is dealing card by card, as the plain manager does it.

Workers have any number of tasks, and room for any number. Three tasks for two workers, two for three: there are as many
orders of such numbers as can be told apart, and each is gone through.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, TypeAlias

from checkedpool._core.manager import Manager, Settings
from checkedpool._core.worker_record import Phase, WorkerRecord
from checkedpool._fast.quick_rules import QuickManager
from tests.checks.crosshair.values import Sized

Dealt: TypeAlias = tuple[list[Any], list[int]]


class Player(WorkerRecord):
    """A worker that has so many tasks, and room for so many more."""

    __slots__ = ("free",)

    def __init__(self, number: int, has: int, free: int) -> None:
        super().__init__(number, Phase.READY)
        self.queued: Any = Sized(has)
        self.free = free

    def room(self, _: object) -> int:
        return self.free

    def number_frames(self, ids: Any) -> Any:
        return tuple(ids)


def dealt(kind: type[Manager], tasks: int, *players: tuple[int, int]) -> Dealt:
    """What each worker gets, in the order in which it is sent; and what is left."""
    manager = kind(Settings(len(players)))
    manager.pending = OrderedDict.fromkeys(range(tasks))
    manager.lanes = {number: Player(number, has, free) for number, (has, free) in enumerate(players)}
    manager._deal()
    return list(manager.commands), list(manager.pending)


def two(tasks: int, has: int, free: int, other_has: int, other_free: int) -> tuple[Dealt, Dealt]:
    """Two workers.

    pre: 0 <= tasks <= 3 and 0 <= has and 0 <= free and 0 <= other_has and 0 <= other_free
    post: __return__[0] == __return__[1]
    """
    players = (has, free), (other_has, other_free)
    return dealt(Manager, tasks, *players), dealt(QuickManager, tasks, *players)


def three(
    tasks: int, has: int, free: int, second_has: int, second_free: int, third_has: int, third_free: int
) -> tuple[Dealt, Dealt]:
    """Three workers.

    pre: 1 <= tasks <= 2 and 0 <= has and 1 <= free and 0 <= second_has and 1 <= second_free
    pre: 0 <= third_has and 1 <= third_free
    post: __return__[0] == __return__[1]
    """
    players = (has, free), (second_has, second_free), (third_has, third_free)
    return dealt(Manager, tasks, *players), dealt(QuickManager, tasks, *players)


def three_and_more(
    tasks: int, has: int, free: int, second_has: int, second_free: int, third_has: int, third_free: int
) -> tuple[Dealt, Dealt]:
    """Three workers, and more tasks than all paths of which can be gone through.

    pre: 0 <= tasks <= 6 and 0 <= has and 0 <= free and 0 <= second_has and 0 <= second_free
    pre: 0 <= third_has and 0 <= third_free
    post: __return__[0] == __return__[1]
    """
    players = (has, free), (second_has, second_free), (third_has, third_free)
    return dealt(Manager, tasks, *players), dealt(QuickManager, tasks, *players)
