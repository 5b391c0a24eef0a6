"""The manager's machine in a small world without processes: its commands are performed on fake lanes.

Decides: what comes of each command, as the real platform would have it, and what can be said to the machine when it
wakes up. Must not know: in what order things happen; a test (or chance) says so. The rules that must hold at every
moment are in `rules`.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from checkedpool._core import messages
from checkedpool._core.by_priority import Ranked
from checkedpool._core.manager import Manager, Settings
from checkedpool._core.messages import Command, Death, Event, TaskId, Verdict, WorkerNo
from checkedpool._core.tables import LEAVE, MARK
from checkedpool._fast.dispatch_rules import LendingManager
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.machines.fake_worker import BOOTING, GONE, NOBODY, FakeLane
from tests.machines.fakeloan import FakeLoan

STATUS_LIMIT = 1.0
RESTLESS = 40
"""Steps in one wake-up that are too many."""


@dataclass
class Task:
    """What has become of one call of submit, and of its future."""

    id: TaskId
    deferred: bool = False
    called_back: bool = False
    """It has a callback: telling it leaves something owing."""
    known: bool = False
    """The manager's platform holds its future."""
    end: str | None = None
    locked: bool = False
    """A canceller is inside the future's lock."""
    death: Death | None = None
    callbacks_ran: bool = False
    accepted: bool = False
    """submit has returned its future."""


@dataclass
class World:
    """All there is. Commands that were performed are kept in `commands`, for tests to look at."""

    settings: Settings
    forked: int = 0
    capacity: int = 1_000_000
    now: float = 1.0

    manager_type: ClassVar[type[Manager]] = LendingManager

    def __post_init__(self) -> None:
        self.manager = self.manager_type(self.settings, born=range(self.forked))
        self.lanes = {number: FakeLane(number, self.capacity) for number in range(self.forked)}
        self.tasks: dict[TaskId, Task] = {}
        self.unclaimed: set[TaskId] = set()
        self.inbox: deque[Event] = deque()
        self.starting: set[WorkerNo] = set()
        self.abandoned: set[WorkerNo] = set()
        self.reaping: dict[WorkerNo, float] = {}
        self.statuses_are_slow = False
        self.stolen = False
        self.jobs: deque[messages.Deliver | messages.Call | messages.Pickle] = deque()
        self.unsettled: dict[TaskId, tuple[str | None, Death | None]] = {}
        self.delivered: dict[TaskId, Task | None] = {}
        self.user_threads = 1
        self.loan: FakeLoan | None = None
        self.closed = self.broken = self.prioritizes = False
        self.strongest = ShutdownLevel.OPEN
        self.events: list[Event] = []
        self.commands: list[Command] = []
        self.between: Callable[[], None] = lambda: None
        """Called between any two commands: the world goes on while the manager works."""
        self.after_step: Callable[[tuple[Command, ...]], None] = lambda _: None
        """Called with the commands of every step, before they are performed."""

    # --- the manager ----------------------------------------------------------------------------------------------

    def wake(self) -> list[Command]:
        """The manager wakes up, takes in all there is, and acts until nothing more comes of it: the drive loop."""
        before, steps = len(self.commands), 0
        events = self.seen()
        while events and not self.manager.finished:
            steps += 1
            assert steps < RESTLESS, f"the manager does not come to rest: {self.commands[-4:]}"
            commands = self.manager.step(events)
            self.after_step(commands)
            events = self.perform(commands)
            if not events and self.due():
                events = self.seen()
        return self.commands[before:]

    def due(self) -> bool:
        """Whether the manager would wake up at once."""
        return not self.manager.finished and self.deadline() <= self.now

    def deadline(self) -> float:
        """When the manager wakes up by itself."""
        deadline = self.manager.deadline()
        return min([math.inf if deadline is None else deadline, *self.reaping.values()])

    def pass_time(self, seconds: float) -> list[Command]:
        """Time goes by, then the manager wakes up."""
        self.now += seconds
        return self.wake()

    def perform(self, commands: Sequence[Command]) -> list[Event]:
        """What the real platform does, in the same order."""
        for command in commands:
            self.between()
            if not isinstance(
                command, messages.Lend
            ):  # that is an offer, and ends nearly every row: `loan` is the last one
                self.commands.append(command)
            getattr(self, f"_{type(command).__name__.lower()}")(command)
        events, self.events = self.events, []
        return events

    def seen(self) -> list[Event]:
        """What has happened since the manager looked last: the time, the inbox, results and room, deaths, statuses."""
        found: list[Event] = [messages.Tick(self.now)]
        if self.loan is not None:
            if self.loan.used is not None:
                self.tasks[self.loan.used].known = True
            found.append(self.loan.recall(self.inbox))
            self.loan = None
        while self.inbox:
            found += self._post(self.inbox.popleft())
        for lane in self.lanes.values():
            if lane.messages and not lane.late:
                found += lane.events()
            if lane.unwritten and lane.write() >= 0:
                found.append(messages.Sent(lane.number, lane.unwritten))
        for lane in self.lanes.values():
            if lane.state is GONE and not lane.death_seen:
                lane.death_seen = True
                found.append(messages.Ended(lane.number))
        for number in list(self.reaping):
            found += self._status(number)
        return found

    def _post(self, post: Event) -> list[Event]:
        match post:
            case messages.Submitted(ids):
                for task in ids:
                    self.tasks[task].known = True
            case messages.Withdrawn(task) | messages.PickleFailed(task):
                self.tasks[task].known = False
            case messages.Requested(level):
                self.strongest = max(self.strongest, level)
            case messages.Started(number):
                self.starting.discard(number)
                if number in self.abandoned:
                    return [post]
                self.lanes[number] = FakeLane(number, self.capacity)
            case messages.StartFailed(number):
                self.starting.discard(number)
        return [post]

    # --- commands on lanes --------------------------------------------------------------------------------------

    def _start(self, command: messages.Start) -> None:
        self.starting.add(command.lane)

    def _send(self, command: messages.Send) -> None:
        lane, gone = self.lanes[command.lane], []
        for seq, task in command.items:
            if task not in self.unclaimed or not self.tasks[task].known:
                gone.append(task)
                continue
            lane.frames.append((seq, task))
            lane.unwritten += 1
        assert not lane.unread_numbers_clash(), f"two unread frames of lane {command.lane} bear one number"
        self.events.append(messages.Sent(command.lane, lane.write(), tuple(gone)))

    def _issue(self, command: messages.Issue) -> None:
        lane = self.lanes[command.lane]
        if lane.held or lane.returned:  # what was taken back comes first
            self.events.append(messages.Busy(command.lane))
            return
        gone = []
        for seq, task in command.items:
            assert lane.whole(seq) or not (lane.tickets or lane.running is not None), "a ticket for half a frame"
            if task in self.unclaimed:
                self.unclaimed.discard(task)
                lane.ticketed[seq] = task
                lane.tickets.append(seq)
            else:
                gone.append(task)
        self.events.append(messages.Issued(command.lane, tuple(gone)))

    def _lend(self, command: messages.Lend) -> None:
        assert self.loan is None, "two workers are lent"
        self.loan = FakeLoan(self.lanes[command.lane], command.seq)

    def _revoke(self, command: messages.Revoke) -> None:
        lane = self.lanes[command.lane]
        if lane.held:
            self.events.append(messages.Busy(command.lane))
            return
        lane.sort_back(self.unclaimed)
        seqs, lane.returned = tuple(lane.returned), []
        self.events.append(messages.Revoked(command.lane, seqs))

    def _mark(self, command: messages.Mark) -> None:
        lane = self.lanes[command.lane]
        lane.frames.append((MARK, NOBODY))
        lane.unwritten += 1
        self.events.append(messages.Sent(command.lane, lane.write()))
        assert not lane.tickets, "a marked frame for a worker that has something to do"
        lane.tickets.append(MARK)

    def _leave(self, command: messages.Leave) -> None:
        assert not self.lanes[command.lane].tickets, "told to leave with tasks in its hands"
        self.lanes[command.lane].tickets.append(LEAVE)

    def _signal(self, command: messages.Signal) -> None:
        lane = self.lanes[command.lane]
        if lane.state is not GONE and not lane.immortal and (command.force or not lane.stubborn):
            lane.doomed = -9 if command.force else -15

    def _drain(self, command: messages.Drain) -> None:
        self.events += [*self.lanes[command.lane].events(), messages.Drained(command.lane)]

    def _reap(self, command: messages.Reap) -> None:
        self.reaping[command.lane] = self.now + STATUS_LIMIT
        self.events += self._status(command.lane)

    def _status(self, number: WorkerNo) -> list[Event]:
        lane = self.lanes[number]
        if (lane.state is not GONE or self.statuses_are_slow) and self.now < self.reaping[number]:
            return []
        del self.reaping[number]
        return [messages.Reaped(number, None if self.stolen else lane.exitcode)]

    def _close(self, command: messages.Close) -> None:
        lane = self.lanes.pop(command.lane, None)
        if lane is None:
            self.starting.discard(command.lane)
            self.abandoned.add(command.lane)

    # --- commands on futures ------------------------------------------------------------------------------------

    def _settle(self, command: messages.Settle) -> None:
        self._tell([task for task, _ in command.results], "value")

    def _cancel(self, command: messages.Cancel) -> None:
        self._tell(command.ids, "cancelled")

    def _fail(self, command: messages.Fail) -> None:
        self._tell(command.ids, "broken", command.death)

    def _tell(self, ids: Sequence[TaskId], end: str, death: Death | None = None) -> None:
        for number in ids:
            task = self.tasks[number]
            if not task.known:
                continue
            task.known = False
            if task.locked:
                self.unsettled[number] = end, death
                self.events.append(messages.Settled(number))
                continue
            told = task.end is None
            self.end(task, end, death)
            if told and task.called_back:
                self.unsettled[number] = None, None
                self.events.append(messages.Settled(number))

    def end(self, task: Task, end: str, death: Death | None = None) -> None:
        """A future is completed; the first one counts."""
        self.unclaimed.discard(task.id)
        if task.end is None:
            task.end, task.death = end, death

    def _deliver(self, command: messages.Deliver) -> None:
        task = self.tasks[command.id]
        self.delivered[command.id] = task if task.known else None
        task.known = False
        self.jobs.append(command)

    def _call(self, command: messages.Call) -> None:
        self.jobs.append(command)

    def _pickle(self, command: messages.Pickle) -> None:
        assert self.tasks[command.id].known, "a future that the platform does not have is to be pickled"
        self.jobs.append(command)

    def _break(self, _: messages.Break) -> None:
        self.broken = True

    def _adduserthread(self, _: messages.AddUserThread) -> None:
        self.user_threads += 1

    def _finish(self, _: messages.Finish) -> None:
        assert not self.lanes, "ended with workers"
        assert not self.jobs, "ended with jobs"

    # --- what others do -------------------------------------------------------------------------------------------

    def submit(
        self, count: int = 1, *, deferred: bool = False, called_back: bool = False, priority: int = 0
    ) -> list[TaskId]:
        """Submit tasks, one after the other."""
        tasks = [self.publish(deferred=deferred, called_back=called_back, priority=priority) for _ in range(count)]
        for task in tasks:
            self.look_again(task)
        return [task.id for task in tasks]

    def publish(self, *, deferred: bool = False, called_back: bool = False, priority: int = 0) -> Task:
        """The part of submit that makes a task claimable and posts it."""
        number = len(self.tasks)
        task = Task(Ranked(number, priority) if priority else number, deferred, called_back)
        self.tasks[task.id] = task
        self.unclaimed.add(task.id)
        self.prioritizes = self.prioritizes or priority != 0
        kind = messages.Prioritized if self.prioritizes else messages.Submitted
        self.inbox.append(kind((task.id,), deferred))
        return task

    def look_again(self, task: Task) -> None:
        """The second look of submit: withdraw the task if the pool is closed or broken now."""
        if (self.closed or self.broken) and task.id in self.unclaimed:
            self.unclaimed.discard(task.id)
            task.end = "refused"
        else:
            task.accepted = True

    def issue_alone(self, task: Task) -> bool:
        """The end of a submit: issue the task to the worker that the sleeping manager has lent, if it can be done."""
        return self.loan is not None and self.loan.use(task.id, self.inbox, self.unclaimed)

    def request(self, level: ShutdownLevel) -> None:
        """Shut down, terminate, kill."""
        self.closed = True
        self.inbox.append(messages.Requested(level))

    def cancel(self, number: TaskId) -> bool | None:
        """Cancel in one go: True if it is cancelled, False if a worker has begun it or it has ended."""
        task = self.tasks[number]
        if task.end is not None:
            return task.end == "cancelled"
        lane = self.lane_of(number)
        if number not in self.unclaimed and lane is not None:
            self.inbox.append(messages.RevokedByCanceller(lane.number))
            lane.sort_back(self.unclaimed)
        if number not in self.unclaimed:
            if lane is not None:
                self.inbox.append(messages.RevokedByCanceller(lane.number))
            return False
        self.end(task, "cancelled")
        self.inbox.append(messages.Withdrawn(number))
        if lane is not None:
            self.inbox.append(messages.RevokedByCanceller(lane.number))
        return True

    def stop(self, number: TaskId, *, force: bool = False) -> bool:
        """Stop in one go: True if it is cancelled now."""
        task = self.tasks[number]
        if self.cancel(number) is False and task.end is None:
            self.inbox.append(messages.StopRequested(number, force))
            self.end(task, "cancelled")
        return task.end == "cancelled"

    def lane_of(self, number: TaskId) -> FakeLane | None:
        """The lane in which the task's ticket is or was."""
        return next((lane for lane in self.lanes.values() if number in lane.ticketed.values()), None)

    def start(self, number: WorkerNo | None = None, cause: object = None) -> WorkerNo:
        """The start that is under way succeeds, or fails."""
        number = min(self.starting) if number is None else number
        self.starting.discard(number)
        self.inbox.append(messages.Started(number) if cause is None else messages.StartFailed(number, cause))
        return number

    def do_job(self, *, fails: bool = False) -> None:
        """A user-code thread does the next job."""
        match self.jobs.popleft():
            case messages.Deliver(number, verdict):
                task = self.delivered.pop(number)
                if task is not None:
                    self.end(task, "error" if verdict is Verdict.ERROR else "value")
                    task.callbacks_ran = True
            case messages.Call(number):
                end, death = self.unsettled.pop(number)
                if end is not None:
                    self.end(self.tasks[number], end, death)
                self.tasks[number].callbacks_ran = True
            case messages.Pickle(number):
                if fails and number in self.unclaimed:
                    self.end(self.tasks[number], "error")
                    self.tasks[number].callbacks_ran = True
                self.inbox.append(messages.PickleFailed(number) if fails else messages.Pickled(number))
        self.inbox.append(messages.JobDone())

    def boot_all(self) -> None:
        """Every worker that boots is ready, and the manager knows."""
        for lane in self.lanes.values():
            if lane.state is BOOTING:
                lane.boot()
        self.wake()
