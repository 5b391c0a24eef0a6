"""In each scope every outcome of the fast rooms is one of the plain pool's; chance finds none that exploring missed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from checkedpool._fast import future_without_lock
from checkedpool._fast.direct_dispatch import Loan
from checkedpool._fast.parking import Wakers
from checkedpool._pool.shared import PoolFuture, Shared, Sleep
from tests.checks.interleavings.catalogue import QUICK, SCOPES, VAST, scope_named, scopes_of
from tests.checks.interleavings.explore import explore, played
from tests.checks.interleavings.mutants import MUTANTS
from tests.checks.interleavings.report import look
from tests.checks.interleavings.scope import Scope, compare
from tests.checks.interleavings.shared import watched
from tests.checks.interleavings.world import everywhere, put_into
from tests.checks.mutants.mutant import Mutant
from tests.checks.size import Size

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


@pytest.mark.one_in(30, "make verify")
@pytest.mark.parametrize("scope", QUICK, ids=named)
def test_whatever_comes_of_a_fast_room_comes_of_the_plain_pool_too(scope: Scope) -> None:
    done = compare(scope)
    assert not done.wrong, "\n".join(done.story())
    assert done.fast.finished
    by_chance = explore(scope.made_of(scope.rooms), Chance(1))
    assert by_chance.outcomes.keys() <= done.fast.outcomes.keys(), "the reduction has lost an outcome"


def test_a_schedule_that_is_cut_off_leaves_no_lock_to_a_later_future_of_the_same_identity(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else now and then the same choices lead somewhere else: so it was once under load."""
    left: list[int] = []

    def played_and_counted(*schedule: Any) -> object:
        outcome = played(*schedule)
        left.append(len(future_without_lock._made))
        return outcome

    monkeypatch.setattr(f"{explore.__module__}.played", played_and_counted)
    scope = scope_named("future", "told beside waits and adds_callback")
    assert explore(scope.made_of(scope.rooms)).pruned > CHANCES
    assert set(left) == {0}


def test_between_two_calls_others_come_in() -> None:
    """Else, where the GIL is not seen to be lost, each call of a client would be a step or two."""
    scope = scope_named("dispatch", "submit beside a manager that is woken")
    assert explore(scope.made_of(scope.rooms)).schedules > CHANCES


TOUCHING = (
    ("submit", "submit beside a drain"), ("submit", "submit beside a death"), ("dispatch", "submit beside submit"),
    ("future", "told beside result"), ("wake", "told beside result"), ("worker", "it dies while tickets are revoked"),
)  # fmt: skip
"""Scopes in which each attribute is read or written that is watched in any."""


def test_each_attribute_that_is_watched_is_there_and_somebody_reads_or_writes_it() -> None:
    """A name that nobody uses any more would be watched in vain, and what has taken its place would not be."""
    announced, used = set[str](), set[str]()
    for room, name in TOUCHING:
        scope = scope_named(room, name)
        found = explore(scope.made_of(scope.rooms), Chance(1))
        announced, used = announced | found.watched, used | found.used
    assert {"Shared.sleep", "Loan.used", "WorkerChannels.dead", "Wakers._idle", "Future._state"} <= announced
    assert not announced - used


@pytest.mark.parametrize(
    ("kind", "wrong"), [(Sleep, "ring"), (Wakers, "_idles"), (Loan, "free"), (Shared, "closing"), (PoolFuture, "state")]
)
def test_an_attribute_that_is_not_there_is_not_watched_in_silence(kind: type, wrong: str) -> None:
    with pytest.raises(AttributeError, match=wrong):
        watched(kind, wrong)


def test_what_nobody_has_is_not_replaced_in_silence() -> None:
    with pytest.raises(AttributeError, match="tickets_out"):
        put_into(SimpleNamespace(ticketed={}), tickets_out={})
    with pytest.raises(LookupError):
        everywhere(object(), None)


def test_an_attribute_that_is_watched_and_not_used_is_told() -> None:
    scope = scope_named("future", "told beside is_running")
    found = explore(scope.made_of(scope.rooms), Chance(1))
    assert "Shared.closed" in found.watched - found.used


def test_each_scope_is_there_once_and_each_room_has_two_mutants() -> None:
    names = [named(scope) for scope in SCOPES]
    assert len(set(names)) == len(names)
    rooms = {scope.room for scope in SCOPES} - {"all"}
    found = [mutant.name.split(":")[0] for mutant in MUTANTS]
    assert {room for room in rooms if found.count(room) >= 2} == rooms


@pytest.mark.slow
@pytest.mark.one_in(15, "make mutants")
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


def test_the_vast_scopes_alone_are_left_out_of_the_largest_verification() -> None:
    named = [(scope.room, scope.name) for scope in scopes_of(Size.ALL)]
    assert sorted([*named, *VAST]) == sorted((scope.room, scope.name) for scope in SCOPES)


def test_a_larger_verification_has_more_scopes_and_each_has_some_of_every_room() -> None:
    assert set(QUICK) < set(scopes_of(Size.LONG)) < set(scopes_of(Size.ALL))
    assert {scope.room for scope in QUICK} == {scope.room for scope in SCOPES}
