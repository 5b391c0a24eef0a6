"""The slots of one executor: tasks of the engine, each of which asks for any ticket.  In the event loop's thread.

Decides how many are ahead, which have not asked: one for each ticket that waits, or where many wait enough for all
workers.  So no ticket waits for ever, and the engine has little to do for what one slot takes after the other.
Must not know: how a slot is started.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FEW = 16
"""Slots ahead of those that run: with what runs their number grows, so that many workers soon have something to do."""


class Slots:
    """``ahead`` have not asked, as far as is known; ``going`` run tasks.  The engine drops what is in neither."""

    def __init__(self, start: Callable[[int], dict[int, object]]) -> None:
        self._start = start
        self.ahead: dict[int, object] = {}
        self.going: dict[int, object] = {}
        self._waiting: set[int] = set()

    def wait(self, numbers: Iterable[int]) -> None:
        """Tickets have been issued."""
        self._waiting.update(numbers)
        self._balance()

    def begun(self, number: int, slot: int | None) -> None:
        """A slot has got a ticket, its first one perhaps."""
        if slot in self.ahead:
            self.going[slot] = self.ahead.pop(slot)
        self.waits_no_more(number)

    def waits_no_more(self, number: int) -> None:
        """Its ticket has begun, or is over."""
        self._waiting.discard(number)
        self._balance()

    def over(self, slot: int | None) -> None:
        """It asks no more."""
        if slot is not None:
            self.going.pop(slot, None)
            self.ahead.pop(slot, None)
            self._balance()

    def let_go(self) -> None:
        """Nothing more is to be heard of them: where the executor is broken, some may run on."""
        self.going.clear()

    def _balance(self) -> None:
        waiting, enough = len(self._waiting), FEW + 2 * len(self.going)
        lacks = min(waiting, enough) - len(self.ahead)
        if lacks > 0 and (waiting <= enough or 2 * lacks > enough):  # many at once, where that holds up nothing
            self.ahead.update(self._start(lacks))
        while len(self.ahead) > waiting:
            self._drop()

    def _drop(self) -> int:
        """The last one, which has probably been sent to no worker."""
        slot, _ = self.ahead.popitem()
        return slot
