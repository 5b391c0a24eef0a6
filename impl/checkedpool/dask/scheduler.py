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


class TicketPlugin(SchedulerPlugin):
    """One for each scheduler, whoever registers it first."""

    name = messages.PLUGIN
    idempotent = True
    scheduler: Scheduler
    tickets: Tickets

    async def start(self, scheduler: Scheduler) -> None:
        """Listen."""
        self.scheduler, self.tickets = scheduler, Tickets(scheduler.workers)
        self.gone: set[str] = set()  # executors whose client was lost; it may come back, and they do not
        scheduler.handlers[messages.BEGIN] = self.begin
        handlers = {messages.ISSUE: self.issue, messages.REVOKE: self.revoke, messages.END: self.end}
        scheduler.stream_handlers.update({**handlers, messages.FAIL: self.fail})

    # --- messages ---------------------------------------------------------------------------------------------------

    def issue(self, executor: str, numbers: list[int], calls: list[bytes], priorities: list[str], client: str) -> None:
        """A client's stream keeps its order: this comes before what asks for them."""
        for number, call, priority in zip(numbers, calls, priorities, strict=True):
            self.tickets.issue((executor, number), client, call, messages.priority_of(priority))

    def begin(
        self, executor: str, slot: int, worker: str, client: str, ended: tuple[int, int, bytes] | None
    ) -> tuple[int, bytes] | None:
        """A worker asks, and waits for the answer: which task it may run."""
        over = None if ended is None else self.tickets.end((executor, ended[0]), worker)
        granted = self.tickets.begin(executor, worker, slot)
        if ended is not None and over is not None:
            self._answered(over, executor, ended, None if granted is not None else slot)
        elif granted is None and worker in self.tickets.workers:  # else the engine starts it again elsewhere
            self._tell(client, executor, slot, messages.SPENT, asked=True)
        if granted is None:
            return None
        self._tell(granted.client, executor, granted.number, messages.BEGUN, slot=slot)
        return granted.number, granted.call

    def end(self, executor: str, slot: int, ended: tuple[int, int, bytes], worker: str) -> None:
        """A worker answers, and the slot is over.  The answer goes on to the client; here nothing is kept."""
        client = self.tickets.end((executor, ended[0]), worker)
        if client is not None:
            self._answered(client, executor, ended, slot)

    def fail(self, executor: str, slot: int, text: str, client: str, worker: str) -> None:  # noqa: ARG002 - the engine's signature
        """A worker could not ask or answer, and lives: nobody knows what has become of what it had begun."""
        failed = self.tickets.fail(executor, slot)
        if failed is None:
            self._tell(client, executor, slot, messages.SPENT, asked=False)
        else:
            self._tell(client, executor, failed[1], messages.FAILED, slot=slot, text=text)

    def revoke(self, executor: str, numbers: list[int], asked: int, client: str) -> None:
        """A client cancels, and waits for the answer: which of them will never begin."""
        revoked = [number for _, number in self.tickets.revoke((executor, number) for number in numbers)]
        self._tell(client, executor, asked, messages.REVOKED, numbers=revoked)

    # --- what the engine does ---------------------------------------------------------------------------------------

    def add_worker(self, scheduler: Scheduler, worker: str) -> None:  # noqa: ARG002 - the engine's signature
        """It may begin."""
        self.tickets.worker_joined(worker)

    def remove_worker(self, scheduler: Scheduler, worker: str, **_: object) -> None:  # noqa: ARG002 - likewise
        """What it has begun is lost; what it has not waits on."""
        for client, (executor, number), slot in self.tickets.worker_lost(worker):
            self._tell(client, executor, number, messages.LOST, worker=worker, slot=slot)

    def remove_client(self, scheduler: Scheduler, client: str) -> None:  # noqa: ARG002 - likewise
        """Nothing of it begins any more."""
        self.gone.update(executor for (executor, _), whose in self.tickets.clients.items() if whose == client)
        self.tickets.client_lost(client)

    def transition(self, key: object, start: str, finish: str, **_: object) -> None:  # noqa: ARG002 - likewise
        """Hear of a slot that the engine has given up.

        It does so with one that was at several workers that died, asked there or not: then the client starts another.
        Of one in which a task had begun it hears by the death (``remove_worker``), which comes next.
        """
        if finish != "erred" or (slot := messages.slot_of(key)) is None:
            return
        executor, number = slot
        task = self.scheduler.tasks[key]
        if task.suspicious > self.scheduler.allowed_failures:
            for client in () if self.tickets.begun_in(executor, number) else task.who_wants or ():
                self._tell(client.client_key, executor, number, messages.SPENT, asked=False)
        elif (failed := self.tickets.fail_first(executor)) is not None:  # it has not asked
            text = str(task.exception_text or "no reason")
            self._tell(failed[0], executor, failed[1], messages.FAILED, slot=number, text=text)

    def _answered(self, client: str, executor: str, ended: tuple[int, int, bytes], spent: int | None) -> None:
        number, kind, body = ended
        self._tell(client, executor, number, messages.ANSWERED, kind=kind, body=body, slot=spent)

    def _tell(self, client: str, executor: str, number: int, what: str, **more: Any) -> None:
        if executor in self.gone:  # the engine's client, where it comes back, wants to hear of nothing else first
            return
        more.update(op=messages.TOLD, executor=executor, what=what, number=number)
        self.scheduler.client_send(client, more)
