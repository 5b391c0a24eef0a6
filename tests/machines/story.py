"""What can happen to a pool, one thing at a time: clients, workers, the operating system, the manager.

Decides: the things that can happen, each legal where it happens (what cannot is passed over), and how every story is
brought to its end in a fair world. Must not know: what the manager should do about it (`rules` does), nor in which
order things happen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from checkedpool._core import messages
from checkedpool._core.manager import Settings
from checkedpool._core.messages import Verdict
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel
from tests.machines import rules
from tests.machines.fake_worker import BOOTING, RUNNING, FakeLane
from tests.machines.world import Task, World

ROUNDS = 2_000
STRIDE = 20
VERDICTS, LEVELS = tuple(Verdict), tuple(ShutdownLevel)[1:]
DEATHS = (-9, -11, 0, 1)
MOMENTS = (0.1, 1.0, 6.0, 70.0, 400.0)
Meanwhile: TypeAlias = tuple[int, ...] | None
"""When the manager looks: later (None), or now, and numbers that say what others do between its commands."""


class Beginning(NamedTuple):
    """The pool of a story."""

    workers: int = 2
    forked: bool = True
    replace: bool = False
    window: int = 64
    limit: int | None = None
    capacity: int = 1_000
    patience: float = 1_000.0
    booted: bool = True
    resists: int = 2
    """0: no signal ends a worker; 1: SIGTERM does not."""
    slow: bool = False
    stolen: bool = False
    idle_timeout: float | None = None
    """For a manager that lets idle workers go; half of them stay."""


@dataclass
class Story:
    """A pool, its clients, its workers. Every public method with a number is something that can happen."""

    beginning: Beginning

    def __post_init__(self) -> None:
        b = self.beginning
        forked = b.forked and not b.replace and b.limit is None  # as the executor demands
        policy = DeathPolicy.REPLACE if b.replace else DeathPolicy.BREAK
        settings = Settings(
            b.workers, policy, not forked, b.limit, b.window, patience=b.patience,
            idle_timeout=None if forked else b.idle_timeout, min_workers=b.workers // 2,
        )  # fmt: skip
        self.world = rules.watch(World(settings, b.workers if forked else 0, b.capacity))
        self.world.statuses_are_slow, self.world.stolen = b.slow, b.stolen
        self.inside: list[tuple[Task | None, FakeLane]] = []  # cancellers in the middle of their call, and who looks
        self.passed = 0  # submitters that found the pool open and have not published yet
        self.published: list[Task] = []  # and such that have, and have not looked again
        if b.booted:
            self.world.submit(b.workers)
            while not all(task.end for task in self.world.tasks.values()):
                self.everybody_goes_on()

    # --- clients --------------------------------------------------------------------------------------------------

    @property
    def open(self) -> bool:
        """A submitter would find the pool open."""
        return not (self.world.closed or self.world.broken)

    def submit(self, number: int) -> None:
        if self.open:
            self.world.submit(1 + number % 5, called_back=number % 2 == 0)

    def submit_to_a_lent_worker(self, number: int) -> None:
        if self.open:
            task = self.world.publish(called_back=number % 2 == 0)
            self.world.look_again(task)
            self.world.issue_alone(task)

    def submit_many(self, number: int) -> None:
        if self.open:
            self.world.submit(5 + number % 40)

    def submit_unpickled(self, number: int) -> None:
        if self.open:
            self.world.submit(1 + number % 3, deferred=True, called_back=number % 2 == 0)

    def submit_by_priority(self, number: int) -> None:
        if self.open:
            self.world.submit(1 + number % 3, deferred=number % 7 == 0, priority=number % 5 - 2)

    def a_submitter_goes_on(self, _: int = 0) -> None:
        """It finds the pool open; it publishes; it looks again: three moments."""
        if self.published:
            self.world.look_again(self.published.pop(0))
        elif self.passed:
            self.passed -= 1
            self.published.append(self.world.publish())
        else:
            self.passed += self.open

    def cancel(self, number: int) -> None:
        tasks = [task for task in self.world.tasks.values() if task.end is None and self.free(task)]
        if not tasks:
            return
        task = tasks[number % len(tasks)]
        fake = self.world.lane_of(task.id)
        if fake is None or not fake.held:
            began = any(task.id in fake.begun for fake in self.world.lanes.values())
            if self.world.cancel(task.id) is True:
                assert not began, f"task {task.id} was cancelled although a worker had begun it"

    def stop(self, number: int) -> None:
        """Where workers can be started at any time."""
        running = [self.world.tasks[fake.running] for fake in self.world.lanes.values() if fake.running is not None]
        tasks = [task for task in running if task.end is None and self.free(task)]
        if tasks and self.world.settings.on_demand:
            self.world.stop(tasks[number % len(tasks)].id, force=number % 3 == 0)

    def stop_in_vain(self, number: int) -> None:
        """Its caller is interrupted when he has asked, and leaves the future to the manager."""
        tasks = [fake.running for fake in self.world.lanes.values() if fake.running is not None]
        if tasks and self.world.settings.on_demand:
            self.world.inbox.append(messages.StopRequested(tasks[number % len(tasks)], force=False))

    def free(self, task: Task) -> bool:
        """Nobody is in the middle of a call with its future."""
        return not task.locked and task not in self.published

    def one_is_submitted_and_cancelled(self, number: int) -> None:
        """Several times, and no worker moves meanwhile: whatever was sent is never read."""
        for _ in range(number % 8):
            if self.open and not self.inside and not self.world.manager.finished:
                (task,) = self.world.submit()
                self.world.wake()
                assert self.world.cancel(task) or self.world.broken

    def a_canceller_takes_a_lock(self, number: int) -> None:
        fake = self.lane(number)
        tasks = [] if fake is None else [self.world.tasks[task] for task in fake.ticketed.values()]
        tasks = [task for task in tasks if task.end is None and self.free(task)]
        if fake is not None and tasks and not fake.held:
            task = tasks[number % len(tasks)]
            task.locked = fake.held = True
            self.world.inbox.append(messages.RevokedByCanceller(fake.number))
            self.inside.append((task, fake))

    def a_look_takes_a_lock(self, number: int) -> None:
        """Of ``running()``: it tells the manager nothing, before or after."""
        fake = self.lane(number)
        if fake is not None and not fake.held:
            fake.held = True
            self.inside.append((None, fake))

    def it_reads_the_tickets_back(self, number: int = 1) -> None:
        """With an even number it is interrupted and says nothing more."""
        if not self.inside:
            return
        world = self.world
        task, fake = self.inside.pop(0)
        if task is None:
            fake.held = False
            return
        fake.sort_back(world.unclaimed)
        task.locked = fake.held = False
        if number % 2:
            if task.id in world.unclaimed and task.end is None:
                world.end(task, "cancelled")
                world.inbox.append(messages.Withdrawn(task.id))
            world.inbox.append(messages.RevokedByCanceller(fake.number))

    def request(self, number: int) -> None:
        self.world.request(LEVELS[number % len(LEVELS)])

    # --- workers and the operating system -------------------------------------------------------------------------

    def lane(self, number: int) -> FakeLane | None:
        """One of the workers, if there is any."""
        lanes = list(self.world.lanes.values())
        return lanes[number % len(lanes)] if lanes else None

    def a_worker_moves(self, number: int) -> None:
        fake = self.lane(number)
        if fake is not None and fake.state is RUNNING:
            fake.finish(VERDICTS[number % len(VERDICTS)])
        elif fake is not None and fake.moves:
            fake.move()

    def all_workers_move(self, number: int) -> None:
        for _ in range(1 + number % 6):
            for fake in self.world.lanes.values():
                if fake.moves:
                    fake.move()

    def a_worker_dies(self, number: int) -> None:
        fake = self.lane(number)
        if fake is not None:
            fake.die(DEATHS[number % len(DEATHS)])

    def an_initializer_fails(self, number: int) -> None:
        fake = self.lane(number)
        if fake is not None and fake.state is BOOTING:
            fake.boot(failure="its traceback")

    def signals_strike(self, _: int = 0) -> None:
        resists = self.beginning.resists
        for fake in self.world.lanes.values():
            fake.stubborn, fake.immortal = resists <= 1, resists == 0
            if fake.doomed is not None and resists:
                fake.die(fake.doomed)

    def a_start_returns(self, number: int) -> None:
        if self.world.starting:
            self.world.start(cause=None if number % 4 else OSError("no process"))

    def a_job_is_done(self, number: int) -> None:
        if self.world.jobs:
            self.world.do_job(fails=number % 3 == 0)

    def time_passes(self, number: int) -> None:
        self.world.now += MOMENTS[number % len(MOMENTS)]

    # --- the manager ----------------------------------------------------------------------------------------------

    def look(self, meanwhile: Meanwhile) -> None:
        """The manager wakes up, and others go on between its commands."""
        if meanwhile is None or self.world.manager.finished:
            return
        self.world.between = self.others(list(meanwhile))
        self.world.wake()
        self.world.between = lambda: None
        rules.when_nothing_is_left_to_tell(self.world)
        as_submitted = not self.world.prioritizes and not any(task.deferred for task in self.world.tasks.values())
        if self.world.settings.max_workers == 1 and as_submitted:
            for fake in self.world.lanes.values():
                rules.the_order_is_kept(fake)

    def others(self, numbers: list[int]) -> Callable[[], None]:
        """What they do between two commands of the manager, one number each time."""

        def act() -> None:
            if numbers:
                number = numbers.pop()
                doing = (
                    self.it_reads_the_tickets_back, self.a_canceller_takes_a_lock, self.all_workers_move,
                    self.a_look_takes_a_lock,
                )  # fmt: skip
                doing[number % len(doing)](number // len(doing))

        return act

    # --- the end --------------------------------------------------------------------------------------------------

    def end(self) -> None:
        """From wherever the story stands: if it is drained and everybody goes on, it ends, and nothing is left."""
        world = self.world
        world.request(ShutdownLevel.DRAIN)
        for _ in range(ROUNDS):
            if world.manager.finished:
                break
            self.everybody_goes_on()
        while self.passed or self.published:
            self.a_submitter_goes_on()
        rules.all_is_over(world)
        assert not world.manager.step([messages.Tick(world.now + 1_000)]), "something after the end"

    def everybody_goes_on(self) -> None:
        """One round of a fair world; time passes when nothing else does."""
        world = self.world
        before = self.progress()
        while self.inside:
            self.it_reads_the_tickets_back()
        while self.passed or self.published:
            self.a_submitter_goes_on()
        while world.starting:
            world.start()
        self.signals_strike()
        for _ in range(STRIDE):
            self.all_workers_move(0)
        while world.jobs:
            world.do_job()
        world.wake()
        if before == self.progress() and not any(fake.moves for fake in world.lanes.values()):
            assert world.deadline() < 1e9 or world.inbox, "nothing will ever happen again"
            world.now = max(world.now, min(world.deadline(), world.now + 1_000))

    def progress(self) -> tuple[object, ...]:
        """What is different when something has happened."""
        return len(self.world.commands), len(self.world.jobs), [fake.state for fake in self.world.lanes.values()]
