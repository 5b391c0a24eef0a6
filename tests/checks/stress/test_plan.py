"""Plans follow from profile, seed, method and number alone, obey their rules, and leave no kind of step out."""

import os
import subprocess
import sys
from collections import Counter
from typing import get_args

import pytest

from tests.checks.stress.generate import generate
from tests.checks.stress.plan import (
    DEADLY,
    Await,
    Blow,
    Close,
    Closing,
    Gate,
    Hook,
    Initializer,
    Map,
    Method,
    Plan,
    Policy,
    Sibling,
    Step,
    Strike,
    Submit,
    Waiting,
    Work,
    describe,
)
from tests.checks.stress.profiles import FULL, STANDARD

SOME = 400
PRINT = """
from tests.checks.stress.generate import generate
from tests.checks.stress.plan import Method
from tests.checks.stress.profiles import FULL
print([generate(FULL, 7, method, number) for method in Method for number in range(20)])
"""


def plans(method: Method = Method.SPAWN, some: int = SOME) -> list[Plan]:
    return [generate(FULL, 1, method, number) for number in range(some)]


def test_the_same_seed_gives_the_same_plan_in_any_interpreter() -> None:
    texts = {
        subprocess.run(
            [sys.executable, "-c", PRINT],
            env=os.environ | {"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert texts == {f"{[generate(FULL, 7, method, number) for method in Method for number in range(20)]}\n"}


def test_another_seed_method_or_number_gives_another_plan() -> None:
    keys = [(seed, method, number) for seed in (1, 2) for method in Method for number in range(50)]
    assert len({generate(FULL, *key).scripts for key in keys}) > 0.95 * len(keys)


@pytest.mark.parametrize("method", Method)
def test_fork_has_neither_replacement_nor_task_limit(method: Method) -> None:
    found = plans(method)
    assert any(plan.policy is Policy.REPLACE for plan in found) is (method is not Method.FORK)
    assert any(plan.max_tasks is not None for plan in found) is (method is not Method.FORK)
    assert {plan.workers for plan in found} == {1, 2, 3}


def test_no_slot_is_used_twice() -> None:
    for plan in plans():
        slots = [step.slot for step in plan.steps() if isinstance(step, Submit | Map | Sibling)]
        slots += [c.slot for step in plan.submits() for c in step.callbacks if c.hook is Hook.SUBMITS]
        assert max(Counter(slots).values()) == 1


def test_no_script_waits_for_what_may_depend_on_it() -> None:
    for plan in plans():
        seen: list[int] = []
        for step in plan.scripts[0]:
            if isinstance(step, Submit):
                seen.append(step.slot)
            elif isinstance(step, Await):
                assert set(step.slots) <= set(seen)
            elif isinstance(step, Gate):
                assert step.done <= len(seen)
        for script in plan.scripts[1:]:
            assert all(set(step.slots) <= set(seen) for step in script if isinstance(step, Await))
            assert all(step.done <= len(seen) for step in script if isinstance(step, Gate))


def test_every_kind_of_everything_occurs() -> None:
    steps = [step for plan in plans() for step in plan.steps()]
    submits = [step for step in steps if isinstance(step, Submit)]
    assert {step.task.work for step in submits} == set(Work)
    assert {callback.hook for step in submits for callback in step.callbacks} == set(Hook)
    assert {step.how for step in steps if isinstance(step, Close)} == set(Closing)
    assert {step.how for step in steps if isinstance(step, Await)} == set(Waiting)
    assert {step.blow for step in steps if isinstance(step, Strike)} == set(Blow)
    assert {plan.deaf for plan in plans()} == {False, True}
    assert {plan.initializer for plan in plans()} == set(Initializer)
    assert {type(step) for step in steps} == set(get_args(Step))


def test_deaths_leave_enough_quiet_rounds() -> None:
    def violent(plan: Plan) -> bool:
        deadly = any(task.work in DEADLY for task in plan.tasks().values())
        return deadly or any(isinstance(step, Strike) for step in plan.steps())

    share = sum(map(violent, plans())) / SOME
    assert 0.2 < share < 0.6


def test_the_standard_profile_asks_for_nothing_that_the_standard_executor_lacks() -> None:
    for number in range(SOME):
        plan = generate(STANDARD, 1, Method.SPAWN, number)
        assert plan.max_tasks is None
        assert plan.policy is Policy.BREAK
        assert {task.work for task in plan.tasks().values()} <= STANDARD.works
        assert {step.how for step in plan.steps() if isinstance(step, Close)} <= STANDARD.closings
        assert not any(isinstance(step, Strike) for step in plan.steps())


def test_a_plan_can_be_read() -> None:
    text = describe(generate(FULL, 1, Method.FORK, 3))
    assert text.startswith("round 1:fork:3: ")
    assert "thread 0" in text
