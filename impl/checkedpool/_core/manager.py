"""The manager's machine: events in, commands out.  Decides everything that becomes of tasks and workers.

``step`` takes in all that was seen at one wake-up, each event by the method that ``TAKES`` names, then goes through
the list of rules (``plan``), and returns the commands that follow, in their order.  Events that the state does
not allow raise ``IllegalStep`` and the pool breaks with that as its cause.  ``drive`` runs the machine on a platform.

Must not know: what a pipe, a future or a signal is; what time it is (``Tick`` says so); what a body contains.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from checkedpool._core import messages, worker_record
from checkedpool._core.messages import Event, Settings, When
from checkedpool._core.tables import LEAVE, MARK, IllegalStep
from checkedpool._core.worker_record import OVER, UNFORCED, Force, Phase, Remains, Tickets, WorkerRecord
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol, Self, TypeAlias

    from checkedpool._core.by_priority import ByPriority
    from checkedpool._core.messages import Command, Death, Seq, TaskId, WorkerNo

    Queue: TypeAlias = OrderedDict[TaskId, None] | ByPriority

__all__ = ["Manager", "Settings"]

STARTING, BORN, READY, LEAVING, ABANDONED, ENDED = Phase
QUIET, REVOKING, REVOKE_WANTED = Tickets.QUIET, Tickets.REVOKING, Tickets.REVOKE_WANTED
BUSY_RETRY = 0.05
STARTS_BEFORE_GIVING_UP = 3
HARDER = {Force.NONE: Force.TERMINATE, Force.TERMINATE: Force.KILL}
LATE = frozenset({messages.Started, messages.StartFailed, messages.RevokedByCanceller})
"""These may be of a worker that is gone: of a start that was given up; from a canceller that was slow."""

TAKES: dict[type[Event], str] = {
    messages.Tick: "_tick", messages.Submitted: "_submitted", messages.Prioritized: "_prioritized",
    messages.Withdrawn: "_withdrawn", messages.Pickled: "_pickled", messages.PickleFailed: "_pickle_failed",
    messages.Requested: "_requested", messages.StopRequested: "_stop_requested", messages.Resized: "_resized",
    messages.Settled: "_settled", messages.JobDone: "_job_done",
    messages.Started: "_started", messages.StartFailed: "_start_failed", messages.Ready: "_ready",
    messages.InitializerFailed: "_initializer_failed", messages.Filled: "_filled",
    messages.Ended: "_ended", messages.Drained: "_drained", messages.Reaped: "_reaped",
    messages.Sent: "_sent", messages.Issued: "_issued", messages.Answered: "_answered", messages.Busy: "_busy",
    messages.RevokedByCanceller: "_returned", messages.Revoked: "_revoked", messages.Recalled: "_recalled",
}  # fmt: skip
"""Which method takes in which event; if it is of a lane, that is given, too.

The plain manager lends no worker, so it recalls none.
"""


class Manager:
    """The state of the manager.  ``key`` and ``copy`` serve exploration; nothing but ``step`` changes it."""

    record_type: type[WorkerRecord] = WorkerRecord

    def __init__(self, settings: Settings, born: Iterable[WorkerNo] = ()) -> None:
        self.settings = settings
        self.lanes: dict[WorkerNo, WorkerRecord] = {n: self.record_type(n, BORN, settings.task_limit) for n in born}
        self.next_lane = len(self.lanes)
        self.pending: Queue = OrderedDict()
        self.deferred: Queue = OrderedDict()  # not pickled yet
        self.by_priority: ByPriority | None = None  # what is pending, once a task has a priority
        self.pickling: dict[TaskId, None] = {}
        self.level = ShutdownLevel.OPEN
        self.death: Death | None = None  # what broke the pool
        self.looked = True  # into the inbox, since the pool broke
        self.finished = False
        self.some_leave = settings.task_limit is not None  # workers that had all the tasks that they may have
        self.failed_starts = 0
        self.retry_at: float | None = None
        self.user_threads = 1
        self.jobs = 0  # given to user-code threads and not done
        self.progress = 0.0  # when a job was done last, or the first of a row given
        self.now = 0.0
        self.commands: list[Command] = []

    # --- the face ---------------------------------------------------------------------------------------------------

    def step(self, events: Iterable[Event]) -> tuple[Command, ...]:
        for event in events:
            self._take(event)
        self.plan()
        commands, self.commands = tuple(self.commands), []
        return commands

    def _take(self, event: Event) -> None:
        """Have it taken in, if it can come in this state; nothing is changed if it cannot."""
        kind = type(event)
        if not isinstance(event, messages.OfLane):
            getattr(self, TAKES[kind])(event)
        elif (lane := self.lanes.get(event.lane)) is not None and lane.go(kind):
            getattr(self, TAKES[kind])(lane, event)
        elif lane is not None or kind not in LATE:
            raise self._illegal(lane, event)

    def plan(self) -> None:
        """The rules, one after the other, each where it can apply: what follows from all that is known now."""
        for lane in tuple(self.lanes.values()):
            if lane.phase in OVER and not lane.remains:
                self._bury(lane)
        if self.level >= ShutdownLevel.CANCEL:
            self._cancel_waiting()
        for lane in tuple(self.lanes.values()):
            self._look_after(lane)
        if self.death is None:
            self._employ()
        if self.jobs > self.user_threads:
            self._add_user_thread()
        if self.may_finish() and not self.commands:  # in a step of its own: what came of all commands has been seen
            self.finished = True
            self.commands.append(messages.Finish())

    def _employ(self) -> None:
        """The rules of a pool that works: calls are pickled, tasks go to workers, workers go and come."""
        lanes = self.lanes.values()
        idle = [lane for lane in lanes if lane.phase is READY and not (lane.queued or lane.issued or lane.marking)]
        if self.deferred:
            self._pickle()
        if idle or self.by_priority is not None:
            self._rearrange(idle)
        if self.pending:
            self._deal()
        for lane in lanes:
            if lane.queued and lane.phase is READY and lane.tickets is QUIET and lane.stop is None:
                self._issue(lane)
        if self.some_leave or self.level >= ShutdownLevel.DRAIN:
            self._leave()
        if self.settings.on_demand:
            self._start()

    def deadline(self) -> float | None:
        """When to wake up even if nothing happens (same clock as ``Tick``); None: never."""
        times = [at for lane in self.lanes.values() for at in (lane.deadline, lane.retry_at) if at is not None]
        if self.retry_at is not None and self.wants_lane():
            times.append(self.retry_at)
        if not self.looked or self.may_finish():
            times.append(self.now)
        if self.jobs > self.user_threads:
            times.append(self.progress + self.settings.patience)
        return min(times) if times else None

    def unfinished(self) -> int:
        """Tasks without an end for which a worker is wanted: not what is to be stopped, or dies with its worker."""
        lanes = self.lanes.values()
        dealt = sum(lane.outstanding - (lane.stop is not None) for lane in lanes if lane.force is UNFORCED)
        return len(self.pending) + len(self.deferred) + len(self.pickling) + dealt

    def key(self) -> tuple[object, ...]:
        """All of the state as a hashable value: equal keys behave alike."""
        return (
            tuple([lane.key() for lane in self.lanes.values()]), self.next_lane, tuple(self.pending),
            tuple(self.deferred), tuple(self.pickling), self.level, self.death, self.looked, self.finished,
            self.failed_starts, self.retry_at, self.user_threads, self.jobs, self.progress, self.now,
            self.some_leave, self.by_priority is not None, self.settings.max_workers,
        )  # fmt: skip

    def copy(self) -> Self:
        """An independent copy."""
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.lanes = {number: lane.copy() for number, lane in self.lanes.items()}
        twin.pending, twin.deferred, twin.pickling = self.pending.copy(), self.deferred.copy(), self.pickling.copy()
        twin.by_priority = None if self.by_priority is None else twin.pending  # type: ignore[assignment]  # see above
        twin.commands = []
        return twin

    # --- taking in: time, tasks, jobs -------------------------------------------------------------------------------

    def _tick(self, event: messages.Tick) -> None:
        self.now, self.looked = event.now, True

    def _submitted(self, event: messages.Submitted) -> None:
        """Accept.  After a request to end submitters withdraw them; after the break alone their futures are failed."""
        if self.level is ShutdownLevel.OPEN and self.death is not None:
            self._fail(event.ids, self.death)
        elif self.level is ShutdownLevel.OPEN:
            (self.deferred if event.deferred else self.pending).update(dict.fromkeys(event.ids))

    def _prioritized(self, event: messages.Prioritized) -> None:
        if self.by_priority is None:
            from checkedpool._core.by_priority import ByPriority  # noqa: PLC0415 - whoever makes such a task has it

            self.pending = self.by_priority = ByPriority(self.pending)
            self.deferred = ByPriority(self.deferred)
        self._submitted(event)

    def _withdrawn(self, event: messages.Withdrawn) -> None:
        self.pending.pop(event.id, None)
        self.deferred.pop(event.id, None)

    def _requested(self, event: messages.Requested) -> None:
        self.level = max(self.level, event.level)

    def _stop_requested(self, event: messages.StopRequested) -> None:
        for lane in self.lanes.values():
            lane.stop_at(event.id, Force.KILL if event.force else Force.TERMINATE)

    def _resized(self, event: messages.Resized) -> None:
        from checkedpool._core import resizing  # noqa: PLC0415 - there already: whoever resizes a pool has it

        self.settings = resizing.with_workers(self.settings, event.max_workers)
        for lane in resizing.one_too_many(self.lanes.values(), event.max_workers):
            lane.limit, self.some_leave = 0, True
            self._take_back(lane)

    def _settled(self, event: messages.Settled) -> None:
        self._give_job(messages.Call(event.id))

    def _pickled(self, event: messages.Pickled) -> None:
        if event.id in self.pickling:
            del self.pickling[event.id]
            self.pending[event.id] = None

    def _pickle_failed(self, event: messages.PickleFailed) -> None:
        self.pickling.pop(event.id, None)

    def _job_done(self, event: messages.JobDone) -> None:
        if not self.jobs:
            raise IllegalStep("manager", "without jobs", event, "nobody has one to do")
        self.jobs -= 1
        self.progress = self.now

    # --- taking in: the life of a worker ----------------------------------------------------------------------------

    def _started(self, lane: WorkerRecord, _: messages.Started) -> None:
        lane.deadline = None

    def _start_failed(self, lane: WorkerRecord, event: messages.StartFailed) -> None:
        del self.lanes[lane.number]
        self.commands.append(messages.Close(lane.number))
        self._count_failed_start(messages.Death(lane.number, None, When.START, cause=event.cause))

    def _ready(self, _: WorkerRecord, __: messages.Ready) -> None:
        self.failed_starts, self.retry_at = 0, None

    def _initializer_failed(self, lane: WorkerRecord, event: messages.InitializerFailed) -> None:
        lane.failure = event.cause
        if lane.phase not in OVER:
            lane.deadline = self.now + self.settings.exit_limit

    def _ended(self, lane: WorkerRecord, _: messages.Ended) -> None:
        if lane.phase is ENDED:  # else it was abandoned before
            self._see_off(lane)

    def _drained(self, lane: WorkerRecord, _: messages.Drained) -> None:
        lane.remains -= {Remains.ANSWERS}

    def _reaped(self, lane: WorkerRecord, event: messages.Reaped) -> None:
        lane.remains -= {Remains.STATUS}
        lane.exitcode = event.exitcode

    # --- taking in: frames, tickets, answers ------------------------------------------------------------------------

    def _sent(self, lane: WorkerRecord, event: messages.Sent) -> None:
        lane.behind = event.behind
        if event.gone:
            self._gone(lane, event.gone)

    def _issued(self, lane: WorkerRecord, event: messages.Issued) -> None:
        if event.gone:  # some of them before their frame was sent: those were heard of
            self._gone(lane, tuple(id for _, id in lane.asked if id in event.gone))
        lane.issued.update(lane.asked)
        lane.given += len(lane.asked)
        lane.queued = lane.queued[len(lane.asked) :]
        lane.asked, lane.empty = (), False

    def _answered(self, lane: WorkerRecord, event: messages.Answered) -> None:
        plain: list[tuple[TaskId, object]] = []
        answers: tuple[tuple[Seq, messages.Verdict, messages.Body], ...] = event.answers  # type: ignore[assignment]
        for seq, verdict, body in answers:
            id = lane.issued.pop(seq, None)  # None: a marked frame; or its future was failed when the pool broke
            if id is not None and verdict is messages.Verdict.PLAIN:
                plain.append((id, body))
            elif id is not None:
                self._give_job(messages.Deliver(id, verdict, body))
        if plain:
            self.commands.append(messages.Settle(tuple(plain)))
        if lane.stop is not None and lane.stop not in lane.issued.values():
            lane.stop = None
        lane.was_read(answers[-1][0])

    def _filled(self, lane: WorkerRecord, _: messages.Filled) -> None:
        """It may have no task more."""
        lane.limit, self.some_leave = 0, True

    def _busy(self, lane: WorkerRecord, _: messages.Busy) -> None:
        lane.asked, lane.retry_at = (), self.now + BUSY_RETRY

    def _returned(self, _: WorkerRecord, __: messages.RevokedByCanceller) -> None:
        """The table has said it: its tickets are to be revoked."""

    def _revoked(self, lane: WorkerRecord, event: messages.Revoked) -> None:
        ids = [lane.issued.pop(seq) for seq in event.seqs if seq in lane.issued]
        lane.given -= len(ids)
        lane.empty = True
        if ids:  # what is queued was dealt after those that come back: keep the order
            self._give_back([*ids, *lane.take_queued()])
        if lane.phase in OVER:
            lane.remains -= {Remains.TICKETS}
        elif LEAVE in event.seqs:
            self._order(lane, messages.Leave(lane.number))
        lane.marking = lane.marking and MARK not in event.seqs

    # --- the rules --------------------------------------------------------------------------------------------------

    def _bury(self, lane: WorkerRecord) -> None:
        """All that the dead worker left has been seen, and all answers heard: blame its task, close its lane."""
        self._give_back(lane.take_queued())
        left = tuple(lane.issued.values())
        del self.lanes[lane.number]
        if self.death is None and (left or lane.ended_in is not LEAVING):
            self._blame(lane, left)
        self.commands.append(messages.Close(lane.number))

    def _cancel_waiting(self) -> None:
        ids = self._take_waiting()
        if ids:
            self.commands.append(messages.Cancel(ids))

    def _look_after(self, lane: WorkerRecord) -> None:
        """End the worker where that is due, harder when its time is up; revoke tickets that are to come back."""
        if self.death is not None or self.level >= ShutdownLevel.TERMINATE:
            self._push(lane, Force.KILL if self.level is ShutdownLevel.KILL else Force.TERMINATE)
        if lane.deadline is not None and self.now >= lane.deadline:
            self._push_on(lane)
        if lane.retry_at is not None and self.now >= lane.retry_at:
            lane.wait_no_longer()
        if lane.stop is not None:
            self._stop(lane)
        elif self.level >= ShutdownLevel.CANCEL and lane.issued and not lane.empty and lane.phase not in OVER:
            lane.want_back()
        if lane.tickets is REVOKE_WANTED:
            self._revoke(lane)

    def _stop(self, lane: WorkerRecord) -> None:
        """Have tickets revoked; when none is out, end the worker if what it runs is to be stopped."""
        if not lane.empty and lane.phase not in OVER:
            lane.want_back()
        elif lane.runs_what_is_to_stop:
            self._give_back(lane.take_queued())
            self._push(lane, lane.stop_force)

    def _push_on(self, lane: WorkerRecord) -> None:
        """Its time is up: push it harder, or give it up."""
        if lane.phase is STARTING:
            self._give_up_start(lane)
        elif lane.force is Force.KILL:  # the system does not end it: nothing more can be done from here
            lane.enter(ABANDONED)
            self._see_off(lane)
        else:
            self._push(lane, HARDER[lane.force])

    def _pickle(self) -> None:
        """Have deferred tasks pickled, a few at a time, when few others wait."""
        most = 2 * self.settings.max_workers
        while self.deferred and len(self.pickling) < self.user_threads + 3 and self._few_wait(most):
            id, _ = self.deferred.popitem(last=False)
            self.pickling[id] = None
            self._give_job(messages.Pickle(id))

    def _few_wait(self, most: int) -> bool:
        """Fewer than that, or none that is to go before the first that is not pickled."""
        if len(self.pending) < most:
            return True
        waits = self.by_priority
        return waits is not None and self.deferred.has_one_before(waits)  # type: ignore[union-attr]  # of one class

    def _rearrange(self, idle: list[WorkerRecord]) -> None:
        """Before tasks are dealt: have back what waits in a wrong place; have idle workers read what was revoked."""
        if 0 < len(idle) < len(self.lanes) and not self.pending:
            self._steal(idle)
        if self.by_priority is not None:
            self._take_back_for(self.by_priority)
        for lane in idle:
            if lane.last != lane.read and lane.unread >= worker_record.UNREAD:
                self._mark(lane)

    def _steal(self, idle: list[WorkerRecord]) -> None:
        """Nothing waits behind a long task while a worker is idle: revoke the tickets, deal them anew."""
        donors = [lane for lane in self.lanes.values() if lane.can_give]
        if donors and any(lane.room(self.settings) for lane in idle):
            self._take_back(max(donors, key=lambda lane: lane.outstanding))

    def _take_back(self, donor: WorkerRecord) -> None:
        """Have all back that it may not have begun."""
        self._give_back(donor.take_queued())
        if len(donor.issued) > 1 and not donor.empty:
            self._revoke(donor)

    def _take_back_for(self, waiting: ByPriority) -> None:
        """Nothing is sent ahead of what has a higher priority and waits."""
        for lane in self.lanes.values():
            if lane.can_give and waiting.goes_before_what_is_ahead_of(lane):
                self._take_back(lane)

    def _mark(self, lane: WorkerRecord) -> None:
        """Have a waiting worker read frames whose tickets were revoked, before their numbers are used up."""
        lane.mark()
        self._order(lane, messages.Mark(lane.number))

    def _deal(self) -> None:
        """Deal like cards, each task to the lane that has least; a lane that has plenty waits until half is done."""
        rooms = {lane: lane.room(self.settings) for lane in self.lanes.values()}
        hands: dict[WorkerRecord, list[TaskId]] = {lane: [] for lane in rooms}
        for _ in range(min(len(self.pending), sum(rooms.values()))):
            able = [lane for lane, ids in hands.items() if len(ids) < rooms[lane]]
            least = min(able, key=lambda lane: lane.outstanding + len(hands[lane]))
            hands[least].append(self.pending.popitem(last=False)[0])
        for lane, ids in hands.items():
            if ids:
                self._order(lane, messages.Send(lane.number, lane.number_frames(ids)))

    def _issue(self, lane: WorkerRecord) -> None:
        """Put tickets out for frames that are in the pipe, or are about to be."""
        lane.asked = lane.issuable()
        if lane.asked:
            self._order(lane, messages.Issue(lane.number, lane.asked))

    def _leave(self) -> None:
        """Let workers go that have reached their limit, or that nobody needs any more since the pool drains."""
        waiting = self.pending or self.deferred or self.pickling
        may_come = any(lane.can_give or lane.retry_at is not None for lane in self.lanes.values())
        drained = self.level >= ShutdownLevel.DRAIN and not (waiting or may_come)
        for lane in self.lanes.values():
            if lane.at_rest and (drained or lane.spent):
                lane.deadline = self.now + self.settings.exit_limit
                self._order(lane, messages.Leave(lane.number))

    def _start(self) -> None:
        """Start one worker more where one is wanted; one at a time."""
        if not self.wants_lane() or (self.retry_at is not None and self.now < self.retry_at):
            return
        lane = self.record_type(self.next_lane, STARTING, self.settings.task_limit)
        lane.deadline = self.now + self.settings.start_limit
        self.next_lane += 1
        self.lanes[lane.number] = lane
        self.retry_at = None
        self.commands.append(messages.Start(lane.number))

    def wants_lane(self) -> bool:
        """A further worker would have something to do, and may exist."""
        s = self.settings
        if self.death is not None or self.level >= ShutdownLevel.CANCEL:
            return False
        if not s.on_demand or len(self.lanes) >= s.max_workers:
            return False
        if self._is_desperate() and any(lane.unproved for lane in self.lanes.values()):
            return False  # else there would always be one that has not failed yet, and starts would fail for ever
        able = [lane for lane in self.lanes.values() if lane.alive and lane.force is UNFORCED]
        return len(able) < self.unfinished() and all(lane.phase is not STARTING for lane in able)

    def _add_user_thread(self) -> None:
        """A job that blocks gets a user-code thread beside it, so that the other jobs go on."""
        if self.now >= self.progress + self.settings.patience:
            self.user_threads += 1
            self.progress = self.now
            self.commands.append(messages.AddUserThread())

    def may_finish(self) -> bool:
        """It was asked to end (or the pool broke), every task is done, every worker is reaped, no job runs."""
        idle = not (self.lanes or self.pending or self.deferred or self.pickling or self.jobs or self.finished)
        return idle and self.looked and (self.death is not None or self.level >= ShutdownLevel.DRAIN)

    # --- ends of workers --------------------------------------------------------------------------------------------

    def _push(self, lane: WorkerRecord, force: Force) -> None:
        """Make the worker end, at least this hard; the next degree follows when its time is up."""
        if lane.phase in OVER or lane.phase is STARTING or lane.force.value >= force.value:
            return  # there is no process any more, or none yet: the rule looks again when there is
        lane.force = force
        lane.deadline = self.now + (self.settings.kill_limit if force is Force.KILL else self.settings.terminate_limit)
        self._order(lane, messages.Signal(lane.number, force is Force.KILL))

    def _see_off(self, lane: WorkerRecord) -> None:
        """Have all seen that a worker has left, which is over."""
        self._order(lane, messages.Drain(lane.number))
        self._revoke(lane)
        self._order(lane, messages.Reap(lane.number))

    def _blame(self, lane: WorkerRecord, blamed: tuple[TaskId, ...]) -> None:
        """What a worker's death costs: the task that it had begun, or the pool.  Neither, if it was stopped there."""
        if (lane.stop is not None or lane.force is not UNFORCED) and lane.was_stopped:
            self.commands += [messages.Cancel(blamed)] * bool(blamed)
            return
        ending = self.level >= ShutdownLevel.TERMINATE
        too_many = 0 if ending or lane.failure is not None else self._too_many_deaths()
        death = self._death_of(lane, blamed, too_many)
        if not ending and (self.settings.policy is DeathPolicy.BREAK or lane.failure is not None or too_many):
            self._break_pool(death, blamed)
            return
        self._fail(blamed, death)
        if not (ending or lane.was_ready):
            self._count_failed_start(death)

    def _too_many_deaths(self) -> int:
        """In a row: how many, if that is too many.  Nobody counts them here (``deaths_in_a_row``)."""
        return 0

    def _death_of(self, lane: WorkerRecord, blamed: tuple[TaskId, ...], in_a_row: int = 0) -> Death:
        if lane.failure is not None:
            when = When.INITIALIZER
        elif blamed:
            when = When.FORCED if lane.force is not UNFORCED and self.level >= ShutdownLevel.TERMINATE else When.TASK
        else:
            when = When.IDLE if lane.was_ready else When.START
        return messages.Death(lane.number, lane.exitcode, when, blamed[0] if blamed else None, lane.failure, in_a_row)

    def _count_failed_start(self, death: Death) -> None:
        """Try again as long as others work; break when nobody is left and it failed several times in a row."""
        self.failed_starts += 1
        if self.death is not None or self.level >= ShutdownLevel.TERMINATE:
            return
        if self._is_desperate() and not any(lane.alive for lane in self.lanes.values()):
            self._break_pool(death, ())
        elif self.lanes:
            self.retry_at = self.now + 1.0

    def _is_desperate(self) -> bool:
        """So many starts in a row have failed that the pool breaks when no worker is left."""
        return self.failed_starts >= STARTS_BEFORE_GIVING_UP

    def _give_up_start(self, lane: WorkerRecord) -> None:
        """A start that does not return costs nobody anything; what may still come of it is ended by the platform."""
        del self.lanes[lane.number]
        self.commands.append(messages.Close(lane.number))
        cause = f"its start did not return within {self.settings.start_limit:g} seconds"
        self._count_failed_start(messages.Death(lane.number, None, When.START, cause=cause))

    def _break_pool(self, death: Death, blamed: tuple[TaskId, ...]) -> None:
        """No task runs any more: refuse, fail every unfinished future, the blamed one first; the rules do the rest."""
        self.death, self.looked = death, False
        self.commands.append(messages.Break(death))
        dealt: list[TaskId] = []
        for lane in self.lanes.values():
            if lane.issued and lane.phase not in OVER:
                self._revoke(lane)  # nobody begins what is done
            dealt += lane.issued.values()
            lane.issued, lane.stop = {}, None
        waiting = self._take_waiting() if self.level < ShutdownLevel.CANCEL else ()  # else it is cancelled
        self._fail((*blamed, *dealt, *waiting), death)

    # --- what several do --------------------------------------------------------------------------------------------

    def _order(self, lane: WorkerRecord, command: Command) -> None:
        if not lane.go(type(command)):
            raise self._illegal(lane, command)
        self.commands.append(command)

    def _illegal(self, lane: WorkerRecord | None, what: Event | Command) -> IllegalStep:
        """The error of what cannot come, or must not be ordered, in this state."""
        if lane is None:
            return IllegalStep("manager", sorted(self.lanes), what, "it has no such lane")
        state = f"lane {lane.number}: {lane.phase.name}, tickets {lane.tickets.name}"
        return IllegalStep("manager", state, what, "the lane's tables do not have it")

    def _revoke(self, lane: WorkerRecord) -> None:
        if lane.tickets is not REVOKING:
            lane.retry_at = None
            self._order(lane, messages.Revoke(lane.number))

    def _take_waiting(self) -> tuple[TaskId, ...]:
        """All tasks without a ticket; the manager has them no longer."""
        ids = [id for lane in self.lanes.values() for id in lane.take_queued()]
        for waiting in (self.pending, self.pickling, self.deferred):
            ids += waiting
            waiting.clear()
        return tuple(ids)

    def _give_back(self, ids: Iterable[TaskId]) -> None:
        """These tasks are pending again, before all others, in their order."""
        for id in reversed(tuple(ids)):
            self.pending[id] = None
            self.pending.move_to_end(id, last=False)

    def _give_job(self, job: messages.Deliver | messages.Call | messages.Pickle) -> None:
        """Hand a job to the user-code threads."""
        if self.jobs == 0:
            self.progress = self.now
        self.jobs += 1
        self.commands.append(job)

    def _gone(self, lane: WorkerRecord, ids: tuple[TaskId, ...]) -> None:
        """Somebody else has claimed them, so they are cancelled: make sure of it, a call may have been interrupted."""
        lane.strike(ids)
        for id in ids:
            self.pending.pop(id, None)  # there, if tickets came back at this wake-up that it was queued behind
        if ids:
            self.commands.append(messages.Cancel(ids))

    def _fail(self, ids: tuple[TaskId, ...], death: Death) -> None:
        if ids:
            self.commands.append(messages.Fail(ids, death))


# --- the loop -----------------------------------------------------------------------------------------------------


if TYPE_CHECKING:

    class Platform(Protocol):
        """What the machine runs on, the real one or a simulated one: performs commands and says what came of them."""

        def perform(self, commands: Sequence[Command]) -> list[Event]:
            """Perform in this order, never blocking; what is known at once."""

        def wait(self, deadline: float | None) -> list[Event]:
            """Sleep until something has happened or it is time; what has happened, a ``Tick`` first."""


def drive(machine: Manager, platform: Platform) -> None:
    events: list[Event] = []
    while not machine.finished:
        commands = machine.step(events)
        events = platform.perform(commands) if commands else []
        if not events and not machine.finished:
            events = platform.wait(machine.deadline())
