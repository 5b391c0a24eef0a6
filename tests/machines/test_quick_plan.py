"""The manager that looks nowhere in vain does, at every step, what the whole list of rules does.

What is compared is what the two order and the manager's state: at each step of stories of chance, and of every machine
that small scopes of the simulated system reach.  In half of the stories frames have few numbers, so that these come
round and run out.
"""

from __future__ import annotations

import inspect
import random
import textwrap
from dataclasses import replace
from typing import Any

import pytest

from checkedpool import rooms
from checkedpool._core import messages, worker_record
from checkedpool._core.manager import Manager, Settings
from checkedpool._fast import quick_rules
from checkedpool._fast.dispatch_rules import LendingManager
from checkedpool._fast.fitting import fitted
from checkedpool._fast.quick_rules import JudgedRecord, QuickManager
from checkedpool.testing import Budget, Scope, Simulation, cancel, shutdown, submit
from checkedpool_model.checker.explore import Verdict, explore
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.checks.conformance.scopes import EXIT, FORKED, KILL, REPLACING, submits
from tests.checks.conformance.system import system_of
from tests.machines.story import Beginning, Story
from tests.machines.test_random_stories import WEIGHTS
from tests.machines.world import World
from tests.whole import HowMany

STORIES, LENGTH, FEW = 100, 60, 12


class DiffersError(Exception):
    """The two do not do the same."""


class Whole(LendingManager):
    """The whole list, with the records of the quick one, whose keys have more."""

    record_type = JudgedRecord


class Compared(LendingManager, QuickManager):
    """The quick one, as the default pool has it, compared with the whole list."""

    steps = 0

    def plan(self) -> None:
        twin: LendingManager = self.copy()
        twin.__class__ = Whole  # it has no field more
        twin.commands = list(self.commands)
        twin.plan()
        super().plan()
        if (self.commands, self.key()) != (twin.commands, twin.key()):
            raise DiffersError(self.commands, twin.commands)
        Compared.steps += 1


def test_the_default_pool_has_both() -> None:
    """The rule of direct dispatch is the last one, so its room is over this one."""
    assert fitted(Manager, rooms.ROOMS).__mro__[1:4] == (LendingManager, QuickManager, Manager)


def tell(seed: int) -> None:
    """A story of chance, to its end."""
    chance = random.Random(seed)
    story = Story(
        Beginning(
            workers=chance.randint(1, 3), forked=chance.random() < 0.5, replace=chance.random() < 0.5,
            window=chance.choice([1, 2, 5, 64]), limit=chance.choice([None, None, 1, 3]),
            capacity=chance.choice([1, 2, 1_000]), patience=chance.choice([0.05, 1_000.0]), resists=0, booted=True,
            slow=False, stolen=False,
        )
    )  # fmt: skip
    happens: list[Any] = list(WEIGHTS)
    for what in chance.choices(happens, list(WEIGHTS.values()), k=LENGTH):
        what(story, chance.randrange(1_000))
        between = tuple(chance.choices(range(1_000), k=6))  # what others do between the manager's commands
        story.look(chance.choice([None, (), between]))
    story.end()


def tell_all(seeds: range) -> None:
    """A story for each seed, every other one with few numbers."""
    for seed in seeds:
        with pytest.MonkeyPatch.context() as patched:
            if seed % 2:
                patched.setattr(worker_record, "LAST_SEQ", FEW)
                patched.setattr(worker_record, "UNREAD", FEW * 4 // 5)
            tell(seed)


def a_start_fails_when_nothing_is_left() -> None:
    """Its lane is closed in this step, so the end comes in the next."""
    manager = Compared(Settings(1))
    manager.step([messages.Tick(0.0), messages.Submitted((0,))])
    rest = manager.step(
        [messages.Withdrawn(0), messages.Requested(ShutdownLevel.DRAIN), messages.StartFailed(0, "cause")]
    )
    assert rest == (messages.Close(0),)
    assert manager.step([]) == (messages.Finish(),)


def test_it_does_so_when_a_start_fails_and_nothing_is_left() -> None:
    a_start_fails_when_nothing_is_left()


def tell_more() -> None:
    """That story, then stories of chance."""
    a_start_fails_when_nothing_is_left()
    tell_all(range(10 * STORIES))


@pytest.fixture
def _in_stories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(World, "manager_type", Compared)


@pytest.mark.usefixtures("_in_stories")
def test_it_does_what_the_whole_list_does(so_many: HowMany) -> None:
    tell_all(range(so_many(2, 1) * STORIES))


SCOPES = [
    replace(FORKED, scripts=((*submits(2), cancel(1), EXIT),), budget=KILL),
    replace(FORKED, scripts=((submit(0), submit(1, keep=True), shutdown(ShutdownLevel.CANCEL)),), callbacks=True),
    replace(FORKED, scripts=((submit(0), shutdown(ShutdownLevel.TERMINATE)),), budget=Budget(deaf=1, stubborn=1)),
    replace(FORKED, scripts=((*submits(2), EXIT),), call_pipe=80),
    replace(FORKED, scripts=((submit(0), cancel(0), EXIT),), interrupts=True),
    replace(REPLACING, scripts=((*submits(2), EXIT),), task_limit=1, budget=KILL),
    replace(REPLACING, scripts=((submit(0), EXIT),), budget=Budget(bad_starts=2, kills=1)),
    replace(REPLACING, scripts=((submit(0), EXIT),), budget=Budget(hangs=1)),
    replace(FORKED, scripts=((*submits(3), EXIT),), workers=2),
]


def compare_all(scope: Scope) -> str:
    """Explore the scope with the machine that compares: what it finds."""
    found = explore(system_of(scope))
    if found.counterexample is not None:
        return found.counterexample.states[-1].wrong
    assert found.verdict is Verdict.HOLDS
    return ""


@pytest.mark.one_in(3, "make test-all alone")
@pytest.mark.parametrize("scope", SCOPES, ids=str)
def test_it_does_so_in_every_state_that_a_small_scope_reaches(monkeypatch: pytest.MonkeyPatch, scope: Scope) -> None:
    monkeypatch.setattr(Simulation, "lending_type", Compared)
    before = Compared.steps
    assert not compare_all(scope)
    assert Compared.steps > before


def reworded(name: str, old: str, new: str) -> Any:
    """A method of the quick manager with other words in it."""
    source = textwrap.dedent(inspect.getsource(getattr(QuickManager, name)))
    assert source.count(old) == 1, f"{name} is worded differently now: {old!r}"
    names: dict[str, Any] = {}
    source = source.replace("super()", "super(QuickManager, self)").replace(old, new)
    exec(source, vars(quick_rules), names)  # noqa: S102 - our own source, changed
    return names[name]


GUARDS = [
    "self.death is not None or self.level is not OPEN or self._is_astir()", "self.jobs > self.user_threads",
    "self.death is not None or ", "self.level is not OPEN or ", " or self._is_astir()",
]  # fmt: skip
ASTIR = [
    "lane.deadline is not None or ", " or lane.retry_at is not None", "lane.phase in OVER or ",
    " or lane.tickets is REVOKE_WANTED",
]  # fmt: skip


@pytest.mark.usefixtures("_in_stories")
@pytest.mark.parametrize("guard", GUARDS)
def test_a_guard_that_lets_a_rule_out_is_caught(monkeypatch: pytest.MonkeyPatch, guard: str) -> None:
    whole = f"if {guard}:"
    is_whole = whole in inspect.getsource(QuickManager.plan)
    old, new = (whole, "if False:") if is_whole else (guard, "")
    monkeypatch.setattr(QuickManager, "plan", reworded("plan", old, new))
    with pytest.raises(DiffersError):
        tell_more()


@pytest.mark.usefixtures("_in_stories")
@pytest.mark.parametrize("term", ASTIR)
def test_a_worker_with_which_something_is_the_matter_and_that_is_overlooked_is_caught(
    monkeypatch: pytest.MonkeyPatch, term: str
) -> None:
    monkeypatch.setattr(QuickManager, "_is_astir", reworded("_is_astir", term, ""))
    with pytest.raises(DiffersError):
        tell_all(range(10 * STORIES))


@pytest.mark.one_in(3, "make test-all alone")
@pytest.mark.parametrize("term", ASTIR)
def test_it_is_caught_in_a_small_scope_too(monkeypatch: pytest.MonkeyPatch, term: str) -> None:
    monkeypatch.setattr(Simulation, "lending_type", Compared)
    monkeypatch.setattr(QuickManager, "_is_astir", reworded("_is_astir", term, ""))
    assert any(compare_all(scope).startswith("DiffersError") for scope in SCOPES)
