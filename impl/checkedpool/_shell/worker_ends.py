"""The worker's ends of its channels, as they go to it.  Decides nothing; a worker imports no more than this."""

from __future__ import annotations

from multiprocessing.context import get_spawning_popen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import SocketType
    from typing import Any

    from checkedpool._shell.channels import Channel
    from checkedpool._shell.ends import End


class WorkerEnds:
    """The ends that go to the worker; pickled into it, or inherited by it."""

    popen: Any = None
    """multiprocessing's hold on the process for which they have been pickled, while that is being started."""

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

    def __getstate__(self) -> dict[str, object]:
        state = vars(self).copy()
        self.popen = get_spawning_popen()
        return state
