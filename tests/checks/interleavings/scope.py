"""A scope: the actors of a small world; and how a pool with fast rooms is held against the plain one in it.

Decides: when the two agree.  Must not know: any world.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from checkedpool._fast.fitting import Room
from checkedpool.rooms import ROOMS
from tests.checks.interleavings.explore import Explored, Make, Outcome, explore, story
from tests.checks.size import Size

MOST = 60_000
"""Schedules of one scope."""


@dataclass(frozen=True)
class Scope:
    """A world, and the fast rooms that are looked at in it."""

    name: str
    room: str
    """The one that it is about."""
    rooms: tuple[str, ...]
    """Those that are used."""
    world: Callable[[tuple[Room, ...]], Make]
    size: Size = Size.QUICK
    """The smallest verification that has it."""

    def made_of(self, rooms: tuple[str, ...]) -> Make:
        """The world, with these rooms."""
        return self.world(tuple(room for room in ROOMS if room.name in rooms))


@dataclass(frozen=True)
class Compared:
    """What both do."""

    scope: Scope
    fast: Explored
    plain: Explored
    wrong: tuple[Outcome, ...]
    """What comes of the fast pool, and never of the plain one."""

    @property
    def finished(self) -> bool:
        """All of the fast one was seen, and of the plain one as much as is needed."""
        return self.fast.finished and (self.plain.finished or not self.wrong)

    @property
    def holds(self) -> bool:
        """Every outcome is one of the plain pool's."""
        return self.fast.finished and not self.wrong

    def story(self) -> list[str]:
        """A schedule whose outcome is none of the plain pool's."""
        outcome = self.wrong[0]
        return [*story(self.scope.made_of(self.scope.rooms), self.fast.outcomes[outcome]), f"leads to {outcome}"]


def compare(scope: Scope, most: int = MOST) -> Compared:
    """Explore the scope with its fast rooms; then the plain pool, until it has shown all that came of the other."""
    fast = explore(scope.made_of(scope.rooms), most=most)
    plain = explore(scope.made_of(()), until=set(fast.outcomes), most=most)
    wrong = tuple(outcome for outcome in fast.outcomes if outcome not in plain.outcomes)
    return Compared(scope, fast, plain, wrong)
