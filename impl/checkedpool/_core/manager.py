"""The manager's machine: outcomes in, operations out.  Decides everything that becomes of tasks and workers.

Must not know: what a pipe, a future or a signal is; what time it is (``Tick`` says so); what a body contains.
``step`` takes all that was seen at one wake-up and returns the operations that follow, in their order.  Outcomes that
the state does not allow raise ``IllegalStep`` and the pool breaks with that as its cause.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from checkedpool._core import legal, plan, words
from checkedpool._core.lane import LEAVE, MARK, Force, Lane, Phase
from checkedpool._core.settings import Settings
from checkedpool._core.typed import assert_never, cast
from checkedpool._core.words import Answered, Issued, Recalled, Sent, Submitted, Tick
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkedpool._core.words import Death, LaneNo, Op, Outcome, TaskId

__all__ = ["Manager", "Settings"]

BUSY_RETRY = 0.05


class Manager:
    """The state of the manager.  ``key`` and ``copy`` serve exploration; nothing but ``step`` changes it."""

    def __init__(self, settings: Settings, born: Iterable[LaneNo] = (), helpers: int = 1) -> None:
        self.settings = settings
        self.lanes: dict[LaneNo, Lane] = {number: Lane(number, Phase.BORN) for number in born}
        self.next_lane = len(self.lanes)
        self.pending: OrderedDict[TaskId, None] = OrderedDict()
        self.kept: OrderedDict[TaskId, None] = OrderedDict()  # not pickled yet
        self.pickling: dict[TaskId, None] = {}
        self.level = ShutdownLevel.OPEN
        self.death: Death | None = None  # what broke the pool
        self.looked = True  # into the inbox, since the pool broke
        self.finished = False
        self.failed_starts = 0
        self.retry_at: float | None = None
        self.helpers = helpers
        self.jobs = 0  # given to user-code threads and not done
        self.progress = 0.0  # when a job was done last, or the first of a row given
        self.now = 0.0
        self.ops: list[Op] = []

    # --- the face ---------------------------------------------------------------------------------------------------

    def step(self, outcomes: Iterable[Outcome]) -> tuple[Op, ...]:
        """Take in what happened and return what to do about it."""
        for outcome in outcomes:
            legal.check(self, outcome)
            self._take(outcome)
        self.plan()
        if not self.ops:
            return ()
        ops, self.ops = tuple(self.ops), []
        return ops

    def plan(self) -> None:
        """Append the operations that follow from the state."""
        plan.plan(self)

    def deadline(self) -> float | None:
        """When to wake up even if nothing happens (same clock as ``Tick``); None: never."""
        times: list[float] = []
        for lane in self.lanes.values():
            if lane.deadline is not None:
                times.append(lane.deadline)
            if lane.retry_at is not None:
                times.append(lane.retry_at)
        if self.retry_at is not None and plan.wants_lane(self):
            times.append(self.retry_at)
        if not self.looked or ((self.level or self.death is not None) and plan.may_finish(self)):
            times.append(self.now)
        if self.jobs > self.helpers:
            times.append(self.progress + self.settings.patience)
        return min(times) if times else None

    @property
    def broken(self) -> bool:
        """The pool is broken."""
        return self.death is not None

    def unfinished(self) -> int:
        """Tasks that were accepted and have no end yet."""
        dealt = sum(lane.outstanding for lane in self.lanes.values())
        return len(self.pending) + len(self.kept) + len(self.pickling) + dealt

    def key(self) -> tuple[object, ...]:
        """All of the state as a hashable value: equal keys behave alike."""
        return (
            tuple(lane.key() for lane in self.lanes.values()), self.next_lane, tuple(self.pending), tuple(self.kept),
            tuple(self.pickling), self.level, self.death, self.looked, self.finished, self.failed_starts, self.retry_at,
            self.helpers, self.jobs, self.progress, self.now,
        )  # fmt: skip

    def copy(self) -> Manager:
        """An independent twin."""
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.lanes = {number: lane.copy() for number, lane in self.lanes.items()}
        twin.pending, twin.kept, twin.pickling = self.pending.copy(), self.kept.copy(), self.pickling.copy()
        twin.ops = []
        return twin

    # --- taking in --------------------------------------------------------------------------------------------------

    def _take(self, outcome: Outcome) -> None:
        """The usual ones first, and without a match: it takes longer.  ``legal`` has seen that there is such a lane."""
        if isinstance(outcome, Tick):
            if self.settings.cautious is not None:
                self._pass_time(outcome.now - self.now)
            self.now, self.looked = outcome.now, True
        elif isinstance(outcome, Submitted):
            self._submitted(outcome.ids, outcome.kept)
        elif isinstance(outcome, Sent):
            self._sent(self.lanes[outcome.lane], outcome.behind, outcome.gone)
        elif isinstance(outcome, Issued):
            self._issued(self.lanes[outcome.lane], outcome.gone)
        elif isinstance(outcome, Answered):
            self._answered(self.lanes[outcome.lane], outcome.answers)
        elif isinstance(outcome, Recalled):
            self.lanes[outcome.lane].recall(outcome.used)
        else:
            self._take_other(outcome)

    def _take_other(  # noqa: C901 - one table: a case an outcome
        self,
        outcome: words.Busy | words.Returned | words.TookBack | words.Withdrawn | words.Requested | words.Settled
        | words.JobDone | words.Pickled | words.PickleFailed | words.Started | words.StartFailed | words.Ready
        | words.InitializerFailed | words.Ended | words.Drained | words.Reaped,
    ) -> None:  # fmt: skip
        match outcome:
            case words.Busy(number):
                self._busy(self.lanes[number])
            case words.Returned(number):
                self._returned(number)
            case words.TookBack(number, seqs):
                self._took_back(self.lanes[number], seqs)
            case words.Withdrawn(id):
                self.pending.pop(id, None)
                self.kept.pop(id, None)
            case words.Requested(level):
                self.level = max(self.level, level)
            case words.Settled(owing):
                for id in owing:
                    self.give_job(words.Call(id))
            case words.JobDone():
                self.jobs -= 1
                self.progress = self.now
            case words.Pickled(id):
                if id in self.pickling:
                    del self.pickling[id]
                    self.pending[id] = None
            case words.PickleFailed(id):
                self.pickling.pop(id, None)
            case _:
                self._take_life(outcome)

    def _take_life(
        self,
        outcome: words.Started | words.StartFailed | words.Ready | words.InitializerFailed | words.Ended
        | words.Drained | words.Reaped,
    ) -> None:  # fmt: skip
        """What happens in the life of a worker."""
        lane = self.lanes.get(outcome.lane)
        if lane is None:
            return  # of a start that was given up; the platform ends what came of it
        match outcome:
            case words.Started():
                lane.phase, lane.deadline = Phase.BORN, None
            case words.StartFailed(cause=cause):
                del self.lanes[lane.number]
                self.ops.append(words.Close(lane.number))
                self._start_failed(words.Death(lane.number, None, words.When.START, cause=cause))
            case words.Ready():
                lane.phase = Phase.READY if lane.phase is Phase.BORN else lane.phase
                self.failed_starts, self.retry_at = 0, None
            case words.InitializerFailed(cause=cause):
                lane.failure = cause
                lane.deadline = self.now + self.settings.exit_limit
            case words.Ended():
                self._ended(lane)
            case words.Drained():
                lane.drained = True
            case words.Reaped(exitcode=exitcode):
                lane.reaped, lane.exitcode = True, exitcode
            case _:
                assert_never(outcome)

    def _pass_time(self, seconds: float) -> None:
        """Workers have been at their tasks for so much longer."""
        for lane in self.lanes.values():
            if lane.issued:
                lane.waited += seconds

    def _answered(self, lane: Lane, answers: tuple[words.Answer, ...]) -> None:
        plain: list[tuple[TaskId, object]] = []
        issued, lane.barren = lane.issued, False
        for seq, verdict, body in cast("tuple[tuple[words.Seq, words.Verdict, words.Body], ...]", answers):
            id = issued.pop(seq, None)
            if seq == MARK:
                lane.was_read(seq)
            else:
                lane.read = seq
            if id is None:
                continue  # a marked frame; or its future was failed when the pool broke
            if verdict is words.Verdict.PLAIN:
                plain.append((id, body))
            else:
                self.give_job(words.Deliver(id, verdict, body))
        if plain:
            self.ops.append(words.Settle(tuple(plain)))
        if self.settings.cautious is not None:
            lane.judge(len(answers))

    def _submitted(self, ids: tuple[TaskId, ...], kept: bool) -> None:  # noqa: FBT001 - a field of the outcome
        """Accept, unless it comes after the request to end or after the break.

        Whoever posts after a request finds the pool closed at the second look and withdraws, be it broken or not.
        Whoever posts after the break alone may have looked before it: those futures are told.
        """
        if self.level is ShutdownLevel.OPEN and self.death is not None:
            self.fail(ids, self.death)
        elif self.level is ShutdownLevel.OPEN:
            waiting = self.kept if kept else self.pending
            for id in ids:
                waiting[id] = None

    def _sent(self, lane: Lane, behind: int, gone: tuple[TaskId, ...]) -> None:
        lane.behind, lane.fresh = behind, False
        if gone:
            lane.queued = tuple(item for item in lane.queued if item[1] not in gone)
            lane.asked = tuple(item for item in lane.asked if item[1] not in gone)
            self._gone(gone)

    def _issued(self, lane: Lane, gone: tuple[TaskId, ...]) -> None:
        items = asked = lane.asked
        if gone:  # some of them before their frame was sent: those were heard of
            items = tuple(item for item in asked if item[1] not in gone)
            self._gone(tuple(id for _, id in asked if id in gone))
        lane.queued = lane.queued[len(asked) :]
        lane.issued.update(items)
        lane.given += len(items)
        lane.asked, lane.issuing, lane.barren = (), False, False

    def _gone(self, ids: tuple[TaskId, ...]) -> None:
        """Somebody else has claimed them, so they are cancelled: make sure of it, a call may have been interrupted."""
        for id in ids:
            self.pending.pop(id, None)  # there, if tickets came back at this wake-up that it was queued behind
        if ids:
            self.ops.append(words.Cancel(ids))

    def _busy(self, lane: Lane) -> None:
        lane.owed = lane.owed or lane.asking
        lane.asked, lane.issuing, lane.asking, lane.busy = (), False, False, True
        lane.retry_at = self.now + BUSY_RETRY

    def _returned(self, number: LaneNo) -> None:
        lane = self.lanes.get(number)
        if lane is not None:
            lane.busy, lane.owed, lane.retry_at = False, True, None

    def _took_back(self, lane: Lane, seqs: tuple[words.Seq, ...]) -> None:
        lane.asking, lane.barren = False, True
        ids = [lane.issued.pop(seq) for seq in seqs if seq in lane.issued]
        lane.given -= len(ids)
        if ids and lane.queued:  # they were dealt after those that come back: keep the order
            self.give_back([id for _, id in lane.queued])
            lane.queued = ()
        self.give_back(ids)
        if lane.phase is Phase.ENDED:
            lane.taken = True
        elif LEAVE in seqs:
            self.ops.append(words.Leave(lane.number))
        if MARK in seqs:
            lane.marking = False

    # --- ends of workers --------------------------------------------------------------------------------------------

    def _ended(self, lane: Lane) -> None:
        if lane.phase is Phase.ENDED:
            return  # it was abandoned before
        lane.leaving_was_asked = lane.phase is Phase.LEAVING and not lane.issued
        lane.was_ready = lane.phase in (Phase.READY, Phase.LEAVING)
        lane.phase, lane.deadline = Phase.ENDED, None
        self.ops.append(words.Drain(lane.number))
        self.take_back(lane)
        self.ops.append(words.Reap(lane.number))

    def bury(self, lane: Lane) -> None:
        """All that the dead worker left has been seen: charge its death, close its lane."""
        self.give_back([id for _, id in lane.queued])
        charged = tuple(lane.issued.values())
        del self.lanes[lane.number]
        self._charge(lane, self._death_of(lane, charged), charged)
        self.ops.append(words.Close(lane.number))

    def _charge(self, lane: Lane, death: Death, charged: tuple[TaskId, ...]) -> None:
        """What a worker's death costs."""
        if self.broken or (lane.leaving_was_asked and not charged):
            return
        if self.level >= ShutdownLevel.TERMINATE:
            self.fail(charged, death)
        elif self.settings.policy is DeathPolicy.BREAK or lane.failure is not None:
            self.break_pool(death, charged)
        else:
            self.fail(charged, death)
            if not lane.was_ready:
                self._start_failed(death)

    def _death_of(self, lane: Lane, charged: tuple[TaskId, ...]) -> Death:
        if lane.failure is not None:
            when = words.When.INITIALIZER
        elif charged:
            forced = self.level >= ShutdownLevel.TERMINATE and lane.force is not Force.NONE
            when = words.When.FORCED if forced else words.When.TASK
        else:
            when = words.When.IDLE if lane.was_ready else words.When.START
        return words.Death(lane.number, lane.exitcode, when, charged[0] if charged else None, lane.failure)

    def _start_failed(self, death: Death) -> None:
        """Try again as long as others work; break when nobody is left and it failed several times in a row."""
        self.failed_starts += 1
        if self.broken or self.level >= ShutdownLevel.TERMINATE:
            return
        if plan.is_desperate(self) and not any(lane.alive for lane in self.lanes.values()):
            self.break_pool(death, ())
        elif self.lanes:
            self.retry_at = self.now + 1.0

    def give_up_start(self, lane: Lane) -> None:
        """A start that does not return costs nobody anything; what may still come of it is ended by the platform."""
        del self.lanes[lane.number]
        self.ops.append(words.Close(lane.number))
        cause = f"its start did not return within {self.settings.start_limit:g} seconds"
        self._start_failed(words.Death(lane.number, None, words.When.START, cause=cause))

    # --- what several of them do ------------------------------------------------------------------------------------

    def give_job(self, job: words.Deliver | words.Call | words.Pickle) -> None:
        """Hand a job to the user-code threads."""
        if self.jobs == 0:
            self.progress = self.now
        self.jobs += 1
        self.ops.append(job)

    def take_back(self, lane: Lane) -> None:
        """Have the tickets read back, once at a time."""
        lane.owed = False
        if not lane.asking:
            lane.asking = True
            self.ops.append(words.TakeBack(lane.number))

    def give_back(self, ids: Iterable[TaskId]) -> None:
        """These tasks are pending again, before all others, in their order."""
        for id in reversed(tuple(ids)):
            self.pending[id] = None
            self.pending.move_to_end(id, last=False)

    def fail(self, ids: tuple[TaskId, ...], death: Death) -> None:
        """Break these futures."""
        if ids:
            self.ops.append(words.Fail(ids, death))

    def break_pool(self, death: Death, charged: tuple[TaskId, ...]) -> None:
        """No task runs any more: refuse, fail every unfinished future, end every worker."""
        self.death, self.looked = death, False
        self.ops.append(words.Break(death))
        self.fail_all(death, charged)
        for lane in self.lanes.values():
            self.push(lane, Force.TERMINATE)

    def fail_all(self, death: Death, charged: tuple[TaskId, ...] = ()) -> None:
        """Break every unfinished future, the charged ones first; what was to be cancelled is cancelled."""
        dealt: list[TaskId] = []
        if self.level >= ShutdownLevel.CANCEL:
            plan.cancel_waiting(self)
        for lane in self.lanes.values():
            if (lane.issued or lane.asked) and lane.phase is not Phase.ENDED:
                self.take_back(lane)  # nobody begins what has its end
            dealt += lane.issued.values()
            dealt += (id for _, id in lane.queued)
            lane.issued, lane.queued, lane.asked = {}, (), ()
        self.fail((*charged, *dealt, *self.pending, *self.pickling, *self.kept), death)
        for waiting in (self.pending, self.pickling, self.kept):
            waiting.clear()

    def push(self, lane: Lane, force: Force) -> None:
        """Make the worker end, at least this hard; the next degree follows when its time is up."""
        if lane.phase in (Phase.ENDED, Phase.STARTING) or lane.force.value >= force.value:
            return  # there is no process any more, or none yet: the plan looks again when there is
        lane.force = force
        if force is Force.ABANDON:  # the operating system does not end it: nothing more can be done from here
            self._ended(lane)
            return
        limit = self.settings.terminate_limit if force is Force.TERMINATE else self.settings.kill_limit
        lane.deadline = self.now + limit
        self.ops.append(words.Signal(lane.number, force is Force.KILL))
