"""The transition system of one scope: who can do what in a world.

Decides: the successors of a world. Must not know: in which order they are explored, what a run is for. The manager's
machine, what follows in its loop, the worker's machine and the clients' tables are those that the pool runs.

The machine's clock is kept at zero (its deadlines are shifted), so that the time that has passed makes no difference
between two worlds. Time passes when nothing is left that must happen, or, as often as the scope allows, before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from checkedpool._core.deaths_in_a_row import CountingManager
from checkedpool._core.idle_workers import LettingManager
from checkedpool._core.manager import Manager, Settings
from checkedpool._core.messages import Command, Event
from checkedpool._core.tables import Do, Step
from checkedpool._core.worker_record import Force
from checkedpool._fast.dispatch_rules import LendingManager
from checkedpool.testing.simulated import (
    clients,
    limits,
    manager_sleep,
    panicking,
    retries,
    scheduler_rules,
    simulated_platform,
    threads,
)
from checkedpool.testing.simulated.atomic_steps import is_fine, is_quiet
from checkedpool.testing.simulated.record_invariants import violated
from checkedpool.testing.simulated.simulated_processes import Label, Successor, process, server
from checkedpool.testing.simulated.simulated_scope import NOBODY, Call, Scope
from checkedpool.testing.simulated.world import (
    At,
    Client,
    Lane,
    Mind,
    Retried,
    Stage,
    Task,
    Violation,
    World,
    spent,
    with_client,
)

__all__ = ["Simulation", "ask"]

Normal = Callable[[Manager, tuple[Command, ...]], tuple[Command, ...]]
"""Given a machine that has thought and what it orders: changes the one, returns what stands for the other."""
CHANCES = ("fails", "hangs", "oversleeps")
JOBS = {"stop": "stops it at its limit", "again": "looks whether to try again"}
"""What a user-code thread begins that goes on as a client."""


def ask(w: World, c: int, call: Call) -> World:
    """The world in which client ``c`` makes this call too, after all others; its task may be a new one."""
    me = w.clients[c]
    w = with_client(w, c, me._replace(todo=(*me.todo, call)))
    return w._replace(tasks=w.tasks + (Task(),) * (call.task + 1 - len(w.tasks)))


class Simulation:
    """The transition system of one scope; what its machines come to is remembered."""

    lending_type: type[Manager] = LendingManager

    def __init__(self, scope: Scope, normal: Normal | None = None) -> None:
        """``normal`` makes alike what makes no difference between two machines and their orders, beside the time."""
        self.scope = scope
        self.normal = normal or (lambda _, commands: commands)
        self.manager_type = self._manager_type()
        self.settings = Settings(
            scope.workers, scope.policy, scope.on_demand, scope.task_limit, scope.window, restarts=scope.restarts,
            idle_timeout=scope.idle_timeout, min_workers=scope.min_workers,
        )  # fmt: skip
        self.machines: dict[object, Manager] = {}
        self._minds: dict[object, Mind] = {}
        self._steps: dict[object, tuple[Manager, tuple[Command, ...]]] = {}
        self.initial = World((Task(),) * scope.tasks, tuple(Client(script) for script in scope.threads), scope.budget,
                             retried=Retried(scope.attempts[0]) if scope.attempts else None)  # fmt: skip

    def _manager_type(self) -> type[Manager]:
        """As the rooms of a pool with these settings would fit it."""
        kinds = [Manager if self.scope.plain else self.lending_type]
        kinds = [LettingManager] * (self.scope.idle_timeout is not None) + kinds
        kinds = [CountingManager] * (self.scope.restarts is not None) + kinds
        return type("Manager", tuple(kinds), {}) if len(kinds) > 1 else kinds[0]

    def successors(self, w: World) -> list[Successor]:
        """Every step that somebody can make; ``Violation`` if one must not be, or what a machine raises."""
        found: list[Successor] = []
        for c, client in enumerate(w.clients):
            if client.todo:
                found += self._client(w, c)
        found += ((Label("nature", t, "its limit passes"), after) for t, after in limits.delay(self.scope, w))
        found += self._manager(w)
        for n, lane in enumerate(w.lanes):
            found += process(self.scope, w, n)
            if lane.stage < Stage.POSTED:
                found += threads.starter(w, n)
        found += server(w) if self.scope.on_demand else ()
        for i in range(min(len(w.jobs), w.user_threads)):
            found += threads.helper(self.scope, w, i)
        if (
            w.at is At.SELECT
            and manager_sleep.due(w) is not None
            and not any(_must_happen(label) for label, _ in found)
        ):
            found.append((Label("manager", NOBODY, "sleeps to its limit"), self._overslept(w)))
        return found

    def why_not_the_end(self, w: World) -> str | None:
        """Of a world without successors: why it should have some; None: it is a right end."""
        return scheduler_rules.why_not_the_end(self.scope, w)

    # --- clients ----------------------------------------------------------------------------------------------------

    def _client(self, w: World, c: int) -> Iterator[Successor]:
        me = w.clients[c]
        what: Call | Step | str = me.todo[0] if me.step is None else me.step
        if isinstance(what, Call) and c >= len(self.scope.scripts):
            if not retries.may_begin(self.scope, w, c):
                return
            what = JOBS[what.what]
        if clients.makes_up(me):
            after = clients.make_up(self.scope, w, c)
        else:
            after = clients.step(self.scope, w, c, self.start)
        if after is not None:
            yield Label("client", c, what), after
        if self.scope.interrupts and me.step not in (None, Step.START_ONCE):
            yield Label("nature", c, f"throws client out of {me.todo[0]}"), clients.interrupted(self.scope, w, c)
        elif w.left.throws and me.step is not None and me.todo[0].what in clients.CANCELLING:
            after = spent(w, "throws")
            yield Label("nature", c, f"throws client out of {me.todo[0]}"), clients.interrupted(self.scope, after, c)

    def start(self, w: World) -> World:
        """The manager begins; workers that are forked exist from the beginning."""
        born = () if self.scope.on_demand else tuple(range(self.scope.workers))
        machine = self.manager_type(self.settings, born)
        machine = self.machines.setdefault(machine.key(), machine)
        w = w._replace(lanes=tuple(Lane(Stage.ADOPTED, Do.INITIALIZE) for _ in born))
        return self._go_on(w, self._think(machine, ()))

    # --- the manager ------------------------------------------------------------------------------------------------

    def _mind(self, machine: Manager, commands: tuple[Command, ...], outs: tuple[Event, ...]) -> Mind:
        """The one object for this state of mind."""
        key = (machine, commands, outs)
        known = self._minds.get(key)
        if known is None:
            known = self._minds[key] = Mind(*key)
        return known

    def _after(self, mind: Mind, outs: tuple[Event, ...]) -> Mind:
        """The state of mind when the first command is done, and this has come of it."""
        known = mind.after.get(outs)
        if known is None:
            known = mind.after[outs] = self._mind(mind.machine, mind.commands[1:], mind.outs + outs)
        return known

    def _think(self, machine: Manager, outs: tuple[Event, ...]) -> Mind:
        """One step of the machine; equal machines are one object."""
        known = self._steps.get((machine, outs))
        if known is None:
            after = machine.copy()
            commands = after.step(outs)
            check_lanes(after)
            stop_clock(after)
            commands = self.normal(after, commands)
            known = self._steps[machine, outs] = self.machines.setdefault(after.key(), after), commands
        return self._mind(known[0], known[1], ())

    def _go_on(self, w: World, mind: Mind) -> World:
        """What follows when a command is done or the machine has thought."""
        while not mind.commands:  # as ``drive`` does
            if mind.machine.finished:
                return w._replace(mind=mind, at=At.ENDED, ended=True, heard=())
            if not mind.outs:
                return self._fused(w._replace(mind=mind, at=At.PUBLISH, heard=()))
            mind = self._think(mind.machine, mind.outs)
        return w._replace(mind=mind, at=At.WORK, heard=())

    def _work(self, w: World, mind: Mind) -> World:
        """The next command, and those after it that nobody can tell from it."""
        while True:
            w, outs = simulated_platform.perform(self.scope, w, mind.commands[0])
            mind = self._after(mind, outs)
            if not mind.commands or not is_quiet(self.scope, w, mind.commands[0]):
                return self._go_on(w, mind)

    def _manager(self, w: World) -> Iterator[Successor]:
        """What the manager's thread can do."""
        if w.mind is None or w.at is At.ENDED:
            return
        if w.at is At.PANIC:
            part = panicking.next_part(w)
            if part is not None:
                yield Label("manager", NOBODY, part[0]), panicking.performed(w, part)
            return
        if w.left.bugs:
            yield Label("nature", NOBODY, "the manager's step raises"), panicking.begins(w)
        if w.at is At.WORK:
            yield Label("manager", NOBODY, w.mind.commands[0]), self._work(w, w.mind)
        elif w.at is not At.SELECT or manager_sleep.may_wake(self.scope, w):
            what = "wakes up" if w.at in (At.SELECT, At.WAKE) else w.at
            yield Label("manager", NOBODY, what), self._fused(self._inner(w))
        else:
            scheduler_rules.fall_asleep(w)
            field = "stubborn" if _gives_up(w.mind.machine) else "haste"
            if getattr(w.left, field) and manager_sleep.due(w) is not None:
                yield Label("manager", NOBODY, "oversleeps"), spent(self._overslept(w), field)

    def _overslept(self, w: World) -> World:
        """Its deadline comes."""
        return self._fused(self._inner(w, manager_sleep.due(w) or 0.0))

    def _fused(self, w: World) -> World:
        """Go through what nobody else can see."""
        while not is_fine(self.scope) and w.at in manager_sleep.INNER:
            w = self._inner(w)
        return w

    def _inner(self, w: World, late: float = 0.0) -> World:
        """One access on the way through sleep; at the end of it the machine thinks."""
        if w.at is At.READ and not w.ready and w.mind is not None:
            return self._go_on(w, self._think(w.mind.machine, w.heard))
        return manager_sleep.one_access(self.scope, w, late)


def _must_happen(label: Label) -> bool:
    """Whether somebody is at it: neither a choice of a client or of the environment, nor the passing of time."""
    return label.who != "nature" and not isinstance(label.what, Call) and label.what not in CHANCES


def _gives_up(machine: Manager) -> bool:
    """Whether the next limit is that of a process to which SIGKILL was sent."""
    due = machine.deadline()
    return any(lane.force is Force.KILL and lane.deadline == due for lane in machine.lanes.values())


def check_lanes(machine: Manager) -> None:
    """What the manager knows of each worker is as it must be."""
    for number, lane in machine.lanes.items():
        if wrong := violated(lane, machine.settings):
            raise Violation(f"the manager's record of lane {number}: {'; '.join(wrong)}")


def stop_clock(machine: Manager) -> None:
    """Shift all times of the machine so that it is zero o'clock."""
    now, machine.now = machine.now, 0.0
    patience = machine.settings.patience
    machine.progress = max(machine.progress - now, -patience) if machine.jobs else 0.0
    if machine.retry_at is not None:
        machine.retry_at -= now
    if isinstance(machine, LettingManager):
        machine.idle.since = {number: at - now for number, at in machine.idle.since.items()}
    for lane in machine.lanes.values():
        if lane.deadline is not None:
            lane.deadline -= now
        if lane.retry_at is not None:
            lane.retry_at -= now
