"""In each scope every outcome of the fast rooms is one of the plain pool's; chance finds none that exploring missed."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from tests.checks.interleavings.catalogue import QUICK, SCOPES, scope_named
from tests.checks.interleavings.explore import explore
from tests.checks.interleavings.mutants import MUTANTS
from tests.checks.interleavings.report import look
from tests.checks.interleavings.scope import Scope, compare
from tests.checks.mutants.mutant import Mutant

CHANCES = 20
HALF = 0.5


class Chance:
    """Any of those who can act, rather the one who did."""

    pruned = 0

    def __init__(self, seed: int) -> None:
        self._draw, self._left, self._last = random.Random(seed), CHANCES, -1

    def choose(self, able: tuple[int, ...], waiting: Sequence[tuple[int, int, int]]) -> int | None:  # noqa: ARG002
        if not able:
            return None
        if self._last not in able or self._draw.random() < HALF:
            self._last = self._draw.choice(able)
        return self._last

    def done(self, reads: int, writes: int) -> None:
        """Nothing is kept."""

    def next_schedule(self) -> bool:
        self._left -= 1
        return self._left > 0


def named(scope: Scope) -> str:
    return f"{scope.room}: {scope.name}"


@pytest.mark.parametrize("scope", QUICK, ids=named)
def test_whatever_comes_of_a_fast_room_comes_of_the_plain_pool_too(scope: Scope) -> None:
    done = compare(scope)
    assert not done.wrong, "\n".join(done.story())
    assert done.fast.finished
    by_chance = explore(scope.made_of(scope.rooms), Chance(1))
    assert by_chance.outcomes.keys() <= done.fast.outcomes.keys(), "the reduction has lost an outcome"


def test_between_two_calls_others_come_in() -> None:
    """Else, where the GIL is not seen to be lost, each call of a client would be a step or two."""
    scope = scope_named("dispatch", "submit beside a manager that is woken")
    assert explore(scope.made_of(scope.rooms)).schedules > CHANCES


def test_each_scope_is_there_once_and_each_room_has_two_mutants() -> None:
    names = [named(scope) for scope in SCOPES]
    assert len(set(names)) == len(names)
    rooms = {scope.room for scope in SCOPES} - {"all"}
    found = [mutant.name.split(":")[0] for mutant in MUTANTS]
    assert {room for room in rooms if found.count(room) >= 2} == rooms


@pytest.mark.slow
@pytest.mark.one_in(5, "make mutants")
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_found(mutant: Mutant) -> None:
    caught, said = mutant.is_caught()
    assert caught, said or "nothing was found"


def test_what_is_found_is_told_with_the_schedule_that_leads_there() -> None:
    (mutant,) = (mutant for mutant in MUTANTS if mutant.name == "wake: the manager wakes nobody in the end")
    with mutant.breaks():
        found = look("wake", mutant.found)
    assert found.verdict == "violated"
    assert found.trouble[-1].startswith("leads to")
    assert "result 0 reads the bell" in found.trouble or "result 0 begins" in found.trouble
