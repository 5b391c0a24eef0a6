"""Which claim fails in one state or one step, asked by whoever walks through a system by himself.

Decides: nothing but the order of asking. Must not know: who walks, and why. (``explore`` asks the same, each group of
claims once for each value of what it reads.)
"""

from typing import Generic, TypeVar

from checkedpool_model.checker.compile import moves_of
from checkedpool_model.checker.explore import NO_DEADLOCK
from checkedpool_model.checker.system import System

__all__ = ["Violations"]

K = TypeVar("K")
S = TypeVar("S")


class Violations(Generic[K, S]):
    """A system's claims; ``seen`` are those whose witness was met on the way."""

    def __init__(self, system: System[K, S]) -> None:
        self.system = system
        self.moves = moves_of(system)
        self.on_step = [
            tuple(claim for claim in system.on_step if claim.action == action.name) for action, _ in self.moves
        ]
        self.seen: set[str] = set()

    def in_state(self, state: S) -> str | None:
        """The first claim about states that fails in this one."""
        constants = self.system.constants
        for claim in self.system.always:
            if not claim.holds(constants, state):
                return claim.name
            if claim.name not in self.seen and claim.sometimes(constants, state):
                self.seen.add(claim.name)
        return None

    def in_step(self, before: S, move: int, after: S) -> str | None:
        """The first claim about steps that fails in this one."""
        for claim in self.on_step[move]:
            self.seen.add(claim.name)
            if not claim.holds(self.system.constants, before, after, self.moves[move][1]):
                return claim.name
        return None

    def at_an_end(self, state: S) -> str | None:
        """Asked of a state in which nothing is possible: whether that is right."""
        return None if self.system.terminal(self.system.constants, state) else NO_DEADLOCK
