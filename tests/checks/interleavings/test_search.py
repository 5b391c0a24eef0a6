"""The search leaves no outcome out: held against every schedule of programs that are drawn."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from types import FunctionType
from typing import Any, TypeAlias

import pytest

from tests.checks.interleavings import actors
from tests.checks.interleavings.catalogue import scope_named
from tests.checks.interleavings.explore import Explored, Make, World, explore
from tests.checks.interleavings.gil import MONITORING, SINCE, moments, noting
from tests.checks.interleavings.search import Diverged, Everything, One
from tests.checks.interleavings.shared import Attribute, Inbox, List, Lock, Table, stage, watched
from tests.whole import HowMany

Op: TypeAlias = tuple[str, int]
OPS: tuple[str, ...] = ("read", "write", "add", "read, then write", "lock", "open", "pass")
MOST = 700


class Plain:
    """What has an attribute."""

    def __init__(self) -> None:
        self.held = 0


class Thing:
    """A value, a lock and a gate, an inbox, a table, a list and an attribute, all shared."""

    def __init__(self, kind: type[Plain]) -> None:
        self.value, self.bit = 0, stage().new()
        self.lock = Lock()
        self.opened, self.gate = 0, stage().new()
        self.inbox, self.table, self.list, self.plain = Inbox(), Table("table"), List([7]), kind()

    def left(self) -> object:
        """All of it."""
        return (
            self.value, self.opened, self.lock.count, tuple(self.inbox), tuple(sorted(self.table)), tuple(self.list),
            self.plain.held,
        )  # fmt: skip


def drawn(seed: int) -> list[list[Op]]:
    """What two or three actors do."""
    draw = random.Random(seed)
    actors, things, ops = draw.choice([2, 2, 3]), draw.randint(1, 3), draw.sample(OPS, draw.randint(2, 5))
    return [
        [(draw.choice(ops), draw.randrange(things)) for _ in range(draw.randint(1, 4 if actors == 2 else 2))]
        for _ in range(actors)
    ]


def program(actors: list[list[Op]]) -> Make:
    """A world in which they do it, with a chance to be preempted at each access."""
    kind = watched(Plain, "held")

    def make() -> World:
        things = [Thing(kind) for _ in range(3)]

        def body(number: int, ops: list[Op]) -> Callable[[], object]:
            def does() -> object:
                return tuple(made(op, things[which], number) for op, which in ops)

            return does

        return World(
            [(f"actor {number}", body(number, ops)) for number, ops in enumerate(actors)],
            lambda: tuple(thing.left() for thing in things),
        )

    return make


def made(op: str, thing: Thing, number: int) -> Any:
    """One of them; what it has seen."""
    here, seen = stage(), 0
    if op == "read":
        here.touch("read", thing.bit, 0, system=True)
        seen = thing.value
    elif op == "write":
        here.touch("write", 0, thing.bit, system=True)
        thing.value = 100 * number
    elif op == "add":
        here.touch("add", 0, thing.bit, system=True)
        thing.value = seen = thing.value + 1
    elif op == "read, then write":
        here.touch("read", thing.bit, 0, system=True)
        seen = thing.value
        here.touch("write", 0, thing.bit, system=True)
        thing.value = seen + 1
    elif op == "lock":
        here.touch("before", 0, 0, system=True)
        thing.lock.acquire()
        here.touch("add", 0, thing.bit, system=True)
        thing.value = seen = thing.value + 10
        if number:  # the first one keeps it
            here.touch("before", 0, 0, system=True)
            thing.lock.release()
    elif op == "open":
        here.touch("open", 0, thing.gate, system=True)
        thing.opened += 1
    elif op == "pass":
        here.touch("pass", 0, thing.gate, lambda: thing.opened > 0, system=True)
        thing.opened -= 1
    else:
        here.touch("before", 0, 0, system=True)
        with suppress(IndexError, KeyError, RuntimeError):
            return SHARED[op](thing, number)
    return seen


SHARED: dict[str, Callable[[Thing, int], Any]] = {
    "post": lambda thing, number: thing.inbox.append(number),
    "take": lambda thing, _: thing.inbox.popleft(),
    "count": lambda thing, _: (len(thing.inbox), len(thing.table), len(thing.list)),
    "claim": lambda thing, _: thing.table.pop(1),
    "offer": lambda thing, _: thing.table.update({1: None}),
    "pop": lambda thing, _: thing.list.pop(),
    "try the lock": lambda thing, _: thing.lock.acquire(blocking=False),
    "let go": lambda thing, _: thing.lock.release(),
    "store": lambda thing, number: setattr(thing.plain, "held", number % 2),
    "load": lambda thing, _: thing.plain.held,
}
"""Accesses to the types that say themselves what one changes."""
OPS += tuple(SHARED)


@pytest.mark.slow
def test_of_drawn_programs_all_outcomes_are_found_in_fewer_schedules(so_many: HowMany) -> None:
    every = reduced = 0
    for seed in range(so_many(100, 25)):
        make = program(drawn(seed))
        whole = explore(make, Everything(), MOST)
        if whole.finished:
            found = explore(make)
            assert found.outcomes.keys() == whole.outcomes.keys(), drawn(seed)
            every, reduced = every + whole.schedules, reduced + found.schedules
    assert every > 10 * reduced > 0


@pytest.mark.parametrize(
    ("kind", "changed", "programs"),
    [
        (Inbox, {"_place": lambda *_: 0}, [[("post", 0)], [("take", 0)]]),
        (Table, {"_bit": lambda *_: 0}, [[("claim", 0)], [("offer", 0)]]),
        (List, {"_read_if": lambda self, _: lambda: (self.bit, 0)}, [[("pop", 0)], [("pop", 0)]]),
        (Lock, {"_asks": lambda self, _: (self.bit, 0)}, [[("try the lock", 0)], [("try the lock", 0)]]),
        (Attribute, {"_is_already": lambda *_: True}, [[("load", 0)], [("store", 0)]]),
    ],
)
def test_an_access_that_says_that_it_changes_less_than_it_does_loses_an_outcome(
    kind: type, changed: dict[str, Any], programs: list[list[Op]], monkeypatch: pytest.MonkeyPatch
) -> None:
    every = explore(program(programs), Everything()).outcomes.keys()
    assert explore(program(programs)).outcomes.keys() == every
    for name, put in changed.items():
        monkeypatch.setattr(kind, name, put)
    assert explore(program(programs)).outcomes.keys() < every


def test_a_schedule_that_is_played_again_leads_to_the_same() -> None:
    make = program([[("read, then write", 0)], [("read, then write", 0)]])
    for outcome, way in explore(make).outcomes.items():
        assert explore(make, One(way)).outcomes.keys() == {outcome}


@pytest.mark.skipif(actors.greenlet is None, reason="there are no greenlets: it is played by threads everywhere")
def test_threads_play_what_greenlets_play(monkeypatch: pytest.MonkeyPatch) -> None:
    scope = scope_named("worker", "two tasks are revoked, one is issued again")
    found = explore(scope.made_of(scope.rooms))
    monkeypatch.setattr(actors, "PLAYER", actors.Thread)
    again = explore(scope.made_of(scope.rooms))
    assert (again.outcomes, again.schedules, again.steps) == (found.outcomes, found.schedules, found.steps)
    assert found.schedules > 1


def values(found: Explored) -> set[object]:
    """Those of the first thing in the end."""
    lefts: Any = [left for _, left in found.outcomes]
    return {left[0][0] for left in lefts}


def test_an_update_is_lost_only_where_somebody_can_come_in_between() -> None:
    assert values(explore(program([[("add", 0)], [("add", 0)]]))) == {2}
    split = explore(program([[("read, then write", 0)], [("read, then write", 0)]]))
    assert values(split) == {1, 2}


def test_who_waits_for_ever_is_an_outcome() -> None:
    found = explore(program([[("lock", 0)], [("lock", 0)]]))
    assert any("waits: asks for a lock" in str(outcome) for outcome in found.outcomes)
    assert any("waits" not in str(outcome) for outcome in found.outcomes)


def test_a_program_that_chance_decides_is_refused() -> None:
    draws = iter([1, 2] * 1000)

    def make() -> World:
        return program([[("read", 0)] * next(draws), [("write", 0)] * 2])()

    with pytest.raises(Diverged):
        explore(make)


def test_others_come_in_at_calls_at_loops_and_at_the_beginning_of_a_function_only() -> None:
    def straight(thing: Thing) -> int:
        if thing.value == 0 and thing.opened == 0:
            thing.value = 1
        return thing.value

    def calls(thing: Thing) -> int:
        seen = thing.value
        len(())
        thing.value = seen + 1
        return seen

    def loops(thing: Thing) -> None:
        while thing.value:
            thing.value -= 1

    assert [len(moments(function.__code__)) for function in (straight, calls, loops)] == [1, 2, 2]


@pytest.mark.skipif(MONITORING is not None, reason="the interpreter tells of these moments: nothing is replaced")
def test_a_function_that_notes_these_moments_does_the_same() -> None:
    def found(names: list[str], wanted: str) -> list[int]:
        try:
            with suppress(KeyError):
                return [place for place, name in enumerate(names) if {name: True}[wanted]]
        finally:
            names.clear()
        return []

    noted = FunctionType(noting(found.__code__), globals(), closure=found.__closure__)
    for names, wanted in (["a", "a"], "a"), (["a", "b"], "a"), ([], "a"):
        SINCE.passed, copy = False, list(names)
        assert noted(names, wanted) == found(copy, wanted)
        assert (names, SINCE.passed) == (copy, True)
