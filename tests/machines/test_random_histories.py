"""Chance tells the story: any legal sequence of what can happen to a pool, on fake lanes, and the machine's rules hold.

Decides: what can happen next (the rules of a Hypothesis state machine) and that every story can come to its end. Must
not know: what the manager should do about it; `rules` has that.
"""

from __future__ import annotations

from collections.abc import Callable

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from checkedpool._core import words
from checkedpool._core.manager import Settings
from checkedpool._core.words import Verdict
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel
from tests.machines import rules
from tests.machines.stories import everybody_works
from tests.machines.fakelane import BOOTING, RUNNING, FakeLane
from tests.machines.world import Task, World

ROUNDS = 3000
STRIDE = 20
numbers = st.integers(0, 1_000)


class Stories(RuleBasedStateMachine):
    """One pool, its clients, its workers, and the operating system."""

    world: World

    @initialize(
        workers=st.integers(1, 3), forked=st.booleans(), replace=st.booleans(), window=st.sampled_from([1, 2, 5, 64]),
        limit=st.sampled_from([None, None, 1, 3]), capacity=st.sampled_from([1, 2, 5, 1_000]),
        patience=st.sampled_from([0.05, 1_000.0]), booted=st.booleans(), resist=st.integers(0, 6),
        slow=st.integers(0, 3), stolen=st.integers(0, 3),
    )  # fmt: skip
    def begin(  # noqa: PLR0913 - all that a story may begin with
        self, workers: int, forked: bool, replace: bool, window: int, limit: int | None, capacity: int, patience: float,
        booted: bool, resist: int, slow: int, stolen: int,
    ) -> None:  # fmt: skip
        forked = forked and not replace and limit is None  # as the executor demands
        policy = DeathPolicy.REPLACE if replace else DeathPolicy.BREAK
        told = Settings(workers, policy, not forked, limit, window, patience=patience)
        self.world = rules.watch(World(told, workers if forked else 0, capacity))
        self.inside: list[tuple[Task, FakeLane]] = []  # cancellers in the middle of their call
        self.passed = 0  # submitters that found the pool open and have not published yet
        self.published: list[Task] = []  # and such that have, and have not looked again
        self.world.statuses_are_slow, self.world.stolen = slow == 0, stolen == 0
        self.resist = resist
        if booted:
            self.world.submit(workers)
            everybody_works(self.world)

    # --- clients --------------------------------------------------------------------------------------------------

    @property
    def open(self) -> bool:
        return not (self.world.closed or self.world.broken)

    @rule(count=st.sampled_from([1, 1, 2, 3, 5, 20, 90]), called_back=st.booleans())
    def submit(self, count: int, called_back: bool) -> None:
        if self.open:
            self.world.submit(count, called_back=called_back)

    @rule(count=st.integers(1, 4), called_back=st.booleans())
    def submit_unpickled(self, count: int, called_back: bool) -> None:
        if self.open:
            self.world.submit(count, kept=True, called_back=called_back)

    @rule()
    def a_submitter_finds_the_pool_open(self) -> None:
        self.passed += self.open

    @precondition(lambda self: self.passed)
    @rule()
    def it_publishes(self) -> None:
        self.passed -= 1
        self.published.append(self.world.publish())

    @precondition(lambda self: self.published)
    @rule()
    def it_looks_again(self) -> None:
        self.world.look_again(self.published.pop(0))

    @precondition(lambda self: self.world.tasks)
    @rule(number=numbers)
    def cancel(self, number: int) -> None:
        task = self.world.tasks[number % len(self.world.tasks)]
        lane = self.world.lane_of(task.id)
        if task.locked or task in self.published or (lane is not None and lane.held):
            return
        began = any(task.id in lane.begun for lane in self.world.lanes.values())
        if self.world.cancel(task.id) is True:
            assert not began

    @precondition(lambda self: not self.inside)
    @rule(times=st.sampled_from([5, 60, 130, 260]))
    def one_is_submitted_and_cancelled_many_times(self, times: int) -> None:
        """No worker moves meanwhile: whatever was sent is never read."""
        world = self.world
        for _ in range(times):
            if self.open and not world.manager.finished:
                (task,) = world.submit()
                world.wake()
                assert world.cancel(task)
                world.wake()

    @precondition(lambda self: self.world.lanes)
    @rule(number=numbers, which=numbers)
    def a_canceller_takes_the_lock_of_a_lane(self, number: int, which: int) -> None:
        lane = self.lane(number)
        tasks = [self.world.tasks[task] for task in lane.ticketed.values()]
        tasks = [task for task in tasks if task.end is None and not task.locked and task not in self.published]
        if tasks and not lane.held:
            task = tasks[which % len(tasks)]
            task.locked = lane.held = True
            self.world.inbox.append(words.Returned(lane.number))
            self.inside.append((task, lane))

    @precondition(lambda self: self.inside)
    @rule(interrupted=st.booleans())
    def it_reads_the_tickets_back(self, interrupted: bool) -> None:
        world = self.world
        task, lane = self.inside.pop(0)
        lane.sort_back(world.unclaimed)
        task.locked = lane.held = False
        if interrupted:
            return
        if task.id in world.unclaimed and task.end is None:
            world.end(task, "cancelled")
            world.inbox.append(words.Withdrawn(task.id))
        world.inbox.append(words.Returned(lane.number))

    @rule(level=st.sampled_from([*ShutdownLevel][1:]), now=st.integers(0, 3))
    def request(self, level: ShutdownLevel, now: int) -> None:
        if not now:  # else every story would end early
            self.world.request(level)

    # --- workers and the operating system -------------------------------------------------------------------------

    def lane(self, number: int) -> FakeLane:
        return list(self.world.lanes.values())[number % len(self.world.lanes)]

    @precondition(lambda self: self.world.lanes)
    @rule(number=numbers, verdict=st.sampled_from(Verdict))
    def a_worker_moves(self, number: int, verdict: Verdict) -> None:
        lane = self.lane(number)
        if lane.state is RUNNING:
            lane.finish(verdict)
        elif lane.moves:
            lane.move()

    @precondition(lambda self: self.world.lanes)
    @rule(steps=st.integers(1, 30))
    def all_workers_move(self, steps: int) -> None:
        for _ in range(steps):
            for lane in self.world.lanes.values():
                if lane.moves:
                    lane.move()

    @precondition(lambda self: self.world.lanes)
    @rule(number=numbers, code=st.sampled_from([-9, -11, 0, 1]), seldom=st.integers(0, 2))
    def a_worker_dies(self, number: int, code: int, seldom: int) -> None:
        if not seldom:
            self.lane(number).die(code)

    @precondition(lambda self: any(lane.state is BOOTING for lane in self.world.lanes.values()))
    @rule(number=numbers, seldom=st.integers(0, 3))
    def an_initializer_fails(self, number: int, seldom: int) -> None:
        lane = self.lane(number)
        if lane.state is BOOTING and not seldom:
            lane.boot(failure="its traceback")

    @precondition(lambda self: any(lane.doomed for lane in self.world.lanes.values()))
    @rule()
    def signals_strike(self) -> None:
        for lane in self.world.lanes.values():
            lane.stubborn, lane.immortal = self.resist <= 1, self.resist == 0
            if lane.doomed is not None and not lane.immortal:
                lane.die(lane.doomed)

    @precondition(lambda self: self.world.starting)
    @rule(works=st.integers(0, 4))
    def a_start_returns(self, works: int) -> None:
        self.world.start(cause=None if works else OSError("no process"))

    @precondition(lambda self: self.world.jobs)
    @rule(fails=st.booleans())
    def a_job_is_done(self, fails: bool) -> None:
        self.world.do_job(fails=fails)

    # --- the manager ----------------------------------------------------------------------------------------------

    @rule(meanwhile=st.lists(numbers, max_size=6))
    def the_manager_wakes_up(self, meanwhile: list[int]) -> None:
        self.wake(0.0, meanwhile)

    @rule(meanwhile=st.lists(numbers, max_size=3))
    def the_manager_wakes_up_again(self, meanwhile: list[int]) -> None:
        self.wake(0.01, meanwhile)

    @rule(seconds=st.sampled_from([0.1, 1.0, 6.0, 70.0, 400.0]))
    def time_passes(self, seconds: float) -> None:
        self.wake(seconds, [])

    def wake(self, seconds: float, meanwhile: list[int]) -> None:
        if self.world.manager.finished:
            return
        self.world.between = self.meanwhile(meanwhile)
        self.world.pass_time(seconds)
        self.world.between = lambda: None
        rules.when_nothing_is_left_to_tell(self.world)
        if self.world.settings.max_workers == 1 and not any(task.kept for task in self.world.tasks.values()):
            for lane in self.world.lanes.values():
                rules.the_order_is_kept(lane)

    def meanwhile(self, numbers: list[int]) -> Callable[[], None]:
        """What others do between two operations of the manager."""

        def act() -> None:
            if not numbers or not self.world.lanes:
                return
            number = numbers.pop()
            if self.inside and number % 3 == 0:
                self.it_reads_the_tickets_back(interrupted=number % 2 == 0)
            elif number % 3 == 1:
                self.a_canceller_takes_the_lock_of_a_lane(number // 3, number)
            else:
                self.all_workers_move(1 + number % 4)

        return act

    # --- the end --------------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        """From wherever the story stands: if it is drained and everybody goes on, it ends, and nothing is left."""
        if not hasattr(self, "world"):
            return
        world = self.world
        world.request(ShutdownLevel.DRAIN)
        for _ in range(ROUNDS):
            if world.manager.finished:
                break
            self.everybody_goes_on()
        while self.passed:
            self.it_publishes()
        for task in self.published:
            world.look_again(task)
        rules.all_is_over(world)
        assert not world.manager.step([words.Tick(world.now + 1_000)]), "something after the end"

    def everybody_goes_on(self) -> None:
        """One round of a fair world; time passes when nothing else does."""
        world = self.world
        before = len(world.ops), len(world.jobs), [lane.state for lane in world.lanes.values()]
        while self.inside:
            self.it_reads_the_tickets_back(interrupted=False)
        if self.passed:
            self.it_publishes()
        while self.published:
            self.it_looks_again()
        while world.starting - world.abandoned:
            world.start()
        for lane in world.lanes.values():
            if lane.doomed is not None:
                lane.die(lane.doomed)
            for _ in range(STRIDE):
                if lane.moves:
                    lane.move()
        while world.jobs:
            world.do_job()
        world.wake()
        after = len(world.ops), len(world.jobs), [lane.state for lane in world.lanes.values()]
        if before == after and not any(lane.moves for lane in world.lanes.values()):
            assert world.deadline() < 1e9 or world.inbox, "nothing will ever happen again"
            world.now = max(world.now, min(world.deadline(), world.now + 1_000))


Stories.TestCase.settings = settings(
    max_examples=120, stateful_step_count=40, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
TestStories = Stories.TestCase
