"""What the suite asks of a world: commands, what comes of them, tasks, and what the environment does.

Decides: the words of the suite. Must not know: either world.
"""

from __future__ import annotations

import pickle
from abc import ABC, abstractmethod
from collections.abc import Iterable

from checkedpool._core import messages
from checkedpool._core.messages import Command, Event, Item, Verdict

__all__ = ["ROOM", "Bench", "answers"]

ROOM = 1 << 16
"""Bytes of a pipe: what Linux gives by default; the simulated ones are made so."""


class Bench(ABC):
    """A platform with one worker, lane 0, and no manager: the test orders and looks."""

    starts: tuple[Event, ...]
    """What is told of the start, before the worker is ready."""
    reaps = True
    """Whether the process is this one's child, so that its status can be taken away."""

    @abstractmethod
    def perform(self, *commands: Command) -> list[Event]:
        """Perform; what is known at once."""

    @abstractmethod
    def until(self, *wanted: type[Event]) -> list[Event]:
        """Wait until each of these has come, not for ever; all that has come, the time left out."""

    @abstractmethod
    def now(self) -> list[Event]:
        """What is there to be told now."""

    @abstractmethod
    def submit(self, fn: object, *args: object, **kwargs: object) -> int:
        """Post a task; its number."""

    @abstractmethod
    def gated(self, *, deaf: bool = False, leaves: bool = False) -> int:
        """Post a task that stops in the middle, after it ignored SIGTERM or left a process behind."""

    @abstractmethod
    def until_it_stops(self) -> None:
        """Wait until the worker stands at the gate."""

    @abstractmethod
    def open(self) -> None:
        """Let it go on."""

    @abstractmethod
    def until_it_is_stuck(self) -> None:
        """Wait until the worker is in the middle of writing what no pipe holds."""

    @abstractmethod
    def kill(self) -> None:
        """SIGKILL from outside."""

    @abstractmethod
    def is_at_its_end(self) -> bool:
        """Whether the result pipe has come to its end of file: nobody can write into it any more, nothing is in it."""

    @abstractmethod
    def steal_status(self) -> None:
        """The user's program takes the exit status of the worker, which has ended."""

    @abstractmethod
    def cancel(self, number: int) -> None:
        """Cancel a task that was not issued."""

    @abstractmethod
    def enter_lane(self) -> None:
        """A canceller is at the lane's tickets."""

    @abstractmethod
    def leave_lane(self) -> None:
        """And has gone."""

    @abstractmethod
    def close(self) -> None:
        """Leave nothing behind."""

    # --- what follows from these ------------------------------------------------------------------------------------

    def ready(self) -> None:
        """The worker takes tickets."""
        assert self.until(messages.Ready) == [*self.starts, messages.Ready(0)]

    def deal(self, *numbers: int) -> tuple[Item, ...]:
        """Take these tasks in, send them and put their tickets out."""
        items = self.send(*numbers)
        assert self.perform(messages.Issue(0, items)) == [messages.Issued(0)]
        return items

    def send(self, *numbers: int) -> tuple[Item, ...]:
        """Take these tasks in and send them; their frames bear their numbers."""
        self.take_in(*numbers)
        items = tuple((number, number) for number in numbers)
        assert self.perform(messages.Send(0, items)) == [messages.Sent(0, 0)]
        return items

    def take_in(self, *numbers: int) -> None:
        """Have the platform tell of these tasks, of each by itself."""
        assert self.until(messages.Submitted) == [messages.Submitted((number,)) for number in numbers]


def answers(events: Iterable[Event]) -> list[tuple[int, Verdict, object]]:
    """Of each answer: ticket, verdict, value."""
    told = (answer for out in events if isinstance(out, messages.Answered) for answer in out.answers)
    return [
        (answer.seq, answer.verdict, pickle.loads(body))
        for answer in told
        if isinstance(body := answer.body, bytes | bytearray)
    ]
