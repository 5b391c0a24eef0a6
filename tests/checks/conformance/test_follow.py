"""Schedules at which the code and its image in the protocol have once parted: now each of their steps is followed.

Decides: which schedules, and what the mapping was then. Must not know: how a step is followed (``follow``).

Such a step is found in a graph of hundreds of thousands of worlds; the schedule that leads there takes a moment.
"""

from collections.abc import Hashable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from checkedpool.testing import Budget, Scope, Simulation, cancel, stop, submit
from checkedpool.testing.schedules import encoding
from checkedpool_model.checker.explore import explore
from checkedpool_model.checker.refinement import asked_once
from tests.checks.conformance.allowed import actor
from tests.checks.conformance.constants import bounds_of
from tests.checks.conformance.contract import as_contract, read
from tests.checks.conformance.follow import Paths
from tests.checks.conformance.protocol import Known, _View, as_protocol
from tests.checks.conformance.scopes import EXIT, FORKED, KILL, ONE, REPLACING, TWO
from tests.checks.conformance.system import name_of, system_of

CANCELLED = replace(FORKED, workers=2, budget=KILL, scripts=((submit(0), submit(1), cancel(0), EXIT),))

FORKED_TWO = replace(FORKED, scripts=((submit(0), submit(1), EXIT),))

ONE_EACH = "c0x5.w0x2.w1x2.mx3"
"""Each worker has a task; the ticket of task 0 is out, that of task 1 is about to be."""
BOTH_AT_ONE = "c0x6.w0x2.mx3"
"""Both tickets are out to worker 0, since worker 1 is not ready."""
ABOUT_TO_BREAK = "n1.c0x2.mx3"
"""Worker 1 is killed; a canceller has read where task 0 is; the manager has decided to break the pool."""


def not_followed(scope: Scope, word: str) -> Iterator[str]:
    """The steps of this schedule that are no sequence of actions of the protocol."""
    simulation, k = Simulation(scope), bounds_of(scope)
    w, paths = simulation.initial, Paths(k)
    for turn in encoding.read(word):
        found = simulation.successors(w)
        place = encoding.find(found, turn)
        assert place is not None, f"{turn} cannot happen here"
        label, after = found[place]
        before_it, after_it = (paths.number(as_protocol(k, world)) for world in (w, after))
        if paths.find(actor(name_of(label)), before_it, after_it) is None:
            yield name_of(label)
        w = after


def test_a_ticket_is_named_that_is_back_before_the_manager_knows_that_it_was_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    word = f"{ONE_EACH}.c0x5.m"
    assert not list(not_followed(CANCELLED, word))
    monkeypatch.setattr(_View, "_just_issued", lambda _view, _n: {})
    assert list(not_followed(CANCELLED, word))[:1] == ["client REVOKE"]


@pytest.mark.parametrize(
    ("word", "step"),
    [
        (f"{BOTH_AT_ONE}.{ABOUT_TO_BREAK}.c0x2.mx2", "manager Break"),
        (f"{BOTH_AT_ONE}.{ABOUT_TO_BREAK}.m.c0x2.mx2", "client REVOKE"),
        (f"{BOTH_AT_ONE}.{ABOUT_TO_BREAK}.c0.mx2.c0.mx2", "client REVOKE"),
        (f"{BOTH_AT_ONE}.w0.{ABOUT_TO_BREAK}.c0x2.mx2", "manager Break"),
    ],
    ids=["before the flag is up", "after it", "while the manager asks in vain", "where the cancelled task has begun"],
)
def test_what_lies_in_a_return_buffer_is_not_broken_before_the_manager_looks_there(
    monkeypatch: pytest.MonkeyPatch, word: str, step: str
) -> None:
    assert not list(not_followed(CANCELLED, word))
    monkeypatch.setattr(_View, "_on_lanes", lambda view: {t for lane in view.w.lanes for _, t in lane.ticketed})
    assert list(not_followed(CANCELLED, word))[:1] == [step]


def test_what_a_step_was_before_is_believed_only_where_it_leads_there_again() -> None:
    simulation, k = Simulation(FORKED_TWO), bounds_of(FORKED_TWO)
    paths, w, way = Paths(k), simulation.initial, []
    for _ in range(5):  # the first client's steps: no one else is there yet
        way.append(paths.number(as_protocol(k, w)))
        w = simulation.successors(w)[0][1]
    steps = [(before, after) for before, after in pairwise(way) if before != after]
    found = [paths.find("client", before, after, "a step") for before, after in steps]
    assert None not in found
    assert len(set(found)) > 1
    wrong = paths.number(paths.states[way[0]]._replace(broken=True))
    assert paths.find("client", way[0], wrong, "a step") is None


@pytest.mark.parametrize("scope", [replace(FORKED, workers=2, scripts=(ONE,), budget=KILL),
                                   replace(FORKED, scripts=(TWO,), budget=Budget(deaf=1, haste=1), callbacks=True),
                                   replace(REPLACING, scripts=((submit(0), stop(0), EXIT),), budget=Budget(deaf=1)),
                                   replace(REPLACING, scripts=(ONE,), budget=KILL)], ids=str)  # fmt: skip
def test_what_is_known_of_other_worlds_is_what_this_one_is(scope: Scope) -> None:
    """Parts of an image, and what a caller sees, are made once for all worlds that they do not tell apart."""
    k, system = bounds_of(scope), system_of(scope)
    known, worlds = Known(k), explore(system, keep=True).kept.states
    assert [as_protocol(k, w, known) for w in worlds] == [as_protocol(k, w) for w in worlds]
    assert max(len(known.lanes), len(known.tasks), len(known.clients)) < len(worlds)
    seen = asked_once(as_contract, read)
    assert [seen(system.constants, w) for w in worlds] == [as_contract(system.constants, w) for w in worlds]


class Shortened(dict[Hashable, object]):
    """Forgets what stands at one place of each question."""

    def __init__(self, place: int) -> None:
        self.place = place

    def _short(self, question: Any) -> Hashable:
        return (*question[: self.place], *question[self.place + 1 :])

    def get(self, question: Hashable, default: object = None) -> object:
        return super().get(self._short(question), default)

    def __setitem__(self, question: Hashable, value: object) -> None:
        super().__setitem__(self._short(question), value)


@pytest.mark.parametrize(("part", "place"), [("tasks", 0), ("tasks", 1), ("clients", 0)])
def test_what_is_known_of_worlds_that_are_told_apart_is_wrong(part: str, place: int) -> None:
    scope = replace(FORKED, scripts=(TWO,))
    k = bounds_of(scope)
    known, worlds = Known(k), explore(system_of(scope), keep=True).kept.states
    setattr(known, part, Shortened(place))
    assert [as_protocol(k, w, known) for w in worlds] != [as_protocol(k, w) for w in worlds]
