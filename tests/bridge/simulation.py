"""Who can do what in a world: manager, workers, clients, user-code threads, start threads, and nature that kills.

Decides: the successors of a world. Must not know: what must hold (``checks``), in which order they are explored.
The manager's machine, the worker's machine and the clients' tables are the real ones. The machine's clock is kept at
zero (its deadlines are shifted), so that the time that has passed makes no difference between two worlds.
"""

from collections.abc import Iterator
from typing import TypeAlias

from checkedpool._core import words, worker
from checkedpool._core.client import Step
from checkedpool._core.manager import Manager, Settings
from checkedpool._core.words import Op, Outcome
from checkedpool._core.worker import Came, Do, WorkerMachine
from tests.bridge import checks, clients, platform
from tests.bridge.world import (
    KILLED,
    NOBODY,
    TERMINATED,
    At,
    Client,
    End,
    Lane,
    Mind,
    Scope,
    Stage,
    Task,
    Violation,
    World,
    call_back,
    died,
    end,
    post,
    ring,
    with_lane,
    with_task,
)

Label: TypeAlias = tuple[object, ...]
Successor: TypeAlias = tuple[Label, World]
INNER = (At.PUBLISH, At.LOOK, At.INBOX, At.READ)
"""Where the manager's thread is in the middle of what a scope that is not fine takes for one step."""


class Simulation:
    """The transition system of one scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.settings = Settings(
            scope.workers, scope.policy, scope.on_demand, scope.task_limit, scope.window
        )  # fmt: skip
        self.machines: dict[object, Manager] = {}
        self.minds: dict[object, Mind] = {}
        self.steps: dict[object, tuple[Manager, tuple[Op, ...]]] = {}
        self.initial = World(
            tasks=(Task(),) * scope.tasks, clients=(Client(),) * len(scope.scripts), kills=scope.kills,
            bad_starts=scope.bad_starts, haste=scope.haste,
        )  # fmt: skip

    # --- the manager ------------------------------------------------------------------------------------------------

    def mind(self, machine: Manager, ops: tuple[Op, ...], outs: tuple[Outcome, ...]) -> Mind:
        """The one object for this state of mind."""
        key = (machine, ops, outs)
        return self.minds.setdefault(key, Mind(*key))

    def think(self, machine: Manager, outs: tuple[Outcome, ...]) -> Mind:
        """One step of the machine; equal machines are one object."""
        known = self.steps.get((machine, outs))
        if known is None:
            after = machine.copy()
            ops = after.step(outs)
            stop_clock(after)
            known = self.steps[machine, outs] = self.machines.setdefault(after.key(), after), ops
        return self.mind(known[0], known[1], ())

    def start(self, w: World) -> World:
        """The manager begins; workers that are forked exist from the beginning."""
        born = () if self.scope.on_demand else tuple(range(self.scope.workers))
        machine = Manager(self.settings, born)
        machine = self.machines.setdefault(machine.key(), machine)
        w = w._replace(lanes=tuple(Lane(Stage.ADOPTED, Do.INITIALIZE) for _ in born))
        return self.go_on(w, self.think(machine, ()))

    def go_on(self, w: World, mind: Mind) -> World:
        """What follows when an operation is done or the machine has thought."""
        if not mind.ops and mind.outs:
            mind = self.think(mind.machine, mind.outs)
        if mind.ops:
            return w._replace(mind=mind, at=At.WORK)
        if mind.machine.finished:
            return w._replace(mind=mind, at=At.ENDED, ended=True)
        return self.fused(w._replace(mind=mind, at=At.PUBLISH))

    def fused(self, w: World) -> World:
        """Go through what nobody else can see."""
        while not self.scope.fine and w.at in INNER:
            w = self.inner(w)
        return w

    def inner(self, w: World, late: float = 0.0) -> World:
        """One access on the way through sleep; at the end of it the machine thinks."""
        if w.at is At.READ and not w.ready:
            assert w.mind is not None
            return self.go_on(w._replace(heard=()), self.think(w.mind.machine, w.heard))
        return platform.micro(self.scope, w, late=late)

    def manager(self, w: World) -> Iterator[Successor]:
        """What the manager's thread can do."""
        if w.mind is None or w.at is At.ENDED:
            return
        if w.at is At.WORK:
            op, mind = w.mind.ops[0], w.mind
            after, outs = platform.perform(self.scope, w, op)
            yield ("manager", op), self.go_on(after, self.mind(mind.machine, mind.ops[1:], mind.outs + outs))
        elif w.at is not At.SELECT or platform.may_wake(self.scope, w):
            yield ("manager", w.at.name), self.fused(self.inner(w))
        else:
            checks.fall_asleep(w)
            if w.haste and platform.due(w) is not None:
                yield ("manager", "is hasty"), self.overslept(w)._replace(haste=w.haste - 1)

    def overslept(self, w: World) -> World:
        """Its deadline comes."""
        return self.fused(self.inner(w, platform.due(w) or 0.0))

    # --- processes --------------------------------------------------------------------------------------------------

    def worker(self, w: World, n: int) -> Iterator[Successor]:
        """What a worker, or nature with it, can do."""
        lane = w.lanes[n]
        if not lane.alive:
            return
        if lane.signal == KILLED or (lane.signal == TERMINATED and not self.scope.stubborn):
            yield ("signal ends worker", n), with_lane(w, n, died(lane, lane.signal))
        if w.kills:
            yield ("nature kills worker", n), with_lane(w, n, died(lane, KILLED))._replace(kills=w.kills - 1)
        if w.bad_starts and lane.at is Do.INITIALIZE:
            failed = with_lane(w, n, lane._replace(at=worker.WORKER[Do.INITIALIZE][Came.FAILED]))
            yield ("initializer fails", n), failed._replace(bad_starts=w.bad_starts - 1)
        at, after = lane.at, self.work(w, n)
        if after is not None:
            while not self.scope.fine and self.is_local(after.lanes[n].at):
                after = self.work(after, n) or after
            yield ("worker", n, at), after

    def is_local(self, at: Do | None) -> bool:
        """Whether nobody else can see this operation."""
        return at in (Do.INITIALIZE, Do.RUN) or (at is Do.READ_FRAME and self.scope.pipe is None)

    def work(self, w: World, n: int) -> World | None:
        """One operation of a worker; None: it must wait."""
        lane = w.lanes[n]
        machine = WorkerMachine()
        assert lane.at is not None
        machine.at, machine.ticket = lane.at, lane.ticket
        came = Came.DONE
        match lane.at:
            case Do.LEAVE | Do.ABORT:
                return with_lane(w, n, died(lane, 0 if lane.at is Do.LEAVE else 1))
            case Do.SAY_FAILED:
                lane = lane._replace(results=(*lane.results, words.InitializerFailed(n, None)))
            case Do.SAY_READY:
                lane = lane._replace(results=(*lane.results, words.Ready(n)))
            case Do.TAKE_TICKET:
                if not lane.tickets:
                    return None
                (seq, t), *left = lane.tickets
                came = machine.took(seq)
                lane = lane._replace(tickets=tuple(left), begun=t)
                w = checks.begin(self.scope, w, t) if t != NOBODY else w
            case Do.READ_FRAME:
                if not lane.pipe:
                    return None
                (seq, body), *rest = lane.pipe
                came = machine.read(seq)
                lane = lane._replace(pipe=tuple(rest), body=body if came is Came.MATCH else NOBODY)
            case Do.ANSWER:
                answer = words.Answer(lane.ticket, self.scope.verdict, lane.body)
                lane = lane._replace(results=(*lane.results, answer), body=NOBODY, begun=NOBODY)
        machine.step(came)
        ticket = machine.ticket if machine.at in (Do.READ_FRAME, Do.RUN, Do.ANSWER) else 0
        return with_lane(w, n, lane._replace(at=machine.at, ticket=ticket))

    # --- threads of the pool ----------------------------------------------------------------------------------------

    def start_thread(self, w: World, n: int) -> Iterator[Successor]:
        """A start that was asked for."""
        lane = w.lanes[n]
        if lane.stage is Stage.ASKED:
            made = lane._replace(stage=Stage.MADE, at=Do.INITIALIZE)
            if lane.abandoned:
                made = Lane(Stage.CLOSED, status=KILLED, reaped=True)
            yield ("start thread makes worker", n), with_lane(w, n, made)
            if w.bad_starts:
                after = with_lane(w, n, Lane(Stage.CLOSED, reaped=True))._replace(bad_starts=w.bad_starts - 1)
                yield ("start of worker fails", n), ring(post(after, words.StartFailed(n, None)))
        elif lane.stage is Stage.MADE:
            if lane.abandoned:
                yield ("start thread ends worker", n), with_lane(w, n, Lane(Stage.CLOSED, status=KILLED, reaped=True))
            else:
                after = with_lane(w, n, lane._replace(stage=Stage.POSTED))
                yield ("start thread posts worker", n), ring(post(after, words.Started(n)))

    def helper(self, w: World, i: int) -> Iterator[Successor]:
        """A user-code thread with a job."""
        job, left = w.jobs[i], w._replace(jobs=w.jobs[:i] + w.jobs[i + 1 :])
        posts: tuple[Outcome, ...] = (words.JobDone(),)
        match job:
            case words.Pickle(t):
                kept = w.tasks[t].kept
                posts = ((words.Pickled if kept else words.PickleFailed)(t), *posts)
                after = with_task(left, t, w.tasks[t]._replace(kept=False))
            case words.Call(t) | words.Deliver(t):
                how = End.VALUE if isinstance(job, words.Deliver) else w.tasks[t].owed
                if how and w.tasks[t].holder != NOBODY:
                    return
                after = with_task(left, t, w.tasks[t]._replace(owed=None))
                after = call_back(end(after, t, how) if how else after, t)
            case _:
                msg = f"{job} is no job"
                raise Violation(msg)
        yield ("helper", job), ring(post(after, *posts))

    # --- all --------------------------------------------------------------------------------------------------------

    def successors(self, w: World) -> list[Successor]:
        """Every step that somebody can make. Time passes when there is no other."""
        found: list[Successor] = []
        for c, client in enumerate(w.clients):
            script = self.scope.scripts[c]
            if client.call < len(script):
                call = script[client.call]
                after = clients.step(w, c, call, self.start)
                if after is not None:
                    found.append((("client", c, call.what, client.step), after))
                if self.scope.interrupts and client.step not in (None, Step.START_ONCE):
                    found.append((("interrupt", c, call.what, client.step), clients.interrupted(w, c, call)))
        found += self.manager(w)
        for n, lane in enumerate(w.lanes):
            found += self.worker(w, n)
            if lane.stage < Stage.POSTED:
                found += self.start_thread(w, n)
        for i in range(min(len(w.jobs), w.helpers)):
            found += self.helper(w, i)
        if not found and w.at is At.SELECT and platform.due(w) is not None:
            found.append((("manager", "oversleeps"), self.overslept(w)))
        return found


def stop_clock(machine: Manager) -> None:
    """Shift all times of the machine so that it is zero o'clock."""
    now, machine.now = machine.now, 0.0
    patience = machine.settings.patience
    machine.progress = max(machine.progress - now, -patience) if machine.jobs else 0.0
    if machine.retry_at is not None:
        machine.retry_at -= now
    for lane in machine.lanes.values():
        if lane.deadline is not None:
            lane.deadline -= now
        if lane.retry_at is not None:
            lane.retry_at -= now
