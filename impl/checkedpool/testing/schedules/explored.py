"""A schedule's run for the explorer: its worlds, what else could happen in each, all in plain values.

Decides: in which form the explorer gets it. Must not know: the explorer; it finds this by the entry point
``checkedpool.explored``, since the model may not import the implementation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from checkedpool.testing.schedules.narrate import MOMENTS, Event, ShownLane, ShownTask, event, in_few_words
from checkedpool.testing.schedules.schedule import Schedule
from checkedpool.testing.schedules.trial import Directed, is_quiet, possible, tried, wrong_at_rest
from checkedpool.testing.simulated.simulation import Simulation

if TYPE_CHECKING:
    from checkedpool.testing.simulated.simulated_processes import Successor
    from checkedpool.testing.simulated.world import Client, World

__all__ = ["Explored", "explored"]


class ShownClient(NamedTuple):
    """Of a client."""

    call: str
    step: str


class ShownWorld(NamedTuple):
    """Of a world: what a drawing shows, and beside it where clients and manager are."""

    clients: tuple[ShownClient, ...]
    manager: str
    inbox: str
    asleep: bool
    woken: bool
    jobs: int
    closed: bool
    broken: bool
    lanes: tuple[ShownLane, ...]
    tasks: tuple[ShownTask, ...]


class Explored:
    """One schedule, run."""

    def __init__(self, schedule: Schedule) -> None:
        self.simulation = Simulation(schedule.scope)
        self.title = f"{schedule.name}: {schedule.scope}"
        self.worlds: list[World] = [self.simulation.initial]
        self.events: list[Event] = []
        trial = tried(self.simulation, Directed(schedule.turns, strict=True), seen=self._seen)
        self.ending = f"After {len(trial.turns)} steps: {trial.wrong or 'nothing is wrong'}."
        if not trial.finished:
            self.ending = f"It comes to no end within {len(trial.turns)} steps."
        self.lanes = max(1, *(len(world.lanes) for world in self.worlds))

    def _seen(self, _world: World, found: Sequence[Successor], place: int) -> None:
        self.events.append(_events(found)[place])
        self.worlds.append(found[place][1])

    def successors(self, world: World) -> list[tuple[Event, World]]:
        """Everything that can happen in a world; nothing where a step raises."""
        self.lanes = max(self.lanes, len(world.lanes))
        found = possible(self.simulation, world)[0]
        return list(zip(_events(found), (after for _, after in found), strict=True))

    def shown(self, world: World) -> ShownWorld:
        """The world in few words, with as many lanes as any that was met."""
        self.lanes = max(self.lanes, len(world.lanes))
        few = in_few_words(world, self.lanes)
        clients = tuple(_client(client) for client in world.clients)
        manager = "has ended" if world.ended else MOMENTS.get(world.at, world.at.name.lower().replace("_", " "))
        return ShownWorld(
            clients, manager, few.inbox, few.asleep, few.woken, few.jobs, few.closed, few.broken, few.lanes, few.tasks
        )

    def is_over(self, world: World) -> bool:
        """Whether nothing more need happen, and all is well."""
        found, wrong = possible(self.simulation, world)
        return not wrong and is_quiet(world, found) and not wrong_at_rest(self.simulation, world)


def _events(found: Sequence[Successor]) -> list[Event]:
    """The steps told; those that would be told alike are numbered."""
    told: list[Event] = []
    for label, _ in found:
        who, whom, what = event(label)
        number = sum((one[0], one[1], one[2].partition(", way ")[0]) == (who, whom, what) for one in told)
        told.append((who, whom, f"{what}, way {number + 1}" if number else what))
    return told


def _client(client: Client) -> ShownClient:
    call = str(client.todo[0]) if client.todo else "has made all its calls"
    return ShownClient(call, "" if client.step is None else str(client.step.value))


def explored(word: str) -> Explored:
    """The schedule with this word; MalformedError or NotPossibleError says what is wrong with it."""
    return Explored(Schedule.read(word))
