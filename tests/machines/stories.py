"""Beginnings of stories: a watched world with workers in the state that a test starts from.

Decides: how a test asks for a pool and looks at commands. Must not know: any expectation.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from checkedpool._core.deaths_in_a_row import CountingManager
from checkedpool._core.manager import Manager, Settings
from checkedpool._core.messages import Command, TaskId, WorkerNo
from checkedpool._core.worker_record import WorkerRecord
from checkedpool._fast.dispatch_rules import LendingManager
from checkedpool_spec.vocabulary import DeathPolicy
from tests.machines.fake_worker import BOOTING, FakeLane
from tests.machines.rules import watch
from tests.machines.world import World

T = TypeVar("T", bound=Command)
LONG_AGO = 1_000.0


class CountingLending(CountingManager, LendingManager):
    """As the rooms of a default pool have it, without the quick rules."""


class CountingWorld(World):
    """A pool that counts deaths in a row."""

    manager_type: ClassVar[type[Manager]] = CountingLending


def pool(  # noqa: PLR0913 - the settings of a pool
    workers: int = 2, *, forked: bool = True, capacity: int = 1_000_000, replace: bool = False, window: int = 64,
    limit: int | None = None, exit_limit: float = 300.0, patience: float = LONG_AGO, restarts: int | None = None,
) -> World:  # fmt: skip
    """A pool that has just been started: under fork its workers exist, otherwise none does."""
    policy = DeathPolicy.REPLACE if replace else DeathPolicy.BREAK
    settings = Settings(
        workers, policy, not forked, limit, window, exit_limit=exit_limit, patience=patience, restarts=restarts
    )
    kind: type[World] = World if restarts is None else CountingWorld
    world = watch(kind(settings, workers if forked else 0, capacity))
    world.wake()
    return world


def ready(  # noqa: PLR0913 - the settings of a pool
    workers: int = 2, *, capacity: int = 1_000_000, replace: bool = False, window: int = 64, limit: int | None = None,
    exit_limit: float = 300.0, patience: float = LONG_AGO,
) -> World:  # fmt: skip
    """A pool whose workers are all ready."""
    world = pool(
        workers,
        capacity=capacity,
        replace=replace,
        window=window,
        limit=limit,
        exit_limit=exit_limit,
        patience=patience,
    )
    world.boot_all()
    return world


def on_demand(
    workers: int = 2, *, replace: bool = False, limit: int | None = None, restarts: int | None = None, window: int = 64
) -> World:
    """A pool of spawn or forkserver, without workers yet."""
    return pool(workers, forked=False, replace=replace, limit=limit, restarts=restarts, window=window)


def of(commands: Iterable[Command], kind: type[T]) -> list[T]:
    """The commands of that kind."""
    return [command for command in commands if isinstance(command, kind)]


def lane(world: World, number: WorkerNo = 0) -> WorkerRecord:
    """What the machine knows of a worker."""
    return world.manager.lanes[number]


def ends(world: World) -> list[str | None]:
    """How each task ended, in the order of their submission."""
    return [task.end for task in world.tasks.values()]


def hold(world: World, task: TaskId) -> FakeLane:
    """A canceller of this task is inside the lock of its lane, and has read nothing back yet."""
    fake = world.lane_of(task)
    assert fake is not None
    fake.held = world.tasks[task].locked = True
    return fake


def let_go(world: World, task: TaskId) -> None:
    """The canceller leaves without having done anything."""
    fake = world.lane_of(task)
    assert fake is not None
    fake.held = world.tasks[task].locked = False


def begin(world: World, number: WorkerNo = 0) -> TaskId:
    """The worker begins its next task."""
    fake = world.lanes[number]
    fake.take()
    assert fake.running is not None
    return fake.running


def with_a_full_worker(tasks: int = 2, *, replace: bool = True) -> World:
    """The only worker runs the first task, and has said that it has too much in memory."""
    world = on_demand(workers=1, replace=replace, window=1)
    world.submit(tasks)
    world.wake()
    world.start()
    world.wake()
    world.boot_all()
    begin(world)
    world.lanes[0].fill()
    return world


def with_an_answer_that_is_late() -> tuple[World, FakeLane]:
    """Two workers, three tasks; the first worker has begun both of its own, and the answer to one has not been read."""
    world = ready(workers=2)
    world.submit(3)
    world.wake()
    fake = world.lanes[0]
    fake.late = True
    begin(world, 0)
    fake.finish()
    begin(world, 0)
    return world, fake


def work_off(world: World, count: int, number: WorkerNo = 0) -> list[Command]:
    """The worker runs so many tasks, then the manager looks."""
    fake = world.lanes[number]
    for _ in range(count):
        if fake.running is None:
            fake.take()
        fake.finish()
    return world.wake()


def everybody_works(world: World) -> None:
    """Workers and manager go on until nothing moves."""
    world.wake()
    while world.starting or world.jobs or any(fake.moves for fake in world.lanes.values()) or world.inbox:
        while world.starting:
            world.start()
        while world.jobs:
            world.do_job()
        for fake in world.lanes.values():
            if fake.state is BOOTING or fake.moves:
                fake.move()
        world.wake()
