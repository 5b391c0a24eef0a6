"""One run through a simulation: somebody chooses, step by step, what happens next.

Decides: how a run is written down, and that it ends. Must not know: how to choose. ``SimulatedPlatform`` is the same
run under the pool's own loop: ``drive`` calls it as it calls the real platform, and the others act in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from checkedpool._core import messages
from checkedpool._core.manager import drive
from checkedpool._core.messages import Command, Event
from checkedpool.testing.simulated import manager_sleep
from checkedpool.testing.simulated.atomic_steps import is_fine
from checkedpool.testing.simulated.simulated_platform import perform
from checkedpool.testing.simulated.simulated_processes import Label, Successor
from checkedpool.testing.simulated.simulation import Simulation
from checkedpool.testing.simulated.world import At, World

__all__ = ["Choose", "NotDrivenError", "Run", "SimulatedPlatform", "play", "replay"]

Choose = Callable[[World, Sequence[Successor]], int]
"""Given a world and what can happen in it: the number of what does."""
LONGEST = 100_000
"""Steps after which a run is taken for an endless one."""


@dataclass(slots=True)
class Run:
    """What has happened so far."""

    simulation: Simulation
    world: World
    steps: list[Label] = field(default_factory=list)
    now: float = 0.0
    """The virtual time, in seconds."""
    ended: bool = False
    """Nothing can happen any more."""

    @property
    def wrong(self) -> str | None:
        """What is wrong with this end, if it is one."""
        return self.simulation.why_not_the_end(self.world) if self.ended else None

    def step(self, choose: Choose) -> Label | None:
        """Let one thing happen; None: nothing can."""
        found = self.simulation.successors(self.world)
        if not found:
            self.ended = True
            return None
        label, after = found[choose(self.world, found)]
        if label.what in ("sleeps to its limit", "oversleeps"):
            self.now += manager_sleep.due(self.world) or 0.0
        self.steps.append(label)
        self.world = after
        return label


def play(simulation: Simulation, choose: Choose, world: World | None = None, *, longest: int = LONGEST) -> Run:
    """A whole run: until nothing can happen any more, or it is too long."""
    run = Run(simulation, simulation.initial if world is None else world)
    while len(run.steps) < longest and run.step(choose):
        pass
    return run


def replay(simulation: Simulation, labels: Iterable[Label]) -> Run:
    """The run with these steps; ``LookupError`` if one of them is not possible."""
    run = Run(simulation, simulation.initial)
    for label in labels:
        run.step(_the(label))
    return run


def _the(label: Label) -> Choose:
    def choose(_: World, found: Sequence[Successor]) -> int:
        for number, (name, _after) in enumerate(found):
            if name == label:
                return number
        raise LookupError(f"{label!s} is not possible here; possible are: {', '.join(str(name) for name, _ in found)}")

    return choose


# --- under the pool's own loop ----------------------------------------------------------------------------------------


class NotDrivenError(RuntimeError):
    """The loop of the pool and the simulation have parted."""


class SimulatedPlatform:
    """Implements ``Platform``: each command is one step of the simulation, before which others may act."""

    def __init__(self, run: Run, choose: Choose) -> None:
        if not is_fine(run.simulation.scope):
            raise ValueError("the pool's loop performs one operation after the other: use a scope with fine=True")
        self.run, self.choose = run, choose

    @classmethod
    def play(cls, simulation: Simulation, choose: Choose) -> Run:
        """A whole run in which the manager's part is made by the pool's own loop over a machine of its own."""
        run = Run(simulation, simulation.initial)
        while run.world.at is At.NOT_STARTED and run.step(choose):
            pass
        if run.world.at is not At.NOT_STARTED:
            machine = simulation.manager_type(simulation.settings, range(len(run.world.lanes)))
            try:
                drive(machine, cls(run, choose))
            except _NothingHappens:
                return run
        while run.step(choose):
            pass
        return run

    def perform(self, commands: Sequence[Command]) -> list[Event]:
        """See ``Platform``."""
        events: list[Event] = []
        for op in commands:
            mind = self.run.world.mind
            if mind is None or mind.commands[:1] != (op,):
                raise NotDrivenError(f"the loop performs {op}, the simulation {mind and mind.commands[:1]}")
            before = self._until_manager()
            events += perform(self.run.simulation.scope, before, op)[1]
        return events

    def wait(self, deadline: float | None) -> list[Event]:
        """See ``Platform``."""
        left = manager_sleep.due(self.run.world)
        if (left is None) != (deadline is None):
            raise NotDrivenError(f"the loop waits until {deadline}, the simulation for {left}")
        while True:
            before = self._until_manager()
            if before.at is At.READ and not before.ready:
                return [messages.Tick(self.run.now) if isinstance(out, messages.Tick) else out for out in before.heard]

    def _until_manager(self) -> World:
        """Let others act until the manager does; the world before it did."""
        while True:
            before = self.run.world
            label = self.run.step(self.choose)
            if label is None:
                raise _NothingHappens
            if label.who == "manager":
                return before


class _NothingHappens(Exception):  # noqa: N818 - the end of a run in which the manager sleeps for good
    pass
