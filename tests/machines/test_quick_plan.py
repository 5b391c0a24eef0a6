"""The plan that looks nowhere in vain does, at every step of any story, what the whole list of rules does.

What is compared is what the two order and the manager's state.  In half of the stories frames have few numbers, so
that these come round and run out.
"""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable
from typing import Any

import pytest

from checkedpool._core import lane, plan
from checkedpool._core.manager import Manager
from tests.machines.story import Beginning, Story
from tests.machines.test_random_stories import WEIGHTS

STORIES, LENGTH, FEW = 100, 60, 12


class DiffersError(Exception):
    """The two plans do not do the same."""


def both(quick: Callable[[Manager], None]) -> Callable[[Manager], None]:
    """A plan that is compared with the whole list."""

    def compared(m: Manager) -> None:
        twin = m.copy()
        twin.ops = list(m.ops)
        plan.in_full(twin)
        quick(m)
        if (m.ops, m.key()) != (twin.ops, twin.key()):
            raise DiffersError(m.ops, twin.ops)

    return compared


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
        between = tuple(chance.choices(range(1_000), k=6))  # what others do between the manager's operations
        story.look(chance.choice([None, (), between]))
    story.end()


def tell_all(seeds: range) -> None:
    """A story for each seed, every other one with few numbers."""
    for seed in seeds:
        with pytest.MonkeyPatch.context() as patched:
            if seed % 2:
                patched.setattr(lane, "LAST_SEQ", FEW)
                for module in (lane, plan):
                    patched.setattr(module, "UNREAD", FEW * 4 // 5)
            tell(seed)


def test_it_does_what_the_whole_list_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "plan", both(plan.plan))
    tell_all(range(2 * STORIES))


GUARDS = [
    "m.death is not None or m.level >= CANCEL or _is_astir(m)", "m.kept", "idle",
    "m.level is not OPEN or ", " or m.settings.task_limit is not None",
    "not m.pending and _has_plenty(m)", "m.pending", "m.settings.on_demand", "m.jobs > m.helpers",
    "m.death is not None or m.level >= DRAIN", "m.level >= CANCEL or ", " or _is_astir(m)",
]  # fmt: skip
ASTIR = ["lane.reaped or ", "lane.owed or ", "lane.deadline is not None or ", " or lane.retry_at is not None"]


@pytest.mark.parametrize("guard", GUARDS)
def test_a_guard_that_lets_a_rule_out_is_caught(monkeypatch: pytest.MonkeyPatch, guard: str) -> None:
    source = inspect.getsource(plan.plan)
    whole = f"if {guard}:"
    old, new = (whole, "if False:") if whole in source else (guard, "")
    assert source.count(old) == 1, f"the plan is worded differently now: {old!r}"
    names: dict[str, Any] = {}
    exec(source.replace(old, new), vars(plan), names)  # noqa: S102 - our own source, changed
    monkeypatch.setattr(plan, "plan", both(names["plan"]))
    with pytest.raises(DiffersError):
        tell_all(range(10 * STORIES))


@pytest.mark.parametrize("term", ASTIR)
def test_a_worker_with_which_something_is_the_matter_and_that_is_overlooked_is_caught(
    monkeypatch: pytest.MonkeyPatch, term: str
) -> None:
    source = inspect.getsource(plan._is_astir)
    assert source.count(term) == 1, f"the plan is worded differently now: {term!r}"
    names: dict[str, Any] = {}
    exec(source.replace(term, ""), vars(plan), names)  # noqa: S102 - our own source, changed
    monkeypatch.setattr(plan, "_is_astir", names["_is_astir"])
    monkeypatch.setattr(plan, "plan", both(plan.plan))
    with pytest.raises(DiffersError):
        tell_all(range(10 * STORIES))
