"""The worker's ends of its channels, as they go to it.  Decides nothing; a worker imports no more than this."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import SocketType

    from checkedpool._shell.channels import Channel
    from checkedpool._shell.ends import End


class WorkerEnds:
    """The ends that go to the worker; pickled into it, or inherited by it."""

    def __init__(
        self, call: Channel, tickets: SocketType, result: Channel, lifeline: Channel, memory: SocketType | None
    ) -> None:
        self.call = call
        self.tickets = tickets
        self.result = result
        self.lifeline = lifeline
        self.memory = memory

    def all(self) -> tuple[End, ...]:
        """Every end."""
        ends = self.call, self.tickets, self.result, self.lifeline
        return ends if self.memory is None else (*ends, self.memory)
