"""A cluster of any size in simulated time: the real table of tickets decides, and one scheduler pays for each message.

Decides: what happens when.  Must not know: what a message costs on a real scheduler (``costs``), and any cluster.

The scheduler is one event loop: what comes to it waits its turn.  A client keeps slots ahead of the workers, as many as
tasks; a worker has a thread or several, and is sent one slot more than it has threads.  A thread asks for a ticket,
waits for the answer, runs the task, and answers.  It takes no second task in the same slot: that pays with short ones.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from checkedpool.dask.tickets import Tickets

if TYPE_CHECKING:
    from collections.abc import Callable

CLIENT, EXECUTOR = "client", "executor"


class Costs(NamedTuple):
    """Seconds of the scheduler's processor."""

    message: float
    """One that it reads and answers, whatever is in it."""
    ticket: float
    """Each ticket in one, with the word of it to the client."""
    revoke: float = 0.0
    """Each ticket that is taken back: the client has one word for all of them."""
    engine: float = 0.0
    """Of each task, what the engine does besides: half of it when it comes, half when it ends."""


class Size(NamedTuple):
    """A cluster and its work."""

    workers: int
    tasks: int
    seconds: float
    """What a task takes on average: from half to three halves of it."""
    threads: int = 1
    latency: float = 0.0002
    """Seconds from one machine to another."""
    together: bool = False
    """Whether a worker asks one question at a time, for all tickets that its threads want by then."""
    group: int = 100
    """How many tasks the client sends at once."""
    revoked: int = 0
    """With the first answer the client cancels all that waits, so many tickets in a message, and the next when that is
    answered; 0: it cancels nothing."""


@dataclass
class Worker:
    """What one has; its threads are all alike."""

    idle: int
    waiting: int = 0
    """Slots that it was sent."""
    wanted: int = 0
    """How many of its threads wait for tickets for which nobody has asked."""
    asking: bool = False


class Result(NamedTuple):
    """What came of it."""

    seconds: float
    """Until the last answer was with the client."""
    cancelled: float
    """In how many seconds the client heard of all that were revoked."""
    busy: float
    """In which share of that the scheduler worked."""
    messages: int
    begun: int
    """How often a ticket was granted: of each task once."""
    revoked: int
    waits: list[float]
    """How long each question took, from the thread that asked back to it."""

    @property
    def rate(self) -> float:
        """Tasks a second."""
        return self.begun / self.seconds


class Cluster:
    """One run."""

    def __init__(self, size: Size, costs: Costs) -> None:
        self.size, self.costs = size, costs
        self.tickets = Tickets(str(number) for number in range(size.workers))
        self.workers = [Worker(size.threads) for _ in range(size.workers)]
        self.now = self.free = self.busy = self.asked = self.cancelled = self.over = 0.0
        self.messages = self.begun = self.issued = self.ended = self.revoked = 0
        self.queued: deque[int] = deque()
        """The slots that the engine has, and no worker: each by the task for which it was made."""
        self.room = deque(number for _ in range(size.threads + 1) for number in range(size.workers))
        """Workers that may be sent a slot."""
        self.waits: list[float] = []
        self._order, self._random = count(), random.Random(0)
        self._ahead: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []

    def run(self) -> Result:
        """All tasks, one after the other as they may."""
        for _ in range(1 + (self.size.tasks if self.size.revoked else 2 * len(self.room)) // self.size.group):
            self._client_sends()
        while self._ahead:
            self.now, _, happens, what = heapq.heappop(self._ahead)
            happens(*what)
        busy = self.busy / self.over
        return Result(self.over, self.cancelled, busy, self.messages, self.begun, self.revoked, self.waits)

    def _later(self, when: float, happens: Callable[..., None], *what: Any) -> None:
        heapq.heappush(self._ahead, (when, next(self._order), happens, what))

    def _pays(self, tickets: int, more: float = 0.0) -> float:
        """The scheduler has its turn with a message: when its answers are where they go."""
        cost = self.costs.message + tickets * self.costs.ticket + more
        self.free = max(self.now, self.free) + cost
        self.busy += cost
        self.messages += 1
        return self.free + self.size.latency

    # --- the client -------------------------------------------------------------------------------------------------

    def _client_sends(self) -> None:
        first, self.issued = self.issued, min(self.issued + self.size.group, self.size.tasks)
        if first < self.issued:
            self._later(self.now + self.size.latency, self._scheduler_takes, range(first, self.issued))

    def _client_hears(self) -> None:
        self.ended += 1
        self.over = self.now
        if self.size.revoked and self.ended == 1:
            self.asked = self.now
            self.waits.clear()
            self._client_cancels(0)
        elif self.ended % self.size.group == 0:
            self._client_sends()

    def _client_cancels(self, first: int) -> None:
        self.cancelled = self.now - self.asked
        last = min(first + self.size.revoked, self.size.tasks)
        if first < last:
            self._later(self.now + self.size.latency, self._scheduler_revokes, range(first, last))

    # --- the scheduler ----------------------------------------------------------------------------------------------

    def _scheduler_takes(self, tasks: range) -> None:
        there = self._pays(len(tasks), len(tasks) * self.costs.engine / 2)
        for task in tasks:
            self.tickets.issue((EXECUTOR, task), CLIENT)
        self.queued.extend(tasks)
        self._assign(there)

    def _assign(self, there: float) -> None:
        while self.queued and self.room:
            task = self.queued.popleft()
            if self.tickets.is_waiting((EXECUTOR, task)):  # else the engine has been told to drop it
                self._later(there, self._worker_gets, self.room.popleft())

    def _scheduler_decides(self, number: int, wanted: int, asked: float) -> None:
        there = self._pays(wanted)
        for _ in range(wanted):
            granted = self.tickets.begin(EXECUTOR, str(number))
            self.waits.append(there - asked)
            if granted is not None:
                self.begun += 1
                over = there + self.size.seconds * self._random.uniform(0.5, 1.5)
                self._later(over, self._worker_ends, number, granted.number)
            else:
                self._later(there, self._worker_lets_go, number)
        self._later(there, self._worker_hears, number)

    def _scheduler_hears(self, number: int, task: int) -> None:
        there = self._pays(1, self.costs.engine / 2)
        if self.tickets.end((EXECUTOR, task), str(number)) is not None:
            self._later(there, self._client_hears)
        self.room.append(number)
        self._assign(there)

    def _scheduler_revokes(self, tasks: range) -> None:
        there = self._pays(0, more=len(tasks) * self.costs.revoke)
        self.revoked += len(self.tickets.revoke((EXECUTOR, task) for task in tasks))
        self._later(there, self._client_cancels, tasks.stop)

    # --- a worker ---------------------------------------------------------------------------------------------------

    def _worker_gets(self, number: int) -> None:
        self.workers[number].waiting += 1
        self._begin(number)

    def _worker_hears(self, number: int) -> None:
        self.workers[number].asking = False
        self._ask(number)

    def _worker_lets_go(self, number: int) -> None:
        self.workers[number].idle += 1
        self._begin(number)

    def _worker_ends(self, number: int, task: int) -> None:
        self.workers[number].idle += 1
        self._later(self.now + self.size.latency, self._scheduler_hears, number, task)
        self._begin(number)

    def _begin(self, number: int) -> None:
        worker = self.workers[number]
        while worker.idle and worker.waiting:
            worker.idle -= 1
            worker.waiting -= 1
            worker.wanted += 1
        self._ask(number)

    def _ask(self, number: int) -> None:
        worker = self.workers[number]
        while worker.wanted and not (self.size.together and worker.asking):
            worker.asking = True
            now = worker.wanted if self.size.together else 1
            worker.wanted -= now
            self._later(self.now + self.size.latency, self._scheduler_decides, number, now, self.now)
