"""What clients and the environment may do next, as rules of a state machine; the contract machine judges every history.

Decides: which actions there are, and that a run ends like every scenario: all tasks are let go, the pool is drained.
Must not know: on which pool they act (``real``, ``simulated``), or what is right (``checkedpool.testing.audit``).
"""

from __future__ import annotations

from typing import Protocol

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from checkedpool.testing.audit import Checker, Work
from checkedpool.testing.audit.run.scenario import LEVELS, Do, Step
from checkedpool.testing.audit.show.drawing import drawn
from checkedpool_spec.vocabulary import DeathPolicy
from tests.checks.stateful.counting import EVENT, EXAMPLE, HAPPENED, Fate

MOST_TASKS, MOST_REQUESTS = 4, 2
WAITS = (Do.DRAIN, Do.CANCEL_ALL)


class Stage(Protocol):
    """A pool with clients and with the environment, whose history is read by a checker."""

    checker: Checker

    def take(self, step: Step) -> bool: ...
    def settle(self) -> bool: ...
    def befall(self, number: int, *, torn: bool) -> None: ...
    def doom(self, fate: Fate) -> None: ...
    def interrupt(self, client: int, steps: int) -> None: ...
    def go_on(self, choices: list[int]) -> None: ...
    def close(self) -> None: ...


class Rules(RuleBasedStateMachine):
    """Rules for any stage; a subclass says which."""

    works: tuple[Work, ...] = tuple(Work)
    from_inside = False
    """Whether the stage can doom what is to come, and interrupt clients."""

    def __init__(self) -> None:
        super().__init__()
        self.stage: Stage | None = None
        self.tasks = self.requests = 0
        self.held: list[int] = []

    def make(self, workers: int, policy: DeathPolicy, seed: int) -> Stage:
        """A new stage."""
        raise NotImplementedError

    @initialize(
        workers=st.integers(1, 2),
        policy=st.sampled_from(DeathPolicy),
        seed=st.integers(0, 2**16),
        first=st.lists(st.sampled_from((Work.HELD, Work.QUICK)), min_size=1, max_size=3),
    )
    def begin(self, workers: int, policy: DeathPolicy, seed: int, first: list[Work]) -> None:
        self.stage = self.make(workers, policy, seed)
        HAPPENED[EXAMPLE] += 1
        for work in first:
            self.submitted(work, beside=False)

    # --- clients ------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.tasks < MOST_TASKS)
    @rule(data=st.data(), beside=st.booleans())
    def submit(self, data: st.DataObject, *, beside: bool) -> None:
        self.submitted(data.draw(st.sampled_from(self.works)), beside=beside)

    def submitted(self, work: Work, *, beside: bool) -> None:
        if work is Work.HELD:
            self.held.append(self.tasks)
        self.tasks += 1
        self.take(Step(Do.SUBMIT, work=work, beside=beside))

    @precondition(lambda self: self.tasks > 0)
    @rule(do=st.sampled_from((Do.CANCEL, Do.LOOK)), number=st.integers(0, MOST_TASKS - 1), beside=st.booleans())
    def ask(self, do: Do, number: int, *, beside: bool) -> None:
        self.take(Step(do, task=number % self.tasks, beside=beside))

    @precondition(lambda self: self.requests < MOST_REQUESTS)
    @rule(do=st.sampled_from(tuple(LEVELS)), wait=st.booleans())
    def request(self, do: Do, *, wait: bool) -> None:
        self.requests += 1
        wait = wait and do in WAITS
        self.take(Step(do, wait=wait, beside=wait))

    # --- the environment ----------------------------------------------------------------------------------------------

    @precondition(lambda self: self.held)
    @rule(do=st.sampled_from((Do.OPEN, Do.STRIKE)), number=st.integers(0, MOST_TASKS - 1))
    def held_task(self, do: Do, number: int) -> None:
        self.take(Step(do, task=self.held[number % len(self.held)]))

    @rule(number=st.integers(0, 9), torn=st.booleans())
    def befall(self, number: int, *, torn: bool) -> None:
        assert self.stage is not None
        self.stage.befall(number, torn=torn)

    @precondition(lambda self: self.from_inside)
    @rule(fate=st.sampled_from(Fate))
    def doom(self, fate: Fate) -> None:
        assert self.stage is not None
        self.stage.doom(fate)

    @precondition(lambda self: self.from_inside)
    @rule(client=st.integers(0, 1), steps=st.integers(0, 9))
    def interrupt(self, client: int, steps: int) -> None:
        assert self.stage is not None
        self.stage.interrupt(client, steps)

    @rule(choices=st.lists(st.integers(0, 9), max_size=12))
    def go_on(self, choices: list[int]) -> None:
        assert self.stage is not None
        self.stage.go_on(choices)

    @rule()
    def settle(self) -> None:
        assert self.stage is not None
        self.stage.settle()

    def take(self, step: Step) -> None:
        assert self.stage is not None
        self.stage.take(step)

    # --- verdict ------------------------------------------------------------------------------------------------------

    @invariant()
    def agrees(self) -> None:
        checker = self.stage and self.stage.checker
        if checker and checker.difference:
            lines = [*drawn(checker.events), f"the contract {checker.difference.clauses}: {checker.difference.says}"]
            raise AssertionError("\n".join(["the history leaves the contract", *lines]))

    def teardown(self) -> None:
        if self.stage is None:
            return
        try:
            if self.stage.checker.difference is None:
                self.settle()
                for task in self.held:
                    self.take(Step(Do.OPEN, task=task))
                self.take(Step(Do.DRAIN, wait=True, beside=True))
                self.settle()
                self.agrees()
        finally:
            HAPPENED[EVENT] += len(self.stage.checker.events)
            self.stage.close()
