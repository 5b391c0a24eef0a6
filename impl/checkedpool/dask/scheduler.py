"""What a scheduler does with tickets: asks the table, and tells whom it names.  It decides nothing by itself.

All of it runs on the scheduler's event loop, and nothing in it waits: so no begin falls between a look and a change.
"""

from __future__ import annotations

from distributed.diagnostics.plugin import SchedulerPlugin

from checkedpool.dask import messages
from checkedpool.dask.tickets import Tickets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from distributed.scheduler import Scheduler

    from checkedpool.dask.tickets import Ticket


class TicketPlugin(SchedulerPlugin):
    """One for each scheduler, whoever registers it first."""

    name = messages.PLUGIN
    idempotent = True
    scheduler: Scheduler
    tickets: Tickets

    async def start(self, scheduler: Scheduler) -> None:
        """Listen."""
        self.scheduler, self.tickets = scheduler, Tickets(scheduler.workers)
        scheduler.handlers[messages.BEGIN] = self.begin
        scheduler.stream_handlers.update(
            {messages.ISSUE: self.issue, messages.REVOKE: self.revoke, messages.END: self.end}
        )

    # --- messages ---------------------------------------------------------------------------------------------------

    def issue(self, executor: str, numbers: list[int], client: str) -> None:
        """A client's stream keeps its order: this comes before the tasks do."""
        for number in numbers:
            self.tickets.issue((executor, number), client)

    def begin(self, executor: str, number: int, worker: str) -> bool:
        """A worker asks, and waits for the answer."""
        client = self.tickets.begin((executor, number), worker)
        if client is None:
            return False
        self._tell(client, (executor, number), messages.BEGUN)
        return True

    def end(self, executor: str, number: int, worker: str, kind: int, body: bytes) -> None:
        """A worker answers.  The answer goes on to the client; here nothing is kept."""
        client = self.tickets.end((executor, number), worker)
        if client is not None:
            self._tell(client, (executor, number), messages.ANSWERED, kind=kind, body=body)

    def revoke(self, executor: str, numbers: list[int], asked: int, client: str) -> None:
        """A client cancels, and waits for the answer: which of them will never begin."""
        revoked = [number for _, number in self.tickets.revoke((executor, number) for number in numbers)]
        self._tell(client, (executor, asked), messages.REVOKED, numbers=revoked)

    # --- what the engine does ---------------------------------------------------------------------------------------

    def add_worker(self, scheduler: Scheduler, worker: str) -> None:  # noqa: ARG002 - the engine's signature
        """It may begin."""
        self.tickets.worker_joined(worker)

    def remove_worker(self, scheduler: Scheduler, worker: str, **_: object) -> None:  # noqa: ARG002 - likewise
        """What it has begun is lost; what it has not, the engine starts elsewhere."""
        for client, ticket in self.tickets.worker_lost(worker):
            self._tell(client, ticket, messages.LOST, worker=worker)

    def remove_client(self, scheduler: Scheduler, client: str) -> None:  # noqa: ARG002 - likewise
        """Nothing of it begins any more."""
        self.tickets.client_lost(client)

    def transition(self, key: object, start: str, finish: str, **_: object) -> None:  # noqa: ARG002 - likewise
        """Hear of a task that the engine has given up.

        It does so with one that was at several workers that died, begun there or not: then it is submitted again.
        """
        if finish != "erred" or (ticket := messages.ticket_of(key)) is None:
            return
        task = self.scheduler.tasks[key]
        if task.suspicious > self.scheduler.allowed_failures and self.tickets.is_waiting(ticket):
            self._tell(self.tickets.clients[ticket], ticket, messages.AGAIN)
        elif (client := self.tickets.fail(ticket)) is not None:
            self._tell(client, ticket, messages.FAILED, text=str(task.exception_text or "no reason"))

    def _tell(self, client: str, ticket: Ticket, what: str, **more: Any) -> None:
        executor, number = ticket
        more.update(op=messages.TOLD, executor=executor, what=what, number=number)
        self.scheduler.client_send(client, more)
