"""The real platform: performs the manager's commands on processes, pipes and futures, and waits for what happens.

Decides nothing but how long an exit status may take to come.  ``Reactor`` waits for everything at once: a wake-up,
results, room in call pipes, deaths, statuses; ``Statuses`` are those of dead workers that have not come yet.
"""

from __future__ import annotations

import time
from functools import partial
from operator import itemgetter

from checkedpool._core import messages
from checkedpool._core.tables import LEAVE, MARK
from checkedpool._os import system
from checkedpool._os.locks import Latch, are_greenlets
from checkedpool._payload.pickling import HEADER, NOTHING, Kind, header, loads
from checkedpool._pool import user_code
from checkedpool._pool.shared import CANCELLED_END, Ending, PoolFuture, Sleep, Wakeup, error_end, value_end
from checkedpool._pool.user_code import UserThreads
from checkedpool.errors import BrokenErrors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any, ClassVar, TypeAlias

    from checkedpool._core.messages import Command, Event, TaskId, WorkerNo
    from checkedpool._payload.pickling import Frame
    from checkedpool._pool.shared import Shared
    from checkedpool._pool.worker_channels import Starter, WorkerChannels

    Ready: TypeAlias = tuple[int, WorkerChannels]

AnyFuture: TypeAlias = "PoolFuture[Any]"
CALL, BEGUN = int(Kind.CALL), int(Kind.BEGUN)
COUNTED = 4096
"""Frames below this many bytes are not counted in the budget: there the objects around them weigh more."""
VERDICTS: dict[int, messages.Verdict] = {
    Kind.PLAIN: messages.Verdict.PLAIN,
    Kind.VALUE: messages.Verdict.VALUE,
    Kind.ERROR: messages.Verdict.ERROR,
}
WORDS: dict[int, Callable[[WorkerNo, Any], Event]] = {
    Kind.READY: lambda lane, _: messages.Ready(lane),
    Kind.INITIALIZER_FAILED: messages.InitializerFailed,
    Kind.FILLED: lambda lane, _: messages.Filled(lane),
}
"""What a worker says first, and what it says beside its answers."""
TAKES: dict[type, str] = {
    Latch: "_take_barrier", messages.Started: "_take_started", messages.StartFailed: "_take_started",
    messages.Withdrawn: "_take_gone", messages.PickleFailed: "_take_gone",
}  # fmt: skip
"""By which method a post is taken that is neither a task nor an event that only the machine is told of."""
LONGEST = 86400.0
"""Seconds that a selector can take for granted; a later deadline is slept for in pieces."""
RESULT, ROOM, STATUS, DEATH = range(4)
"""Of a lane: an answer, or the end of them; the call pipe takes more; multiprocessing may have something to say about
its end; its process has ended.  They are heard in this order: a death after all answers that were there."""
HEARS = {RESULT: "_read", ROOM: "_write", DEATH: "_ended"}
STATUS_LIMIT = 1.0
"""Seconds that an exit status may take to come after the death was seen (the forkserver reports it)."""
TAKEN_LIMIT, TAKEN_RETRY = 0.25, 0.005
"""Seconds that another thread of multiprocessing may take to say a status that it has taken; and between two looks."""


class Reactor:
    """The manager's only place to sleep.  It knows what it waits for as it will report it: what happens, of whom."""

    def __init__(self) -> None:
        self._selector = _of_greenlets() if are_greenlets() else system.selector()
        self._wakeup = Wakeup()
        self._selector.register(self._wakeup.fileno())
        self._known: dict[int, Ready] = {}  # by descriptor

    def wait(self, shared: Shared, until: float | None) -> list[Ready]:
        """What is ready, or is by then; the sleep is published first, then the inbox is looked at once more."""
        shared.sleep = Sleep(self._wakeup)
        timeout = None if until is None else min(max(until - time.monotonic(), 0.0), LONGEST)
        ready = self._selector.select(0.0 if shared.has_posts() else timeout)
        shared.sleep = None
        if self._wakeup.fileno() in ready:
            self._wakeup.drain()
        return [self._known[fd] for fd in ready if fd in self._known]

    def watch(self, what: int, lane: WorkerChannels, fd: int) -> None:
        """Report this of this lane while the descriptor can be read; or written to, if it is room that is wanted."""
        if fd not in self._known:
            self._known[fd] = what, lane
            self._selector.register(fd, to_write=what == ROOM)

    def forget(self, fd: int) -> None:
        if self._known.pop(fd, None):
            self._selector.unregister(fd)

    def remove(self, lane: WorkerChannels) -> None:
        for fd in [fd for fd, (_, whose) in self._known.items() if whose is lane]:
            self.forget(fd)

    def close(self) -> None:
        """Let go of the wake-up: somebody may be about to use it, so it closes with the last reference."""
        self._selector.close()
        del self._wakeup


def _of_greenlets() -> system.Selector:
    from checkedpool._os.greenlets import SharedSelector  # noqa: PLC0415 - seldom needed

    return SharedSelector()


class Statuses:
    """Those of one pool; used by the manager's thread only."""

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor
        self._awaited: dict[WorkerChannels, float] = {}  # until when
        self._taken: set[WorkerChannels] = set()

    def soonest(self) -> float | None:
        """When to look again, even if nothing happens."""
        if not self._awaited:
            return None
        soonest = min(self._awaited.values())
        return min(soonest, time.monotonic() + TAKEN_RETRY) if self._taken else soonest

    def await_of(self, lane: WorkerChannels) -> Iterator[messages.Reaped]:
        """Its worker has ended: its status, if that is here."""
        self._awaited[lane] = time.monotonic() + STATUS_LIMIT
        return self._take(lane)

    def look(self) -> list[messages.Reaped]:
        """Those that are known now, or never will be."""
        return [reaped for lane in list(self._awaited) for reaped in self._take(lane)]

    def _take(self, lane: WorkerChannels) -> Iterator[messages.Reaped]:
        status, exitcode = system.take_status(lane.process)
        if status is not system.Status.HERE and time.monotonic() < self._awaited[lane]:
            if status is system.Status.COMES:
                self._reactor.watch(STATUS, lane, lane.process.sentinel)
            elif lane not in self._taken:
                self._reactor.forget(lane.process.sentinel)
                self._taken.add(lane)
                self._awaited[lane] = time.monotonic() + TAKEN_LIMIT
            return
        self._taken.discard(lane)
        del self._awaited[lane]
        self._reactor.forget(lane.process.sentinel)
        yield messages.Reaped(lane.number, exitcode)


class RealPlatform:
    """Implements ``Platform`` for one pool; used by the manager's thread only."""

    reactor_type: type[Reactor] = Reactor
    user_threads_type: type[UserThreads] = UserThreads
    hears: ClassVar[dict[int, str]] = HEARS
    does: ClassVar[dict[type[Command], str]] = {
        messages.Start: "_start", messages.Send: "_send", messages.Issue: "_issue",
        messages.Revoke: "_revoke", messages.Mark: "_mark", messages.Leave: "_leave", messages.Signal: "_signal",
        messages.Drain: "_drain", messages.Reap: "_reap", messages.Close: "_close", messages.Settle: "_settle",
        messages.Deliver: "_deliver", messages.Call: "_call", messages.Pickle: "_pickle", messages.Cancel: "_cancel",
        messages.Fail: "_fail", messages.Break: "_break", messages.AddUserThread: "_add_user_thread",
        messages.Finish: "_finish",
    }  # fmt: skip
    """By which method each command is performed."""

    def __init__(self, shared: Shared, starter: Starter, lanes: dict[WorkerNo, WorkerChannels]) -> None:
        self.shared, self.starter, self.lanes = shared, starter, lanes
        self.futures: dict[TaskId, AnyFuture] = {}
        self.sizes: dict[TaskId, int] = {}
        self.unsettled: dict[TaskId, tuple[AnyFuture, Ending | None]] = {}
        self.starting: set[WorkerNo] = set()
        self.barriers: list[Latch] = []
        self.events: list[Event] = []
        self.broken_errors: BrokenErrors | None = None  # of the last death
        self.reactor = self.reactor_type()
        self.dues: list[Callable[[], float | None]] = []  # called before each sleep: when to look again
        self.statuses: Statuses | None = None  # once one is late
        self._user_threads: UserThreads | None = None  # with the first job
        for lane in lanes.values():
            self._adopt(lane)

    # --- the protocol -----------------------------------------------------------------------------------------------

    def perform(self, commands: Sequence[Command]) -> list[Event]:
        for command in commands:
            getattr(self, self.does[type(command)])(command)
        events, self.events = self.events, []
        return events

    def wait(self, deadline: float | None) -> list[Event]:
        times = deadline, *[due() for due in self.dues]
        ready = self.reactor.wait(self.shared, min([due for due in times if due is not None], default=None))
        self.events.append(messages.Tick(time.monotonic()))
        self._take_inbox()
        for happened, lane in sorted(ready, key=itemgetter(0)):
            if happened in self.hears:
                getattr(self, self.hears[happened])(lane)
        self.events += self.statuses.look() if self.statuses is not None else ()
        events, self.events = self.events, []
        return events

    def _lift_barriers(self) -> None:
        """Let those go on who wait until all that they posted has been seen, and no start is under way."""
        if not self.starting and not self.shared.has_posts():
            while self.barriers:
                self.barriers.pop().set()
            self.dues = [due for due in self.dues if due != self._lift_barriers]  # not the list that is gone through

    # --- inbox ------------------------------------------------------------------------------------------------------

    def _take_inbox(self) -> None:
        """All that was posted."""
        for _ in range(len(self.shared.inbox)):
            post = self.shared.inbox.popleft()
            getattr(self, "_take_task" if isinstance(post, PoolFuture) else TAKES.get(type(post), "_take_event"))(post)
        self.shared.burst = 0

    def _take_task(self, future: AnyFuture) -> None:
        number, frame = future.number, future.frame
        self.futures[number] = future
        if frame is not None and len(frame) > COUNTED:
            self.sizes[number] = self.shared.codec.weight(frame)
            self.shared.pending_bytes += self.sizes[number]
        self.events.append(self.shared.submitted((number,), future.deferred is not None))

    def _take_event(self, event: Event) -> None:
        self.events.append(event)

    def _take_gone(self, event: messages.Withdrawn | messages.PickleFailed) -> None:
        self.events.append(event)
        self._drop(event.id)

    def _take_barrier(self, barrier: Latch) -> None:
        if self._lift_barriers not in self.dues:
            self.dues.append(self._lift_barriers)
        self.barriers.append(barrier)

    def _take_started(self, event: messages.Started | messages.StartFailed) -> None:
        """A start has come to its end; whether with a worker, and whether in time, the starter knows."""
        self.events.append(event)
        number = event.lane
        self.starting.discard(number)
        lane = self.starter.take(number)
        if lane is not None:
            self.lanes[number] = lane
            self._adopt(lane)
            self._write(lane)  # its setup

    def _adopt(self, lane: WorkerChannels) -> None:
        self.reactor.watch(RESULT, lane, lane.result_fd)
        if lane.watch is None:
            self.events.append(messages.Ended(lane.number))
        else:
            self.reactor.watch(DEATH, lane, lane.watch.fileno())

    # --- workers ----------------------------------------------------------------------------------------------------

    def _start(self, command: messages.Start) -> None:
        self.starting.add(command.lane)
        self.starter.start_in_thread(command.lane)

    def _signal(self, command: messages.Signal) -> None:
        lane = self.lanes[command.lane]
        system.send_signal(lane.process, lane.watch, force=command.force)

    def _leave(self, command: messages.Leave) -> None:
        self.lanes[command.lane].put_ticket(LEAVE)

    def _mark(self, command: messages.Mark) -> None:
        lane = self.lanes[command.lane]
        lane.queue([(header(MARK, Kind.CALL, NOTHING), NOTHING)])
        self._write(lane)
        lane.put_ticket(MARK)

    def _drain(self, command: messages.Drain) -> None:
        lane = self.lanes[command.lane]
        lane.dead = True
        while self._read(lane):
            pass
        self.events.append(messages.Drained(command.lane))

    def _reap(self, command: messages.Reap) -> None:
        lane = self.lanes[command.lane]
        status, exitcode = system.take_status(lane.process)
        if status is system.Status.HERE:
            self.events.append(messages.Reaped(lane.number, exitcode))
        else:
            self._await_status(lane)

    def _ended(self, lane: WorkerChannels) -> None:
        self.reactor.forget(lane.watch.fileno())  # type: ignore[union-attr]  # by that it was heard of
        self.events.append(messages.Ended(lane.number))

    def _await_status(self, lane: WorkerChannels) -> None:
        if self.statuses is None:
            self.statuses = Statuses(self.reactor)
            self.dues.append(self.statuses.soonest)
        self.events += self.statuses.await_of(lane)

    def _close(self, command: messages.Close) -> None:
        lane = self.lanes.pop(command.lane, None)
        if lane is None:  # its start has failed, or hangs: whatever comes of it later is ended there
            self.starting.discard(command.lane)
            self.starter.abandon(command.lane)
            return
        self.reactor.remove(lane)
        lane.close()
        system.forget(lane.process)

    # --- tasks to workers -------------------------------------------------------------------------------------------

    def _send(self, command: messages.Send) -> None:
        lane, unclaimed, futures = self.lanes[command.lane], self.shared.unclaimed, self.futures
        gone, frames, pack = [], [], HEADER.pack
        for seq, number in command.items:
            if (future := futures.get(number)) is None or (frame := future.frame) is None or number not in unclaimed:
                unclaimed.pop(number, None)  # its ticket may be asked for next: none goes out without a frame
                gone.append(number)
                continue
            future.place = lane, seq
            frames.append((pack(seq, CALL, len(frame)), frame))
        lane.queue(frames)
        self._write(lane, tuple(gone))

    def _write(self, lane: WorkerChannels, gone: tuple[TaskId, ...] = ()) -> None:
        lane.write()
        if lane.unwritten:
            self.reactor.watch(ROOM, lane, lane.call_fd)
        else:
            self.reactor.forget(lane.call_fd)
        self.events.append(messages.Sent(lane.number, lane.behind, gone))

    def _issue(self, command: messages.Issue) -> None:
        lane = self.lanes[command.lane]
        if not lane.ticketed:  # else it begins these behind another one
            lane.since = time.monotonic()
        gone = lane.issue(command.items)
        self.events.append(messages.Busy(command.lane) if gone is None else messages.Issued(command.lane, tuple(gone)))

    def _revoke(self, command: messages.Revoke) -> None:
        seqs = self.lanes[command.lane].revoke()
        self.events.append(messages.Busy(command.lane) if seqs is None else messages.Revoked(command.lane, seqs))

    # --- answers of workers -----------------------------------------------------------------------------------------

    def _read(self, lane: WorkerChannels) -> bool:
        """Read once; whether there may be more."""
        frames = lane.read()
        if frames is not None:
            self._hear(lane, frames)
        elif lane.at_end:
            self.reactor.forget(lane.result_fd)
        return frames is not None

    def _hear(self, lane: WorkerChannels, frames: list[Frame]) -> None:
        answers: list[messages.Answer] = []
        for seq, kind, body in frames:
            if (verdict := VERDICTS.get(kind)) is not None:
                lane.ticketed.pop(seq, None)  # it has been used up
                answers.append(messages.Answer(seq, verdict, body))
            elif kind == BEGUN:
                self.shared.limits.begins(self, lane, lane.ticketed.get(seq))
            else:
                lane.first_words = lane.first_words or body
                self.events.append(WORDS[kind](lane.number, body))
        if answers:
            lane.since = time.monotonic()  # what it runs now it has begun behind these
            self.events.append(messages.Answered(lane.number, tuple(answers)))

    # --- ends of futures --------------------------------------------------------------------------------------------

    def _drop(self, number: TaskId) -> AnyFuture | None:
        self.shared.pending_bytes -= self.sizes.pop(number, 0)
        return self.futures.pop(number, None)

    def _end(self, ends: Iterable[tuple[TaskId, Ending]]) -> None:
        """Give each future its end; what is left over is for user-code threads."""
        for number, end in ends:
            if (future := self._drop(number)) is None:
                continue
            told = future.complete(end, wait=False)
            if told is not False:
                future.left = end
                self.unsettled[number] = future, end if told is None else None
                self.events.append(messages.Settled(number))

    def _settle(self, command: messages.Settle) -> None:
        self._end((number, value_end(loads(body))) for number, body in command.results)

    def _cancel(self, command: messages.Cancel) -> None:
        self._end((number, CANCELLED_END) for number in command.ids)

    def _fail(self, command: messages.Fail) -> None:
        make, blamed = self._errors_of(command.death), command.death.blamed
        self._end((number, error_end(make(ran=number == blamed))) for number in command.ids)

    def _break(self, command: messages.Break) -> None:
        self.shared.broken = self._errors_of(command.death)

    def _errors_of(self, death: messages.Death) -> BrokenErrors:
        """With the worker and the task as they were when it was first heard of; later both are gone."""
        if self.broken_errors is None or self.broken_errors.death is not death:
            lane = None if death.lane is None else self.lanes.get(death.lane)
            task = None if death.blamed is None else self.futures.get(death.blamed)
            pid, since = (None, 0.0) if lane is None else (lane.process.pid, lane.since)
            self.broken_errors = BrokenErrors(death, pid, *(() if task is None else (task.name, since)))
        return self.broken_errors

    # --- jobs -------------------------------------------------------------------------------------------------------

    @property
    def user_threads(self) -> UserThreads:
        """Those of this pool: made when they are needed first, since most pools need none."""
        if self._user_threads is None:
            self._user_threads = self.user_threads_type(self.shared)
            self.dues.append(self._user_threads.try_again)
        return self._user_threads

    def _call(self, command: messages.Call) -> None:
        future, end = self.unsettled.pop(command.id)
        self.user_threads.give(partial(future.complete_and_call, end))

    def _deliver(self, command: messages.Deliver) -> None:
        future = self._drop(command.id)
        if future is None:
            self.events.append(messages.JobDone())
        else:
            self.user_threads.give(partial(user_code.deliver, self.shared.codec, future, command.verdict, command.body))

    def _pickle(self, command: messages.Pickle) -> None:
        self.user_threads.give(partial(user_code.pickle_late, self.shared, self.futures[command.id]))

    def _add_user_thread(self, _: messages.AddUserThread) -> None:
        self.user_threads.add_or_owe()

    def _finish(self, _: messages.Finish) -> None:
        self.reactor.close()
        if self._user_threads is not None:
            self._user_threads.end()
