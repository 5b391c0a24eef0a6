"""The plan that looks nowhere in vain does, at every step of any story, what the whole list of rules does."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable
from typing import Any

import pytest

from checkedpool._core import plan
from checkedpool._core.manager import Manager
from tests.machines.story import Beginning, Story
from tests.machines.test_random_stories import WEIGHTS

STORIES, LENGTH = 100, 60


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
        story.look(chance.choice([None, (), ()]))
    story.end()


def tell_all(seeds: range) -> None:
    """A story for each seed."""
    for seed in seeds:
        tell(seed)


def test_it_does_what_the_whole_list_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "plan", both(plan.plan))
    tell_all(range(STORIES))


GUARDS = [
    "m.death is not None or m.level >= CANCEL or _is_astir(m)", "m.kept", "idle",
    "idle and m.level is OPEN and not m.pending",
    "m.level is not OPEN or ", " or m.settings.task_limit is not None",
    "not m.pending and _has_plenty(m)", "m.pending", "m.settings.on_demand", "m.jobs > m.helpers",
    "m.death is not None or m.level >= DRAIN", "m.level >= CANCEL or ", " or _is_astir(m)",
]  # fmt: skip


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
