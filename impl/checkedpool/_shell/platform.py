"""What the manager's machine runs on: the platform protocol, and the loop that drives the machine over one.

The real platform and simulated ones implement the protocol; the loop is the same for all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checkedpool._core.manager import Manager
    from checkedpool._core.words import Op, Outcome


class Platform(Protocol):
    """Performs operations and says what came of them."""

    def perform(self, ops: Sequence[Op]) -> list[Outcome]:
        """Perform in this order, never blocking; what is known at once."""

    def wait(self, deadline: float | None) -> list[Outcome]:
        """Sleep until something has happened or it is time; what has happened, a ``Tick`` first."""


def drive(machine: Manager, platform: Platform) -> None:
    """Run the machine to its end."""
    outcomes: list[Outcome] = []
    while True:
        ops = machine.step(outcomes)
        outcomes = platform.perform(ops) if ops else []
        if machine.finished:
            return
        if not outcomes:
            outcomes = platform.wait(machine.deadline())
