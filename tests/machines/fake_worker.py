"""One worker and its channels as plain values: what a real lane would do, without a process.

Decides: what the kernel and the worker's loop guarantee (a pipe keeps order, a ticket has one taker, a dead worker
stays as it was). Must not know: the manager, other lanes, or when anything happens; `world` says that.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from checkedpool._core import messages as words
from checkedpool._core.messages import Answer, Event, Item, Seq, TaskId, Verdict
from checkedpool._core.tables import LEAVE, MARK

NOBODY = -1
BOOTING, WAITING, READING, RUNNING, GONE = "boots", "waits for a ticket", "reads frames", "runs a task", "is gone"


@dataclass
class FakeLane:
    """A worker, its call pipe, its tickets, its result pipe."""

    number: int
    capacity: int = 1_000_000
    """Frames that the call pipe takes while nobody reads."""
    state: str = BOOTING
    frames: deque[Item] = field(default_factory=deque)
    """Sent and not read by the worker, in order; the last `unwritten` of them are not wholly in the pipe."""
    unwritten: int = 0
    tickets: deque[Seq] = field(default_factory=deque)
    ticketed: dict[Seq, TaskId] = field(default_factory=dict)
    """Tickets that are neither answered nor sorted back."""
    returned: list[Seq] = field(default_factory=list)
    """Revoked by a canceller; the manager has not been told."""
    wanted: Seq = 0
    running: TaskId | None = None
    messages: deque[Event | Answer] = field(default_factory=deque)
    """Written by the worker, not read by the parent."""
    late: bool = False
    """What it has written has not been reported to the parent yet."""
    held: bool = False
    """A canceller is inside the lane's lock."""
    exitcode: int | None = None
    death_seen: bool = False
    doomed: int | None = None
    """A signal is on its way."""
    stubborn: bool = False
    """SIGTERM has no effect."""
    immortal: bool = False
    """Nor has SIGKILL: the process is in the kernel and does not come out."""
    begun: list[TaskId] = field(default_factory=list)

    # --- the parent's side ----------------------------------------------------------------------------------------

    def write(self) -> int:
        """Write what the pipe takes; how many frames are behind. Nobody reads any more: it takes everything."""
        if self.state is GONE:
            self.unwritten = 0
        room = self.capacity - (len(self.frames) - self.unwritten)
        if self.state is READING:  # the worker takes frames out as they come in
            room = max(room, 1)
        self.unwritten -= max(0, min(self.unwritten, room))
        return self.unwritten

    def whole(self, seq: Seq) -> bool:
        """Whether the frame with this number is wholly in the pipe."""
        whole = len(self.frames) - self.unwritten
        return any(item[0] == seq for item in list(self.frames)[:whole])

    def sort_back(self, unclaimed: set[TaskId]) -> None:
        """Revoke all tickets: their tasks can be claimed again."""
        while self.tickets:
            seq = self.tickets.popleft()
            task = self.ticketed.pop(seq, None)
            if task is not None:
                unclaimed.add(task)
            self.returned.append(seq)

    def unread_numbers_clash(self) -> bool:
        """Whether two frames that the worker has not read bear one number."""
        numbers = [seq for seq, _ in self.frames if seq != MARK]
        return len(set(numbers)) < len(numbers)

    # --- the worker's side ----------------------------------------------------------------------------------------

    def boot(self, failure: object = None) -> None:
        """Run the initializer."""
        if failure is None:
            self.messages.append(words.Ready(self.number))
            self.state = WAITING
        else:
            self.messages.append(words.InitializerFailed(self.number, failure))
            self.die(1)

    def take(self) -> None:
        """Take a ticket if there is one, and go on to the call; or as far as the frames reach."""
        if self.state is WAITING and self.tickets:
            self.wanted = self.tickets.popleft()
            if self.wanted == LEAVE:
                self.die(0)
                return
            self.state = READING
        while self.state is READING and len(self.frames) > self.unwritten:
            seq, task = self.frames.popleft()
            if seq == self.wanted == MARK:
                self.messages.append(Answer(MARK, Verdict.PLAIN, None))
                self.state = WAITING
            elif seq == self.wanted:
                assert self.ticketed.get(seq) == task, f"ticket {seq} of task {self.ticketed.get(seq)} runs {task}"
                self.state, self.running = RUNNING, task
                self.begun.append(task)

    def finish(self, verdict: Verdict = Verdict.PLAIN) -> None:
        """Answer the task that runs."""
        assert self.running is not None
        self.messages.append(Answer(self.wanted, verdict, f"value of {self.running}"))
        self.ticketed.pop(self.wanted)
        self.state, self.running = WAITING, None

    def fill(self) -> None:
        """Say that its memory is over the limit; the answer to the task that runs follows."""
        self.messages.append(words.Filled(self.number))

    def die(self, exitcode: int) -> None:
        """The process ends; what it held stays held."""
        if self.state is not GONE:
            self.state, self.exitcode, self.doomed = GONE, exitcode, None

    @property
    def moves(self) -> bool:
        """Whether the worker can do something by itself."""
        if self.state is READING:
            return len(self.frames) > self.unwritten
        return self.state in (BOOTING, RUNNING) or (self.state is WAITING and bool(self.tickets))

    def move(self) -> None:
        """Do the next thing."""
        if self.state is BOOTING:
            self.boot()
        elif self.state is RUNNING:
            self.finish()
        else:
            self.take()

    def events(self) -> list[Event]:
        """What the parent reads out of the result pipe, in one go."""
        found: list[Event] = []
        answers: list[Answer] = []
        while self.messages:
            message = self.messages.popleft()
            if isinstance(message, Answer):
                answers.append(message)
            else:
                found.append(message)
        if answers:
            found.append(words.Answered(self.number, tuple(answers)))
        return found
