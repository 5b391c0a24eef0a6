"""The real platform: performs the manager's operations on processes, pipes and futures.  Decides nothing."""

from __future__ import annotations

import time
from concurrent.futures._base import FINISHED
from functools import partial

from checkedpool import future as ending
from checkedpool._core import words
from checkedpool._core.lane import LEAVE, MARK
from checkedpool._shell import answers as quick
from checkedpool._shell import calls, jobs, pickling, processes, turns, wakers
from checkedpool._shell.answers import VERDICTS, as_bytes, as_pickled
from checkedpool._shell.frames import HEADER, Kind, header
from checkedpool._shell.loan import Loan
from checkedpool._shell.memory import weight
from checkedpool._shell.reactor import Reactor
from checkedpool._shell.reports import broken_errors
from checkedpool._shell.statuses import Statuses
from checkedpool.future import PoolFuture

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeAlias

    from checkedpool._core.words import LaneNo, Op, Outcome, TaskId
    from checkedpool._shell.lane import LaneChannels
    from checkedpool._shell.locks import Latch
    from checkedpool._shell.shared import Shared
    from checkedpool._shell.starting import Starter
    from checkedpool._shell.wakers import Sleeper

AnyFuture: TypeAlias = "PoolFuture[Any]"
CALL = int(Kind.CALL)
COUNTED = 4096
"""Frames below this many bytes are not counted in the budget: there the objects around them weigh more."""


class RealPlatform:
    """Implements ``Platform`` for one pool; used by the manager's thread only."""

    loan_type: type[Loan] = Loan

    def __init__(
        self, shared: Shared, starter: Starter, lanes: dict[LaneNo, LaneChannels], helpers: jobs.Helpers
    ) -> None:
        self.shared = shared
        self.starter = starter
        self.helpers = helpers
        self.lanes = lanes
        self.futures: dict[TaskId, AnyFuture] = {}
        self.sizes: dict[TaskId, int] = {}
        self.unsettled: dict[TaskId, tuple[AnyFuture, ending.Ending | None]] = {}
        self.starting: set[LaneNo] = set()
        self.barriers: list[Latch] = []
        self.woken: list[Sleeper] = []
        self.outcomes: list[Outcome] = []
        self.broken_by: tuple[words.Death | None, str | None, int | None] = None, None, None
        self.reactor = Reactor()
        self.statuses = Statuses(self.reactor)
        for lane in lanes.values():
            self._adopt(lane)

    # --- the protocol -----------------------------------------------------------------------------------------------

    def perform(self, ops: Sequence[Op]) -> list[Outcome]:
        """See ``Platform``."""
        try:
            for op in ops:
                DOES[type(op)](self, op)
        finally:
            if self.woken:  # last: who is woken is given the interpreter's lock, and may keep it
                wakers.wake(self.woken)
        outcomes, self.outcomes = self.outcomes, []
        return outcomes

    def wait(self, deadline: float | None) -> list[Outcome]:  # noqa: C901 - one list: what there may be
        """See ``Platform``."""
        if self.barriers and not self.starting and not self.shared.has_posts():
            self.lift_barriers()
        if self.statuses.awaited:
            soonest = self.statuses.soonest()
            deadline = soonest if deadline is None else min(deadline, soonest)
        if self.helpers.again is not None:
            deadline = self.helpers.try_again(deadline)
        timeout = None if deadline is None else max(0.0, deadline - time.monotonic())
        events = self.reactor.wait(self.shared, timeout)
        turns.gather(events)
        outcomes = self.outcomes
        outcomes.append(quick.TICK((time.monotonic(),)))
        if self.shared.loan is not None:
            self._recall(self.shared.loan)
        if self.shared.inbox:
            self._take_inbox()
        deaths = []
        for happened, lane in events:
            if happened == "result":
                self._read(lane)
            elif happened == "room":
                self._write(lane)
            elif happened == "death":
                deaths.append(lane)
        for lane in deaths:  # after all answers that were there
            self.reactor.forget_death(lane)
            outcomes.append(words.Ended(lane.number))
        if self.statuses.awaited:
            outcomes += self.statuses.look()
        self.outcomes = []
        return outcomes

    def _recall(self, loan: Loan) -> None:
        """Take a worker back that was lent; the task that a client has issued to it is the first in the inbox."""
        shared = self.shared
        shared.loan, used = None, loan.recall()
        if used is not None:
            self.futures[used] = shared.inbox.popleft()  # type: ignore[assignment]  # ``Loan.use`` has looked
            shared.burst = 0
        self.outcomes.append(quick.RECALLED((loan.lane.number, used)))

    def lift_barriers(self) -> None:
        """Let those go on who wait until all that they posted has been seen."""
        while self.barriers:
            self.barriers.pop().set()

    # --- inbox ------------------------------------------------------------------------------------------------------

    def _take_inbox(self) -> None:
        shared, inbox = self.shared, self.shared.inbox
        ids: list[TaskId] = []
        kept: list[TaskId] = []
        for _ in range(len(inbox)):
            post = inbox.popleft()
            if isinstance(post, PoolFuture):
                number, frame = post._number, post._frame
                self.futures[number] = post
                if frame is not None and len(frame) > COUNTED:
                    self.sizes[number] = size = weight(frame)
                    shared.pending_bytes += size
                (ids if post._kept is None else kept).append(number)
                continue
            if ids or kept:
                self._flush(ids, kept)
            self._take_post(post)
        if ids or kept:
            self._flush(ids, kept)
        shared.burst = 0

    def _flush(self, ids: list[TaskId], kept: list[TaskId]) -> None:
        for numbers, are_kept in ((ids, False), (kept, True)):
            if numbers:
                self.outcomes.append(quick.SUBMITTED((tuple(numbers), are_kept)))
                numbers.clear()

    def _take_post(self, post: Outcome | Latch) -> None:
        match post:
            case words.Withdrawn(number) | words.PickleFailed(number):
                self._drop(number)
            case words.Started(number) | words.StartFailed(number):
                self.starting.discard(number)
                lane = self.starter.take(number)
                if lane is not None:
                    self.lanes[number] = lane
                    self.outcomes.append(post)
                    self._adopt(lane)
                    return
            case words.JobDone():
                pass
            case _ if not isinstance(post, words.Outcome):
                self.barriers.append(post)
                return
        self.outcomes.append(post)

    def _adopt(self, lane: LaneChannels) -> None:
        self.reactor.add(lane)
        lane.write()
        self.reactor.want_room(lane, wanted=lane.unwritten)
        if lane.watch is None:
            self.outcomes.append(words.Ended(lane.number))

    # --- workers ----------------------------------------------------------------------------------------------------

    def _start(self, op: words.Start) -> None:
        self.starting.add(op.lane)
        self.starter.start_in_thread(op.lane)

    def _signal(self, op: words.Signal) -> None:
        lane = self.lanes[op.lane]
        processes.send_signal(lane.process, lane.watch, force=op.force)

    def _leave(self, op: words.Leave) -> None:
        self.lanes[op.lane].put_ticket(LEAVE)

    def _mark(self, op: words.Mark) -> None:
        lane = self.lanes[op.lane]
        lane.queue([(header(MARK, Kind.CALL, calls.NOTHING), calls.NOTHING)])
        self._write(lane)
        lane.put_ticket(MARK)

    def _drain(self, op: words.Drain) -> None:
        lane = self.lanes[op.lane]
        lane.dead = True
        while self._read(lane):
            pass
        self.outcomes.append(words.Drained(op.lane))

    def _reap(self, op: words.Reap) -> None:
        self.outcomes += self.statuses.await_of(self.lanes[op.lane])

    def _close(self, op: words.Close) -> None:
        lane = self.lanes.pop(op.lane, None)
        if lane is None:  # its start failed, or hangs: whatever comes of it later is ended there
            self.starting.discard(op.lane)
            self.starter.abandon(op.lane)
            return
        self.reactor.remove(lane)
        lane.close()
        processes.forget(lane.process)

    # --- tasks to workers -------------------------------------------------------------------------------------------

    def _send(self, op: words.Send) -> None:
        lane, unclaimed, futures = self.lanes[op.lane], self.shared.unclaimed, self.futures
        gone, frames, pack = [], [], HEADER.pack
        for seq, number in op.items:
            future = futures.get(number)
            frame = None if future is None else future._frame
            if future is None or frame is None or number not in unclaimed:
                unclaimed.pop(number, None)  # its ticket may be asked for next: none goes out without a frame
                gone.append(number)
                continue
            future._place = lane, seq
            frames.append((pack(seq, CALL, len(frame)), frame))
        lane.queue(frames)
        self._write(lane, tuple(gone))

    def _write(self, lane: LaneChannels, gone: tuple[TaskId, ...] = ()) -> None:
        lane.write()
        if lane.unwritten or lane.wants_room:
            self.reactor.want_room(lane, wanted=lane.unwritten)
        self.outcomes.append(quick.SENT((lane.number, lane.behind, gone)))

    def _issue(self, op: words.Issue) -> None:
        gone = self.lanes[op.lane].issue(op.items)
        self.outcomes.append(words.Busy(op.lane) if gone is None else quick.ISSUED((op.lane, tuple(gone))))

    def _lend(self, op: words.Lend) -> None:
        self.shared.loan = self.loan_type(self.lanes[op.lane], op.seq)

    def _take_back(self, op: words.TakeBack) -> None:
        seqs = self.lanes[op.lane].take_back()
        self.outcomes.append(words.Busy(op.lane) if seqs is None else words.TookBack(op.lane, seqs))

    # --- answers of workers -----------------------------------------------------------------------------------------

    def _read(self, lane: LaneChannels) -> bool:
        """Read once; whether there may be more."""
        frames = lane.read()
        if frames is None:
            self.reactor.forget_result(lane)
            return False
        answers: list[words.Answer] = []
        for seq, kind, body in frames:
            verdict = VERDICTS.get(kind)
            if verdict is not None:
                answers.append(quick.ANSWER((seq, verdict, body)))
            elif kind == Kind.READY:
                self.outcomes.append(words.Ready(lane.number))
            else:
                self.outcomes.append(words.InitializerFailed(lane.number, body))
        if answers:
            lane.answered(answers)
            self.outcomes.append(quick.ANSWERED((lane.number, tuple(answers))))
        return True

    # --- ends of futures --------------------------------------------------------------------------------------------

    def _drop(self, number: TaskId) -> AnyFuture | None:
        """The manager has no more to do with this task."""
        if number in self.sizes:
            self._count_off(number)
        return self.futures.pop(number, None)

    def _count_off(self, number: TaskId) -> None:
        self.shared.pending_bytes -= self.sizes.pop(number)

    def _end(self, number: TaskId, end: ending.Ending, owing: list[TaskId]) -> None:
        future = self._drop(number)
        if future is None:
            return
        told = future._try_quick(end, self.woken)
        if told is not False:
            self.unsettled[number] = future, end if told is None else None
            owing.append(number)

    def _settle(self, op: words.Settle) -> None:
        """The end of nearly every task: ``_end`` for each, written out."""
        owing: list[TaskId] = []
        take, loads, woken = self.futures.pop, pickling.loads, self.woken
        for number, body in op.results:
            if number in self.sizes:
                self._count_off(number)
            future = take(number, None)
            if future is None:
                continue
            end = loads(as_bytes(body)), None, FINISHED
            told = future._try_quick(end, woken)
            if told is not False:
                self.unsettled[number] = future, end if told is None else None
                owing.append(number)
        if owing:
            self.outcomes.append(words.Settled(tuple(owing)))

    def _cancel(self, op: words.Cancel) -> None:
        owing: list[TaskId] = []
        for number in op.ids:
            self._end(number, ending.CANCELLED_END, owing)
        if owing:
            self.outcomes.append(words.Settled(tuple(owing)))

    def _fail(self, op: words.Fail) -> None:
        owing: list[TaskId] = []
        death, name, pid = self.broken_by
        if op.death is not death:
            name, pid = self._name_of(op.death), self._pid_of(op.death)
        charged = op.death.charged
        of_its_task, of_others = (broken_errors(op.death, pid, name, ran=ran) for ran in (True, False))
        for number in op.ids:
            self._end(number, ending.error_end(of_its_task() if number == charged else of_others()), owing)
        if owing:
            self.outcomes.append(words.Settled(tuple(owing)))

    def _break(self, op: words.Break) -> None:
        name, pid = self._name_of(op.death), self._pid_of(op.death)
        self.broken_by = op.death, name, pid
        self.shared.broken = broken_errors(op.death, pid, name, ran=False)

    def _pid_of(self, death: words.Death) -> int | None:
        lane = None if death.lane is None else self.lanes.get(death.lane)
        return None if lane is None else lane.pid

    def _name_of(self, death: words.Death) -> str | None:
        charged = None if death.charged is None else self.futures.get(death.charged)
        return None if charged is None else charged._name

    # --- jobs -------------------------------------------------------------------------------------------------------

    def _call(self, op: words.Call) -> None:
        future, end = self.unsettled.pop(op.id)
        self.helpers.give(partial(future._end_and_call, end))

    def _deliver(self, op: words.Deliver) -> None:
        future = self._drop(op.id)
        if future is None:
            self.helpers.give(jobs.nothing)
        else:
            self.helpers.give(partial(jobs.deliver, future, op.verdict, as_pickled(op.body)))

    def _pickle(self, op: words.Pickle) -> None:
        self.helpers.give(partial(jobs.pickle_late, self.shared, self.futures[op.id]))

    def _add_helper(self, _: words.AddHelper) -> None:
        self.helpers.add_or_owe()

    def _finish(self, _: words.Finish) -> None:
        self.reactor.close()
        self.helpers.end()


DOES: dict[type, Callable[[RealPlatform, Any], None]] = {
    words.Start: RealPlatform._start,
    words.Send: RealPlatform._send,
    words.Issue: RealPlatform._issue,
    words.Lend: RealPlatform._lend,
    words.TakeBack: RealPlatform._take_back,
    words.Mark: RealPlatform._mark,
    words.Leave: RealPlatform._leave,
    words.Signal: RealPlatform._signal,
    words.Drain: RealPlatform._drain,
    words.Reap: RealPlatform._reap,
    words.Close: RealPlatform._close,
    words.Settle: RealPlatform._settle,
    words.Deliver: RealPlatform._deliver,
    words.Call: RealPlatform._call,
    words.Pickle: RealPlatform._pickle,
    words.Cancel: RealPlatform._cancel,
    words.Fail: RealPlatform._fail,
    words.Break: RealPlatform._break,
    words.AddHelper: RealPlatform._add_helper,
    words.Finish: RealPlatform._finish,
}
"""Op -> how it is performed.  Not in the instance: in such a cycle the pool's descriptors would wait for gc."""
