"""Every run with few preemptions: bound 0 first, then 1, then 2.

Decides: what counts as a preemption, in which order worlds are met. Must not know: what is checked of a run.

Somebody is preempted if he could act on and another acts instead; a step of the environment counts too. When whoever
acted last must wait, each of the others may act, at no cost. Equal worlds in which the same one acted last have the
same future, so each is met once, with the smallest number of preemptions that leads there: a level is finished before
the next begins, and nothing that needs no more preemptions than the bound is left out. Runs without end are not found.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import NamedTuple

from checkedpool.testing.schedules.encoding import Turn, actor, is_natural, turn_of
from checkedpool.testing.schedules.trial import Trial, is_quiet, possible, wrong_at_rest
from checkedpool.testing.simulated.simulated_processes import Successor
from checkedpool.testing.simulated.simulation import Simulation
from checkedpool.testing.simulated.world import World

__all__ = ["preempted"]

Actor = tuple[str, int, str] | None


class Met(NamedTuple):
    """A world, who acted last, and how it was reached."""

    world: World
    last: Actor
    steps: int
    turn: Turn | None = None
    before: Met | None = None

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The way here."""
        way: list[Turn] = []
        at: Met | None = self
        while at is not None and at.turn is not None:
            way.append(at.turn)
            at = at.before
        return tuple(reversed(way))


def preempted(simulation: Simulation, bound: int, *, worlds: int, longest: int) -> Generator[Trial, None, str]:
    """A trial for each world in which a run ends or fails, and one that is not finished if there are too many.

    In the end it says how many worlds each bound has.
    """
    todo = [Met(simulation.initial, None, 0)]
    known: set[tuple[World, Actor]] = set()
    levels: list[str] = []
    for level in range(bound + 1):
        later: list[Met] = []
        while todo:
            met = todo.pop()
            if (met.world, met.last) in known:
                continue
            known.add((met.world, met.last))
            found, wrong = possible(simulation, met.world)
            if is_quiet(met.world, found):
                wrong = wrong or wrong_at_rest(simulation, met.world)
            if len(known) >= worlds or met.steps >= longest:
                yield Trial(met.turns, met.world, finished=False)
                return _told([*levels, f"{level}: given up at {len(known):,}"])
            if wrong or not found:
                yield Trial(met.turns, met.world, wrong)
                continue
            for place, costs in _priced(found, met.last):
                label, after = found[place]
                last = met.last if is_natural(label) else actor(label)
                (later if costs else todo).append(Met(after, last, met.steps + 1, turn_of(found, place), met))
        levels.append(f"{level}: {len(known):,}")
        todo = later
    return _told(levels)


def _told(levels: Sequence[str]) -> str:
    return f"worlds with at most so many preemptions: {'; '.join(levels)}"


def _priced(found: Sequence[Successor], last: Actor) -> Iterator[tuple[int, bool]]:
    """Each successor, and whether it is a preemption; the first to be tried comes last."""
    goes_on = any(actor(label) == last for label, _ in found)
    for place in reversed(range(len(found))):
        label = found[place][0]
        yield place, is_natural(label) or (goes_on and actor(label) != last)
