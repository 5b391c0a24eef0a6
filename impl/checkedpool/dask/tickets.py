"""The tickets that a scheduler holds: who has begun what.  A pure machine; it knows no cluster, no message, no clock.

A task may begin if its ticket is here and nobody has begun it.  A ticket leaves when its task is over for its client:
answered, revoked, or lost with what had begun it.  What is not here is refused, so a task is begun once at most,
however often the engine starts it.  One thread asks, the scheduler's, so each question is decided at once.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    Ticket: TypeAlias = tuple[str, int]
    """Of which executor, and which of its tasks."""


class Tickets:
    """Those of all executors; ``key`` and ``copy`` serve exploration."""

    def __init__(self, workers: Iterable[str] = ()) -> None:
        self.clients: dict[Ticket, str] = {}
        self.begun: dict[Ticket, str] = {}  # by which worker
        self.workers: dict[str, set[Ticket]] = {worker: set() for worker in workers}  # those that are there

    def issue(self, ticket: Ticket, client: str) -> None:
        """A client has a task; it issues each ticket once."""
        self.clients[ticket] = client

    def begin(self, ticket: Ticket, worker: str) -> str | None:
        """A worker asks; granted, it is told whose task it is.

        One that is not there any more is refused: nobody would hear of its death.
        """
        if ticket not in self.clients or ticket in self.begun or worker not in self.workers:
            return None
        self.begun[ticket] = worker
        self.workers[worker].add(ticket)
        return self.clients[ticket]

    def end(self, ticket: Ticket, worker: str) -> str | None:
        """A worker answers: to whom the answer goes, if it is that of the one that has begun."""
        return self._leave(ticket) if self.begun.get(ticket) == worker else None

    def revoke(self, tickets: Iterable[Ticket]) -> list[Ticket]:
        """A client cancels: those that had not begun, and never will."""
        waiting = [ticket for ticket in tickets if self.is_waiting(ticket)]
        for ticket in waiting:
            self._leave(ticket)
        return waiting

    def fail(self, ticket: Ticket) -> str | None:
        """The engine gives up: who is to be told that nobody will answer, whether it had begun or not."""
        return self._leave(ticket) if ticket in self.clients else None

    def worker_joined(self, worker: str) -> None:
        """It may begin tasks."""
        self.workers.setdefault(worker, set())

    def worker_lost(self, worker: str) -> list[tuple[str, Ticket]]:
        """It is gone: whose tasks it had begun and not ended.  The others wait on, for whoever asks next."""
        return [(self._leave(ticket), ticket) for ticket in sorted(self.workers.pop(worker, ()))]

    def client_lost(self, client: str) -> None:
        """It is gone: none of its tasks begins any more, and nobody waits for an answer."""
        for ticket in [ticket for ticket, whose in self.clients.items() if whose == client]:
            self._leave(ticket)

    def is_waiting(self, ticket: Ticket) -> bool:
        """Whether its task may still begin."""
        return ticket in self.clients and ticket not in self.begun

    def _leave(self, ticket: Ticket) -> str:
        worker = self.begun.pop(ticket, None)
        if worker in self.workers:
            self.workers[worker].discard(ticket)
        return self.clients.pop(ticket)

    def key(self) -> tuple[object, ...]:
        """All of the state as a hashable value."""
        return frozenset(self.clients.items()), frozenset(self.begun.items()), frozenset(self.workers)

    def copy(self) -> Tickets:
        """An independent copy."""
        twin = Tickets()
        twin.clients, twin.begun = self.clients.copy(), self.begun.copy()
        twin.workers = {worker: tickets.copy() for worker, tickets in self.workers.items()}
        return twin
