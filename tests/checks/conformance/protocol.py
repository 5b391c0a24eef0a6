"""What a world of the simulated system is in the protocol.

Decides: the mapping from worlds to states of the protocol. Must not know: how far a call is (``calls``), which actions
a step may be (``allowed``), how they are matched (``follow``).

The code takes in all that there is at one wake-up and then performs commands one by one; the protocol does one thing
after another. So an answer, a death or a cancellation counts as taken in when the command that carries it out is
performed: until then it is still in its pipe, its book, its list. What no actor of the protocol reads is made alike on
both sides (``forgotten``).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import TypeGuard

from checkedpool._core import messages
from checkedpool._core import worker_record as lanes
from checkedpool._core.tables import LEAVE
from checkedpool._core.tables import Step as At
from checkedpool._core.worker_record import Force, Phase
from checkedpool.testing import NOBODY, End, Handed, Lane, Stage, World
from checkedpool.testing.simulated import payload
from checkedpool_model.protocol import bounds, state
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.state import Mark, Message, Note, Signal, Slot, State, Worker
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel
from tests.checks.conformance.calls import client_of
from tests.checks.conformance.contract import asked
from tests.checks.conformance.forgotten import forgotten
from tests.checks.conformance.managers import manager_of
from tests.checks.conformance.workers import has_ended, is_stolen, slot_of, worker_of

__all__ = ["as_protocol"]

ENDS = {
    End.OPEN: state.End.OPEN, End.SUCCEEDED: state.End.SUCCEEDED, End.FAILED: state.End.FAILED,
    End.CANCELLED: state.End.CANCELLED, End.BROKEN: state.End.BROKEN, End.BLAMED: state.End.BLAMED,
    End.STOPPED: state.End.STOPPED,
}  # fmt: skip
OF_ONE: dict[type, tuple[Note, str]] = {
    messages.Requested: (Note.REQUESTED, "level"), messages.RevokedByCanceller: (Note.LOOK, "lane"),
    messages.StopRequested: (Note.STOP, "id"), messages.Resized: (Note.RESIZED, "max_workers"),
}  # fmt: skip
"""Messages that say one thing: what they are in the protocol, and in which field it stands."""
CANCELLING = ("cancel", "stop")
ASKED = (At.WAKE_FOR_STOP, At.NOTIFY_STOPPED)
# --- the mapping ------------------------------------------------------------------------------------------------------


class Known:
    """What is the same in many worlds of one graph."""

    def __init__(self, k: Bounds) -> None:
        self.initial = bounds.initial(k)
        self.stops = k.stops
        self.lanes: dict[Hashable, tuple[tuple[int, ...], state.Lane]] = {}
        """Book and lane, by all that these depend on."""
        self.clients: dict[Hashable, tuple[state.Client, ...]] = {}
        self.tasks: dict[Hashable, tuple[state.Task, ...]] = {}
        """Likewise."""


def as_protocol(k: Bounds, w: World, known: Known | None = None) -> State:
    """The world as the protocol with these constants sees it; ``known``: of other worlds of its graph."""
    known = known or Known(k)
    view = _View(k, w, known)
    return forgotten(
        k,
        State(
            clients=_clients(k, w, known),
            lanes=tuple(view.lanes),
            tasks=view.tasks(known),
            budget=k.budget,
            failures=view.failures(),
            jobs=view.jobs(),
            threads=known.initial.threads,
            inbox=tuple(view.inbox()),
            manager=view.manager,
            asleep=view.manager is state.Manager.ASLEEP,
            closed=w.closed,
            broken=w.broken,
            asked=asked(w),
            level=ShutdownLevel.OPEN if w.mind is None else w.mind.machine.level,
            size=k.allowed if w.mind is None else w.mind.machine.settings.max_workers,
        ),
    )


def _clients(k: Bounds, w: World, known: Known) -> tuple[state.Client, ...]:
    """They depend on channels only where a canceller knows a place."""
    question = w.clients, w.broken, w.closed
    found = known.clients.get(question)
    if found is None:
        found = tuple([client_of(k, w, c) for c in range(len(w.clients))])
        if all(client.place is None for client in w.clients):
            known.clients[question] = found
    return found


class _View:
    """One world, read once."""

    def __init__(self, k: Bounds, w: World, known: Known) -> None:
        self.k, self.w, self.stops = k, w, known.stops
        self.machine = None if w.mind is None else w.mind.machine
        self.commands = () if w.mind is None else w.mind.commands
        self.outs = () if w.mind is None else w.mind.outs
        self.manager = manager_of(w)
        self.settling: list[int] = []
        self.ending: list[int] = []
        for op in self.commands:
            self._is_about_to(op)
        there = self.machine.lanes.values() if self.machine else ()
        self.queued = {t for lane in there for _, t in lane.queued}
        """Tasks whose tickets the manager has not issued: it may find out later that they were cancelled meanwhile."""
        self.breaking = next((op.death for op in self.commands if isinstance(op, messages.Break)), None)
        self.named: dict[tuple[int, int], int] = {}
        for lane in w.lanes:
            if lane.returned:
                self.named = dict(self._named())
                break
        self.early = {} if self.breaking or not self.ending else dict(self._decided())
        self.pickled: set[int] = set()
        self.failed: set[int] = set()
        for post in (*w.inbox, *w.heard):
            if isinstance(post, messages.Pickled):
                self.pickled.add(post.id)
            elif isinstance(post, messages.PickleFailed) and k.kind(post.id) is bounds.Kind.LATE_BAD:
                self.failed.add(post.id)
        self.letters = tuple(self._given()) if w.jobs or k.callbacks else ()
        self.given = dict(self.letters)
        self.back = {t for n in range(len(w.lanes)) for t in self._returned(n)} if self.named else set()
        self.owes = False
        for task in w.tasks:
            if task.notified and not task.end:
                self.owes = True
        self.books: dict[int, tuple[int, ...]] = {}
        self.lanes: list[state.Lane] = []
        for n in range(k.lanes):
            self._read_lane(n, known)

    def _is_about_to(self, op: messages.Command) -> None:
        """Whose answers and whose ends are decided by this command, and not carried out."""
        if isinstance(op, messages.Settle):
            self.settling += [t for t, _ in op.results]
        elif isinstance(op, messages.Deliver):
            self.settling.append(op.id)
        elif isinstance(op, (messages.Cancel, messages.Fail)):
            self.ending += op.ids

    def _is_settled(self, t: int) -> bool:
        """It is done, or will be as soon as its lock is free, whatever a canceller does."""
        task = self.w.tasks[t]
        if task.end or not task.notified:
            return bool(task.end)
        cancelling = any(client.step and client.todo[0].task == t for client in self.w.clients)
        return bool(task.begun or task.notified is End.CANCELLED or not cancelling)

    def _nobody_else_ends(self, t: int) -> bool:
        """Neither its submitter nor a canceller can still claim it."""
        task = self.w.tasks[t]
        cancellers = (call for client in self.w.clients for call in client.todo if call.what in CANCELLING)
        is_accepted = task.handed is Handed.RETURNED or self._is_about_to_be_accepted(t)
        return not task.end and is_accepted and all(call.task != t for call in cancellers)

    def _is_about_to_be_accepted(self, t: int) -> bool:
        """Whether its submitter has looked at the gate for the last time; or will be late for the break."""
        w = self.w
        steps = {client.step for client in w.clients if client.step and client.todo[0].task == t}
        return bool(steps & {At.ISSUE_ALONE, At.WAKE_FOR_TASK}) or (
            At.REREAD_CLOSED in steps and w.broken and not w.closed
        )

    def _decided(self) -> Iterator[tuple[int, state.End]]:
        """Ends that are decided and still to be told, of tasks that are on no lane: the protocol does both at once."""
        on_lanes = self._on_lanes()
        for op in self.commands:
            if isinstance(op, messages.Fail):
                for t in op.ids:
                    if t == op.death.blamed:
                        yield from [(t, state.End.BLAMED)] * (not self._is_to_be_blamed(op))
                    elif t not in on_lanes and self._nobody_else_ends(t):
                        yield t, state.End.BROKEN
            elif isinstance(op, messages.Cancel):  # of a worker that was stopped
                yield from ((t, state.End.STOPPED) for t in op.ids if self.w.tasks[t].begun and not self.w.tasks[t].end)

    def _on_lanes(self) -> set[int]:
        """Tasks whose tickets are out, or lie in a return buffer into which the manager has not looked yet."""
        return {t for lane in self.w.lanes for _, t in lane.ticketed} | set(self.named.values())

    def _returned(self, n: int) -> tuple[int, ...]:
        """What a canceller has revoked and the manager has not seen."""
        return tuple(self.named[n, seq] for seq in self.w.lanes[n].returned if (n, seq) in self.named)

    def _named(self) -> Iterator[tuple[tuple[int, int], int]]:
        """Whose ticket each number is, in return buffers: a pool about to break has struck them off its book."""
        if self.machine is None:
            return
        fails = [op for op in self.commands if isinstance(op, messages.Fail) and self.machine.death is not None]
        ids = [t for op in fails for t in op.ids]
        struck = iter([t for t in ids if self.w.tasks[t].end is End.CANCELLED])
        for n, lane in enumerate(self.w.lanes):
            there = self.machine.lanes.get(n)
            named = {LEAVE: int(Mark.LEAVE), **(there.issued if there else {}), **self._just_issued(n),
                     **self._alone(n)}  # fmt: skip
            named.update((place[1], t) for t in ids if (place := self.w.tasks[t].place) and place[0] == n)
            for seq in lane.returned:
                t = named[seq] if seq in named else next(struck, None)
                if t is not None:
                    yield (n, seq), t

    def _just_issued(self, n: int) -> dict[int, int]:
        """Tickets that are out and that the machine was not told of yet: a canceller may have them back already."""
        there = self.machine.lanes.get(n) if self.machine else None
        told = there is None or not any(isinstance(out, messages.Issued) and out.lane == n for out in self.outs)
        return {} if there is None or told else dict(there.asked)

    def _alone(self, n: int) -> dict[int, int]:
        """The ticket that a client has put out by itself, until the machine is told."""
        w = self.w
        if w.loan is not None and w.loan[0] == n:
            return {} if w.used == NOBODY else {w.loan[1]: w.used}
        if not w.heard:
            return {}
        there = self.machine.lanes.get(n) if self.machine else None
        told = (out.used for out in w.heard if isinstance(out, messages.Recalled) and out.lane == n)
        used = next(told, None)
        return {} if used is None or there is None else {there.last % lanes.LAST_SEQ + 1: used}

    def _book(self, n: int) -> list[int]:
        w, there = self.w, self.machine.lanes.get(n) if self.machine else None
        if there is None:
            return []
        booked = dict(w.lanes[n].ticketed) | self._alone(n)
        came_back = [
            seq for out in self.outs if isinstance(out, messages.Revoked) and out.lane == n for seq in out.seqs
        ]
        booked.update({seq: t for seq, t in there.issued.items() if seq not in came_back})
        booked.update({seq: t for (lane, seq), t in self.named.items() if lane == n and t >= 0})
        tasks = [*self._settled_from(n), *[t for _, t in sorted(booked.items())]]
        return [
            t for t in dict.fromkeys(tasks) if not (w.tasks[t].notified and self._is_settled(t)) and t not in self.early
        ]

    def _settled_from(self, n: int) -> list[int]:
        """Tasks whose answers were taken in and are not told yet."""
        return [t for t in self.settling if (self.w.tasks[t].place or (n, 0))[0] == n]

    # --- tasks ------------------------------------------------------------------------------------------------------

    def tasks(self, known: Known) -> tuple[state.Task, ...]:
        """All of them: once for all worlds of the graph that differ in what they do not depend on."""
        w = self.w
        if self.named or self.early or self.pickled or self.failed:
            return tuple([self.task(t) for t in range(len(w.tasks))])
        question = w.mind, w.tasks, w.clients, w.jobs, *self.books.values()
        found = known.tasks.get(question)
        if found is None:
            found = known.tasks[question] = tuple([self.task(t) for t in range(len(w.tasks))])
        return found

    def task(self, t: int) -> state.Task:
        task = self.w.tasks[t]
        ended = ENDS[task.end or (task.notified if self._is_settled(t) else End.OPEN)]
        if not task.end:
            ended = self.early.get(t, ended)
        if self._is_being_told(t) and not task.end and not task.begun:
            ended = state.End.CANCELLED
        if task.handed is Handed.RAISED or (self.given.get(t) is state.Job.READ and task.end is not End.STOPPED):
            ended = state.End.OPEN
        return state.Task(
            handed=state.Handed(task.handed), end=ended, notified=ended != state.End.OPEN, begun=task.begun,
            unclaimed=task.unclaimed and ended == state.End.OPEN and t not in self.back, pending=self._is_pending(t),
            job=self.job(t), has_callback=t in self.k.callbacks,
        )  # fmt: skip

    def _is_being_told(self, t: int) -> bool:
        """Whether a canceller has won the claim and is about to say so."""
        for client in self.w.clients:
            if (client.step is At.NOTIFY_CLAIMED or client.step is At.NOTIFY_REVOKED) and client.todo[0].task == t:
                return True
        return self._has_been_claimed(t)

    def _has_been_claimed(self, t: int) -> bool:
        """By a canceller who was interrupted then: the manager finds that out, and makes sure that it is cancelled."""
        task = self.w.tasks[t]
        if task.handed is not Handed.RETURNED or task.unclaimed or task.end:
            return False
        return task.place is None and not task.begun and not task.notified

    def _is_pending(self, t: int) -> bool:
        """On the manager's list: known, on no lane, and nobody has decided how it ends."""
        task = self.w.tasks[t]
        if self.machine is None or self._is_being_pickled(t):
            return False
        for book in self.books.values():
            if t in book:
                return False
        known = t in self.machine.pending or t in self.queued or (self.outs and t in self._came_back())
        if known and not self._is_gone(t):
            return True
        if self._is_settled(t) or t in self.early or self._is_gone(t):
            return False
        if self.breaking and t == self.breaking.blamed:
            return False
        about_to_end = t in self.ending or bool(task.owed)
        return t in self.machine.pending or t in self._on_their_way() or (about_to_end and task.unclaimed)

    def _on_their_way(self) -> set[int]:
        """Tasks that were dealt and not issued."""
        sent = {t for op in self.commands if isinstance(op, messages.Send) for _, t in op.items}
        return self.queued | sent

    def _came_back(self) -> set[int]:
        """Tasks whose tickets came back just now; whoever has claimed them, that is found out when they are dealt."""
        there = self.machine.lanes if self.machine else {}
        back = (out for out in self.outs if isinstance(out, messages.Revoked))
        return {there[out.lane].issued[seq] for out in back for seq in out.seqs if seq in there[out.lane].issued}

    def _is_gone(self, t: int) -> bool:
        """The machine was told, or is about to be, that somebody else has claimed it."""
        if not self.outs:
            return False
        return any(isinstance(out, (messages.Sent, messages.Issued)) and t in out.gone for out in self.outs)

    # --- user code --------------------------------------------------------------------------------------------------

    def job(self, t: int) -> state.Job:
        """What is to be done for a task, from the moment at which that is decided."""
        if self._is_being_pickled(t):
            return state.Job.PICKLE
        job = self.given.get(t, state.Job.NOTHING)
        return job if job is not state.Job.PICKLE else state.Job.NOTHING

    def _is_being_pickled(self, t: int) -> bool:
        """Known and not pickled yet, as far as the manager knows, whoever has claimed it; not if that has failed."""
        task = self.w.tasks[t]
        if self.machine is None or task.end is End.FAILED or t in self.failed or t in self.early:
            return False
        if t in self.machine.deferred or t in self.machine.pickling:
            return True
        not_heard = task.deferred or t in self.pickled
        return not_heard and task.unclaimed and (t in self.ending or bool(task.owed))

    def jobs(self) -> tuple[int, ...]:
        """The jobs that no thread has done."""
        return tuple(t for t, _ in self.letters)

    def _given(self) -> Iterator[tuple[int, state.Job]]:
        """What the threads have in hand; callbacks are theirs as soon as the pool has ended the future."""
        for job in self.w.jobs:
            if isinstance(job, (messages.Deliver, messages.Pickle)):
                yield job.id, state.Job.READ if isinstance(job, messages.Deliver) else state.Job.PICKLE
        for t, task in enumerate(self.w.tasks):
            told_late = task.owed and not task.end and self._is_settled(t) and not self._is_being_told(t)
            theirs = (task.owed is End.OPEN or told_late or t in self.early) and task.handed is not Handed.RAISED
            if theirs and self.k.callbacks:
                yield t, state.Job.CALL

    def failures(self) -> int:
        """Starts in a row that came to nothing; one that breaks the pool counts when that is carried out."""
        if self.machine is None:
            return 0
        counts = (
            self.breaking is not None
            and self.breaking.when is messages.When.START
            and self.k.policy is DeathPolicy.REPLACE
        )
        return min(self.machine.failed_starts - counts, self.k.patience)

    # --- lanes ------------------------------------------------------------------------------------------------------

    def _read_lane(self, n: int, known: Known) -> None:
        """Book and lane: one for all worlds of the graph that differ in what neither of them depends on."""
        w, question = self.w, None
        if self.machine is None or n >= len(w.lanes):
            self.lanes.append(known.initial.lanes[n] if self.machine is None and not w.ended else self.lane(n))
            return
        if not (self.named or self.early or self.owes):
            asked = (w.clients, w.inbox) if self.stops else None
            question = (n, w.mind, w.lanes[n], w.tasks, w.loan, w.used, w.heard, w.broken, asked)
            found = known.lanes.get(question)
            if found is not None:
                self.books[n] = found[0]
                self.lanes.append(found[1])
                return
        self.books[n] = tuple(self._book(n))
        self.lanes.append(self.lane(n))
        if question is not None:
            known.lanes[question] = self.books[n], self.lanes[n]

    def lane(self, n: int) -> state.Lane:
        there = self.machine.lanes.get(n) if self.machine else None
        if there is None:
            return self._dead_and_nothing_blamed(n)
        if n >= len(self.w.lanes):
            return state.Lane()  # its start is decided and not asked for
        lane = self.w.lanes[n]
        if there.phase is Phase.STARTING and lane.stage not in {Stage.POSTED, Stage.ADOPTED}:
            worker = Worker.STUCK if lane.stage is Stage.STUCK else Worker.NONE
            return state.Lane(slot=Slot.STARTING, worker=worker, full=self._full(n, there, lane, []))
        leaving = any(isinstance(op, messages.Leave) and op.lane == n for op in self.commands)
        answers = list(self._answers(n))
        return state.Lane(
            slot=slot_of(there, lane, answers),
            worker=worker_of(lane),
            running=lane.begun if lane.alive else Mark.NOBODY,
            tickets=tuple(self._tickets(lane)),
            returned=self._returned(n),
            answers=tuple(answers),
            book=self.books[n],
            leave=(there.phase is Phase.LEAVING or there.ended_in is Phase.LEAVING) and not leaving,
            dealt=0 if self.k.task_limit is None else self._dealt(there),
            stop=self._stop(self.books[n]),
            signal=self._signal(there, lane),
            held=lane.held,
            stolen=is_stolen(lane),
            full=self._full(n, there, lane, answers),
        )

    def _full(self, n: int, there: lanes.WorkerRecord, lane: Lane, answers: list[int]) -> state.Full:
        """In no scope both: workers whose memory is limited, and another number of them."""
        if self.k.sizes:
            return state.Full.DISMISSED if there.limit == 0 else state.Full.NO
        is_full = self.k.budget.fills > 0 and self._is_full(n, there, lane, answers)
        return state.Full.MEMORY if is_full else state.Full.NO

    def _is_full(self, n: int, there: lanes.WorkerRecord, lane: Lane, answers: list[int]) -> bool:
        """Its worker has said so, and all of the answer that follows is there: in the protocol that is one thing."""
        unread, _ = payload.messages(n, lane.heard + lane.result)
        said = any(isinstance(out, messages.Filled) and out.lane == n for out in (*self.outs, *self.w.heard, *unread))
        return (said or there.limit == 0) and set(self.books[n]) <= set(answers)

    def _stop(self, book: tuple[int, ...]) -> int:
        """The last task of a book that the manager was asked to stop, and has taken that in."""
        if not self.stops:
            return Mark.NOBODY
        waiting = {post.id for post in (*self.w.heard, *self.w.inbox) if isinstance(post, messages.StopRequested)}
        return next((t for t in reversed(book) if self._is_asked_for(t) and t not in waiting), Mark.NOBODY)

    def _is_asked_for(self, t: int) -> bool:
        """Whether somebody has put into the inbox that it is to be stopped."""
        asking = (client.step for client in self.w.clients if client.todo and client.todo[0].task == t)
        return self.w.tasks[t].end is End.STOPPED or any(step in ASKED for step in asking)

    def _signal(self, there: lanes.WorkerRecord, lane: Lane) -> Signal:
        """It counts as sent, in vain before that or not, when its process has ended; SIGKILL is known at once then."""
        if there.force is Force.NONE or not has_ended(lane):
            return Signal.NONE
        sent = all(not isinstance(op, messages.Signal) or op.lane != there.number or op.force for op in self.commands)
        return Signal.OBEYED if sent else Signal.NONE

    def _dealt(self, there: lanes.WorkerRecord) -> int:
        """What counts towards the task limit, what came of the last commands included."""
        mine = [
            out
            for out in self.outs
            if isinstance(out, (messages.Issued, messages.Revoked)) and out.lane == there.number
        ]
        return there.given + sum(
            len(there.asked) - len(out.gone)
            if isinstance(out, messages.Issued)
            else -len(there.issued.keys() & out.seqs)
            for out in mine
        )

    def _dead_and_nothing_blamed(self, n: int) -> state.Lane:
        """A lane that the machine has buried: empty, but while its answers or the break that it causes are not told."""
        blames = (op.death for op in self.commands if self._is_to_be_blamed(op))
        death = self.breaking or next(blames, None)
        is_open = messages.Close(n) in self.commands
        if death is None and is_open and (late := tuple(self._settled_from(n))):
            return self._dead_with_answers(self.w.lanes[n], late)
        if death is None or not (death.lane == n or (death.lane is None and is_open)):
            return state.Lane()
        lane = self.w.lanes[n]
        if lane.stage is not Stage.ADOPTED:  # it was no worker's death: a start has failed
            return state.Lane(slot=Slot.STARTING)
        slot = Slot.UP if death.when in {messages.When.START, messages.When.INITIALIZER} else Slot.READY
        late = tuple(self._settled_from(n))  # what was heard of after the death only
        book = late if death.blamed is None else (*late, death.blamed)
        answers = [int(Mark.NOT_READY)] * (death.when is messages.When.INITIALIZER)
        if death.when is messages.When.START and lane.ready:
            answers = [int(Mark.READY)]
        return state.Lane(
            slot=slot, worker=Worker.ENDED, book=book, answers=(*late, *answers), stop=self._stop(book), held=lane.held,
            stolen=is_stolen(lane),
        )  # fmt: skip

    def _dead_with_answers(self, lane: Lane, late: tuple[int, ...]) -> state.Lane:
        """Of a worker that was to end, which the protocol reaps after it has taken these in."""
        is_ended = self.machine is not None and self.machine.level >= ShutdownLevel.TERMINATE
        return state.Lane(
            slot=Slot.READY, worker=Worker.ENDED, book=late, answers=late, stop=self._stop(late), held=lane.held,
            stolen=is_stolen(lane), signal=Signal.OBEYED if is_ended else Signal.NONE,
        )  # fmt: skip

    def _is_to_be_blamed(self, op: messages.Command) -> TypeGuard[messages.Fail]:
        """Whether a death is to be blamed on a task that a client may stop before that is carried out."""
        if not isinstance(op, messages.Fail) or op.death.blamed is None:
            return False
        return any(bounds.Stop(op.death.blamed) in calls for calls in self.k.script)

    def _tickets(self, lane: Lane) -> Iterator[int]:
        """In the socket, or in the hands of a canceller: of those a pool that has broken may have ended the tasks."""
        in_hand = (self._ticket(lane, seq) for seq in lane.back)
        yield from (t for t in in_hand if t < 0 or not self._is_settled(t))
        yield from (self._ticket(lane, seq) for seq in lane.tickets)

    def _ticket(self, lane: Lane, seq: int) -> int:
        return Mark.LEAVE if seq == LEAVE else dict(lane.ticketed)[seq]

    def _answers(self, n: int) -> Iterator[int]:
        """What was said and not carried out: what is told to the manager, what was read, what is in the pipe.

        That an initializer has failed breaks the pool when its worker has ended.
        """
        yield from self._settled_from(n) if self.settling else ()
        there, lane = self.machine.lanes[n] if self.machine else None, self.w.lanes[n]
        if there is not None and there.failure is not None and not self.w.broken:
            yield Mark.NOT_READY
        unread, _ = payload.messages(n, lane.heard + lane.result)
        if not (self.outs or self.w.heard or unread):
            return
        named = {**dict(lane.ticketed), **(there.issued if there else {}), **self._alone(n)}
        for out in (*self.outs, *self.w.heard, *unread):
            if isinstance(out, messages.Ready) and out.lane == n:
                yield Mark.READY
            if isinstance(out, messages.InitializerFailed) and out.lane == n:
                yield Mark.NOT_READY
            if isinstance(out, messages.Answered) and out.lane == n:
                yield from (named[answer.seq] for answer in out.answers if answer.seq in named)

    # --- the inbox --------------------------------------------------------------------------------------------------

    def inbox(self) -> Iterator[Message]:
        death = self.breaking
        if death is not None and death.lane is not None and self.w.lanes[death.lane].stage is not Stage.ADOPTED:
            yield Message(Note.NOT_STARTED, death.lane)
        heard = () if self.manager is state.Manager.ENDED else self.w.heard
        for post in (*heard, *self.w.inbox[self.w.used != NOBODY :]):
            if isinstance(post, int):
                yield Message(Note.POSTED, post)
            elif isinstance(post, messages.Submitted):
                yield from (Message(Note.POSTED, t) for t in post.ids)
            elif type(post) in OF_ONE:
                note, field = OF_ONE[type(post)]
                yield Message(note, getattr(post, field))
            elif isinstance(post, (messages.Pickled, messages.PickleFailed)):
                yield Message(Note.DONE, post.id)
            elif isinstance(post, (messages.Started, messages.StartFailed)) and self._is_waited_for(post.lane):
                yield Message(Note.STARTED if isinstance(post, messages.Started) else Note.NOT_STARTED, post.lane)

    def _is_waited_for(self, n: int) -> bool:
        """Whether the start was not given up: what comes of it then is no worker of the pool."""
        return self.machine is not None and n in self.machine.lanes
