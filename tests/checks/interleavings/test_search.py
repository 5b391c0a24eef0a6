"""The search leaves no outcome out: held against every schedule of programs that are drawn."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeAlias

import pytest

from tests.checks.interleavings.explore import Make, World, explore
from tests.checks.interleavings.gil import moments
from tests.checks.interleavings.search import Diverged, Everything, One
from tests.checks.interleavings.shared import Lock, stage

Op: TypeAlias = tuple[str, int]
OPS = "read", "write", "add", "read, then write", "lock", "open", "pass"
MOST = 1500


class Thing:
    """A value, a lock and a gate, all shared."""

    def __init__(self) -> None:
        self.value, self.bit = 0, stage().new()
        self.lock = Lock()
        self.opened, self.gate = 0, stage().new()


def drawn(seed: int) -> list[list[Op]]:
    """What two or three actors do."""
    draw = random.Random(seed)
    actors, things = draw.choice([2, 2, 3]), draw.randint(1, 3)
    return [
        [(draw.choice(OPS), draw.randrange(things)) for _ in range(draw.randint(1, 4 if actors == 2 else 2))]
        for _ in range(actors)
    ]


def program(actors: list[list[Op]]) -> Make:
    """A world in which they do it, with a chance to be preempted at each access."""

    def make() -> World:
        things = [Thing() for _ in range(3)]

        def body(number: int, ops: list[Op]) -> Callable[[], object]:
            def does() -> object:
                return tuple(made(op, things[which], number) for op, which in ops)

            return does

        return World(
            [(f"actor {number}", body(number, ops)) for number, ops in enumerate(actors)],
            lambda: tuple((thing.value, thing.opened) for thing in things),
        )

    return make


def made(op: str, thing: Thing, number: int) -> int:
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
    else:
        here.touch("pass", 0, thing.gate, lambda: thing.opened > 0, system=True)
        thing.opened -= 1
    return seen


def test_of_drawn_programs_all_outcomes_are_found_in_fewer_schedules() -> None:
    every = reduced = 0
    for seed in range(30):
        make = program(drawn(seed))
        whole = explore(make, Everything(), MOST)
        if whole.finished:
            found = explore(make)
            assert found.outcomes.keys() == whole.outcomes.keys(), drawn(seed)
            every, reduced = every + whole.schedules, reduced + found.schedules
    assert every > 10 * reduced > 0


def test_a_schedule_that_is_played_again_leads_to_the_same() -> None:
    make = program([[("read, then write", 0)], [("read, then write", 0)]])
    for outcome, way in explore(make).outcomes.items():
        assert explore(make, One(way)).outcomes.keys() == {outcome}


def test_an_update_is_lost_only_where_somebody_can_come_in_between() -> None:
    assert {left for _, left in explore(program([[("add", 0)], [("add", 0)]])).outcomes} == {((2, 0), (0, 0), (0, 0))}
    split = explore(program([[("read, then write", 0)], [("read, then write", 0)]]))
    assert {left for _, left in split.outcomes} == {((1, 0), (0, 0), (0, 0)), ((2, 0), (0, 0), (0, 0))}


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
