"""Explores a scope: all its schedules but for those that the search says are like others; what comes of each.

Decides: what counts as an outcome.  Must not know: any scope.
"""

from __future__ import annotations

import gc
import re
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.checks.interleavings.actors import Actor, Stage
from tests.checks.interleavings.gil import freeze, seen
from tests.checks.interleavings.search import Chooser, Everything, First, One, Reduced
from tests.checks.interleavings.shared import HERE
from tests.checks.interleavings.system import System
from tests.checks.interleavings.world import substituted

Make = Callable[[], "World"]


@dataclass
class World:
    """The actors of one schedule, and what of the world is looked at in the end."""

    actors: Sequence[tuple[str, Callable[[], object]]]
    left: Callable[[], Hashable]


Outcome = tuple[tuple[tuple[str, object], ...], Hashable]
"""What each actor's calls came to, and what is left."""


@dataclass
class Explored:
    """What was seen."""

    outcomes: dict[Outcome, tuple[int, ...]] = field(default_factory=dict)
    """Each with the shortest schedule that led there."""
    schedules: int = 0
    pruned: int = 0
    steps: int = 0
    seconds: float = 0.0
    finished: bool = False
    watched: frozenset[str] = frozenset()
    """The attributes that are announced here."""
    used: frozenset[str] = frozenset()
    """Those that an actor has read or written."""


def shown(result: object) -> object:
    """What a call came to, such that it can be compared."""
    if isinstance(result, BaseException):
        return re.sub(r" at 0x\w+", "", f"{type(result).__name__}: {result}")
    return result


@contextmanager
def standing(stage: Stage) -> Iterator[Stage]:
    """The stage of now."""
    HERE.append(stage)
    freeze(is_watched)
    gc.collect()
    gc.disable()  # finalizers would be steps, of whoever runs
    try:
        with seen(is_watched):
            yield stage
    finally:
        gc.collect()
        gc.enable()
        HERE.pop()
        stage.close()


HELPING = ("user code",)
"""Actors of which there may be more or fewer."""
UNSEEN = "/pack.py", "/payload.py", "/errors.py"
"""Files whose functions touch nothing that is shared."""


def is_watched(path: str, function: str) -> bool:
    """Functions that make accesses: in which the GIL may be lost between two of them.  "": any function of the file."""
    if path == "<string>":
        return True  # a mutant
    if "/tests/checks/interleavings/" in path:
        return path.rsplit("/", 1)[1].startswith("scopes")
    if "/checkedpool/_core/" in path:
        return path.endswith("/tables.py") and function in ("", "follow")
    if "/checkedpool/" in path:
        return not path.endswith(UNSEEN) and "/_payload/" not in path
    return path.endswith("/concurrent/futures/_base.py")


def explore(
    make: Make, chooser: Chooser | None = None, most: int = 200_000, until: set[Outcome] | None = None
) -> Explored:
    """Play all schedules of a scope, or ``most``; or ``until`` all of these outcomes were seen."""
    with substituted():
        return _explored(make, chooser, most, until)


def _explored(make: Make, chooser: Chooser | None, most: int, until: set[Outcome] | None) -> Explored:
    begun, found = time.perf_counter(), Explored()
    chooser = Reduced() if chooser is None else chooser
    with standing(Stage()) as stage:
        played(stage, make, First())  # what is imported and learned in it is no part of any other
        while True:
            outcome = played(stage, make, chooser)
            found.steps += stage.steps
            found.schedules += 1
            if not found.schedules % 100:
                gc.collect()
            if outcome is not None:
                way = tuple(chosen_by(chooser))
                known = found.outcomes.get(outcome)
                if known is None or len(way) < len(known):
                    found.outcomes[outcome] = way
            if not chooser.next_schedule():
                found.finished = True
                break
            if found.schedules >= most or (until is not None and until <= found.outcomes.keys()):
                break
    found.watched, found.used = frozenset(stage.watched), frozenset(stage.used)
    found.pruned = getattr(chooser, "pruned", 0)
    found.seconds = time.perf_counter() - begun
    return found


def chosen_by(chooser: Any) -> list[int]:
    """The schedule of just now."""
    if isinstance(chooser, Reduced):
        return [step.actor for step in chooser.steps]
    if isinstance(chooser, Everything):
        return [able[place] for able, place in chooser.steps]
    return []


def played(stage: Stage, make: Make, chooser: Chooser) -> Outcome | None:
    """One schedule; None if it was cut off."""
    stage.clear()
    stage.system = System()
    world = make()
    for name, body in world.actors:
        stage.spawn(name, body)
    try:
        whole = stage.play(chooser)
        results = tuple((actor.name, came_of(actor)) for actor in stage.actors if actor.name not in HELPING)
        return (results, world.left()) if whole else None
    finally:
        stage.let_go()
        del world
        stage.clear()  # what goes now goes while nobody acts


def came_of(actor: Actor) -> object:
    """The actor's end."""
    if actor.killed:
        return "killed"
    return shown(actor.result) if actor.over else f"waits: {actor.what}"


def story(make: Make, way: Sequence[int]) -> list[str]:
    """The accesses of one schedule, in their order."""
    with substituted(), standing(Stage()) as stage:
        played(stage, make, First())
        stage.log = []
        played(stage, make, One(way))
        return [f"{who} {what}" for who, what in stage.log]
