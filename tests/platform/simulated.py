"""The simulated world for the suite: whoever can act does, until nobody can, each time the test waits.

Decides: what a gate is there (a worker that is not scheduled), how the environment is made to act. Must not know: any
expectation.
"""

from __future__ import annotations

from checkedpool._core import messages
from checkedpool._core.messages import Command, Event
from checkedpool._core.tables import Do
from checkedpool._payload import pickling
from checkedpool.testing import NOBODY, At, Budget, Client, Handed, Label, Lane, Scope, Stage, Task, World
from checkedpool.testing.simulated import manager_sleep, simulated_platform, simulated_processes, threads
from checkedpool.testing.simulated.world import post, with_lane, with_task
from tests.platform import tasks
from tests.platform.bench import ROOM, Bench

__all__ = ["SimulatedBench"]

ENVIRONMENT = Budget(kills=1, deaf=1, grandchildren=1, thefts=1, bad_starts=1)


class SimulatedBench(Bench):
    """One world that goes on."""

    def __init__(self, *, on_demand: bool, bad_initializer: bool = False) -> None:
        self.scope = Scope(((),), on_demand=on_demand, call_pipe=ROOM, result_pipe=ROOM, chunk=ROOM, fine=True)
        self.starts = (messages.Started(0),) if on_demand else ()
        self.world = World((Task(),), (Client(()),), ENVIRONMENT, at=At.PUBLISH, token=False)
        self.bad_initializer = bad_initializer
        self.gates: set[bytes] = set()
        self.deaf: set[bytes] = set()
        self.leaves: set[bytes] = set()
        if on_demand:
            self.perform(messages.Start(0))
        else:
            self.world = self.world._replace(lanes=(Lane(Stage.ADOPTED, Do.INITIALIZE),))

    # --- the protocol -----------------------------------------------------------------------------------------------

    def perform(self, *commands: Command) -> list[Event]:
        told: list[Event] = []
        for command in commands:
            self.world, outs = simulated_platform.perform(self.scope, self.world, command)
            told += outs
        return told

    def until(self, *wanted: type[Event]) -> list[Event]:
        told: list[Event] = []
        while not all(any(isinstance(out, kind) for out in told) for kind in wanted):
            self._settle()
            before, came = self.world.lanes, self.now()
            assert came or self.world.lanes != before, f"nothing more happens; told was {told}"
            told += came
        return told

    def now(self) -> list[Event]:
        while self.world.at in (At.PUBLISH, At.LOOK):
            self.world = manager_sleep.one_access(self.scope, self.world)
        if self.world.at is At.SELECT and not manager_sleep.may_wake(self.scope, self.world):
            return []
        while self.world.at is not At.READ or self.world.ready:
            self.world = manager_sleep.one_access(self.scope, self.world)
        told: list[Event] = [out for out in self.world.heard if not isinstance(out, messages.Tick)]
        self.world = self.world._replace(heard=(), at=At.PUBLISH)
        return told

    def _act(self) -> bool:
        """Let each who can do one thing; whether anybody could."""
        steps = [*simulated_processes.process(self.scope, self.world, 0), *threads.starter(self.world, 0)]
        chosen = next((after for label, after in steps if self._happens(label)), None)
        self.world = chosen or self.world
        return chosen is not None

    def _happens(self, label: Label) -> bool:
        """The environment does what the test has asked for, a worker does not go through a gate that is shut."""
        lane = self.world.lanes[0]
        match label.who, label.what:
            case "nature", what:
                return (what, True) in (
                    ("its initializer raises", self.bad_initializer),
                    ("it ignores SIGTERM", lane.deaf),
                )
            case "start thread", what:
                return what in ("makes the process", "posts the process")
            case "worker", Do.RUN:
                return lane.hand not in self.gates
            case _:
                return label.what is not Do.INITIALIZE or not self.bad_initializer

    def _settle(self) -> None:
        while self._act():
            pass

    # --- tasks ------------------------------------------------------------------------------------------------------

    def submit(self, fn: object, *args: object, **kwargs: object) -> int:
        number = len(self.world.tasks)
        body = pickling.dumps((fn, args, kwargs))
        self.world = self.world._replace(tasks=(*self.world.tasks, Task(Handed.RETURNED, body, unclaimed=True)))
        self.world = post(self.world, number)
        return number

    def gated(self, *, deaf: bool = False, leaves: bool = False) -> int:
        number = self.submit(tasks.stops, None, len(self.world.tasks))
        body = self.world.tasks[number].body
        self.gates.add(body)
        self.deaf |= {body} if deaf else set()
        self.leaves |= {body} if leaves else set()
        return number

    def until_it_stops(self) -> None:
        self._settle()
        lane = self.world.lanes[0]
        assert lane.at is Do.RUN
        held, deaf = lane.hand in self.leaves, lane.hand in self.deaf
        self.world = with_lane(self.world, 0, lane._replace(held=held, deaf=deaf))

    def open(self) -> None:
        self.gates.clear()

    def until_it_is_stuck(self) -> None:
        self._settle()
        lane = self.world.lanes[0]
        assert lane.at is Do.ANSWER
        assert len(lane.result) == ROOM

    # --- the environment ----------------------------------------------------------------------------------------------

    def _nature(self, what: str) -> None:
        found = simulated_processes.process(self.scope, self.world, 0)
        self.world = next(after for label, after in found if label == Label("nature", 0, what))

    def kill(self) -> None:
        self._nature("kills it")

    def is_at_its_end(self) -> bool:
        lane = self.world.lanes[0]
        unheard = with_lane(self.world, 0, lane._replace(at_end=False, out=()))
        return 0 in manager_sleep._stirring(self.scope, unheard) and not lane.result

    def steal_status(self) -> None:
        self._nature("its status is stolen")

    def cancel(self, number: int) -> None:
        self.world = with_task(self.world, number, self.world.tasks[number]._replace(unclaimed=False))

    def enter_lane(self) -> None:
        self.world = with_lane(self.world, 0, self.world.lanes[0]._replace(holder=0))

    def leave_lane(self) -> None:
        self.world = with_lane(self.world, 0, self.world.lanes[0]._replace(holder=NOBODY))

    def close(self) -> None:
        """Nothing is left of a value."""
