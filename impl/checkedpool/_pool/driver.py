"""What the manager's machine runs on: the platform protocol, and the loop that drives the machine over one.

The real platform and simulated ones implement the protocol; the loop is the same for all. What follows in it is a
function of its own, so that a simulation can stand still between any two operations and go on as the loop would.
"""

from __future__ import annotations

from enum import Enum

from checkedpool._core.typed import Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from checkedpool._core.manager import Manager
    from checkedpool._core.messages import Command, Event


class Platform(Protocol):
    """Performs operations and says what came of them."""

    def perform(self, commands: Sequence[Command]) -> list[Event]:
        """Perform in this order, never blocking; what is known at once."""

    def wait(self, deadline: float | None) -> list[Event]:
        """Sleep until something has happened or it is time; what has happened, a ``Tick`` first."""


class Next(Enum):
    """What the loop does when all operations are performed."""

    THINK = "tell the machine what came of them"
    SLEEP = "wait until something happens"
    END = "nothing more"


def following(machine: Manager, events: Sequence[Event]) -> Next:
    """What follows in the loop, ``events`` being what came of the operations."""
    if machine.finished:
        return Next.END
    return Next.THINK if events else Next.SLEEP


def drive(machine: Manager, platform: Platform) -> None:
    """Run the machine to its end."""
    events: list[Event] = []
    while True:
        commands = machine.step(events)
        events = platform.perform(commands) if commands else []
        then = following(machine, events)
        if then is Next.END:
            return
        if then is Next.SLEEP:
            events = platform.wait(machine.deadline())
