"""The tickets that a scheduler holds: who has begun what.  A pure machine; it knows no cluster, no message, no clock.

A worker asks for any ticket of an executor, and gets the first that waits: of the highest priority the oldest.  So a
task is begun once at most, however often the engine starts what asks.  A ticket leaves when its task is over for its
client: answered, revoked, or lost with what had begun it.  One thread asks, the scheduler's, so each question is
decided at once.
"""

from __future__ import annotations

from typing import NamedTuple

from checkedpool._core.by_priority import ByPriority, Ranked, rank

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    Ticket: TypeAlias = tuple[str, int]
    """Of which executor, and which of its tasks."""


class Holder(NamedTuple):
    """Who has begun a task: a worker, in a slot that the engine has given it."""

    worker: str
    slot: int


class Granted(NamedTuple):
    """Which ticket, whose, and the call that goes with it."""

    number: int
    client: str
    call: bytes


class Tickets:
    """Those of all executors; ``key`` and ``copy`` serve exploration."""

    def __init__(self, workers: Iterable[str] = ()) -> None:
        self.clients: dict[Ticket, str] = {}
        self.calls: dict[Ticket, bytes] = {}  # of those that wait
        self.waiting: dict[str, ByPriority] = {}  # by executor
        self.begun: dict[Ticket, Holder] = {}
        self.workers: dict[str, set[Ticket]] = {worker: set() for worker in workers}  # those that are there

    def issue(self, ticket: Ticket, client: str, call: bytes = b"", priority: int = 0) -> None:
        """A client has a task; it issues each ticket once."""
        executor, number = ticket
        self.clients[ticket], self.calls[ticket] = client, call
        waiting = self.waiting.setdefault(executor, ByPriority())
        waiting[Ranked(number, priority) if priority else number] = None

    def begin(self, executor: str, worker: str, slot: int = 0) -> Granted | None:
        """A worker asks; it gets the first that waits.

        One that is not there any more is refused: nobody would hear of its death.
        """
        if worker not in self.workers or executor not in self.waiting:
            return None
        ticket = executor, int(self.waiting[executor].first())
        call = self._waits_no_more(ticket)
        self.begun[ticket] = Holder(worker, slot)
        self.workers[worker].add(ticket)
        return Granted(ticket[1], self.clients[ticket], call)

    def end(self, ticket: Ticket, worker: str) -> str | None:
        """A worker answers: to whom the answer goes, if it is that of the one that has begun."""
        holder = self.begun.get(ticket)
        return self._leave(ticket) if holder is not None and holder.worker == worker else None

    def revoke(self, tickets: Iterable[Ticket]) -> list[Ticket]:
        """A client cancels: those that had not begun, and never will."""
        waiting = [ticket for ticket in tickets if self.is_waiting(ticket)]
        for ticket in waiting:
            self._leave(ticket)
        return waiting

    def fail(self, executor: str, slot: int) -> tuple[str, int] | None:
        """A slot is given up: whose task it had begun, which nobody will answer, and which that is."""
        ticket = self.begun_in(executor, slot)
        return None if ticket is None else (self._leave(ticket), ticket[1])

    def begun_in(self, executor: str, slot: int) -> Ticket | None:
        """Which task has begun in this slot, and is not over."""
        found = (ticket for ticket, by in self.begun.items() if ticket[0] == executor and by.slot == slot)
        return next(found, None)

    def fail_first(self, executor: str) -> tuple[str, int] | None:
        """No slot is to be had for it: the first of those that wait."""
        if executor not in self.waiting:
            return None
        number = int(self.waiting[executor].first())
        return self._leave((executor, number)), number

    def worker_joined(self, worker: str) -> None:
        """It may begin tasks."""
        self.workers.setdefault(worker, set())

    def worker_lost(self, worker: str) -> list[tuple[str, Ticket, int]]:
        """It is gone: whose tasks it had begun and not ended, in which slots.  The others wait on, for whoever asks."""
        lost = [(ticket, self.begun[ticket].slot) for ticket in sorted(self.workers.pop(worker, ()))]
        return [(self._leave(ticket), ticket, slot) for ticket, slot in lost]

    def client_lost(self, client: str) -> None:
        """It is gone: none of its tasks begins any more, and nobody waits for an answer."""
        for ticket in [ticket for ticket, whose in self.clients.items() if whose == client]:
            self._leave(ticket)

    def is_waiting(self, ticket: Ticket) -> bool:
        """Whether its task may still begin."""
        return ticket in self.calls

    def _leave(self, ticket: Ticket) -> str:
        holder = self.begun.pop(ticket, None)
        if holder is None:
            self._waits_no_more(ticket)
        elif holder.worker in self.workers:
            self.workers[holder.worker].discard(ticket)
        return self.clients.pop(ticket)

    def _waits_no_more(self, ticket: Ticket) -> bytes:
        executor, number = ticket
        waiting = self.waiting[executor]
        waiting.pop(number)
        if not waiting:
            del self.waiting[executor]
        return self.calls.pop(ticket)

    def key(self) -> tuple[object, ...]:
        """All of the state as a hashable value."""
        waiting = [(executor, *map(rank, waiting)) for executor, waiting in self.waiting.items()]
        return (
            frozenset(self.clients.items()), frozenset(waiting), frozenset(self.calls), frozenset(self.begun.items()),
            frozenset(self.workers),
        )  # fmt: skip

    def copy(self) -> Tickets:
        """An independent copy."""
        twin = Tickets()
        twin.clients, twin.calls, twin.begun = self.clients.copy(), self.calls.copy(), self.begun.copy()
        twin.waiting = {executor: waiting.copy() for executor, waiting in self.waiting.items()}
        twin.workers = {worker: tickets.copy() for worker, tickets in self.workers.items()}
        return twin
