"""A run that is told in plain values, as a graph: its worlds, and what else could have happened beside it.

Decides: how far around the run the graph goes, how what is told becomes cards and moves. Must not know: who tells it: a
schedule of the simulated system (``schedules``), a history of an audit (``audits``).
"""

from collections.abc import Sequence
from typing import Protocol

from checkedpool_model.checker.system import Action, Always, Fair, Seen, System
from checkedpool_model.checker.walked import walk
from checkedpool_model.explorer import plain_cards
from checkedpool_model.explorer.card import Card, Family
from checkedpool_model.explorer.embedded import Drawn, Graph, Run, embedded

__all__ = ["AROUND", "Event", "Explored", "graph_of"]

AROUND = 4_000
"""Worlds, those of the run among them."""

Event = tuple[str, str, str]
"""Who, to whom ("": nobody), what."""


class Explored(Protocol):
    """What whoever tells a run says of it."""

    title: str
    ending: str
    """How the run ends, in a sentence."""

    @property
    def worlds(self) -> Sequence[object]:
        """One more than there are events."""

    @property
    def events(self) -> Sequence[Event]:
        """What happens."""

    def successors(self, world: object) -> Sequence[tuple[Event, object]]:
        """Everything that can happen in a world."""

    def shown(self, world: object) -> object:
        """The world in few words: a named tuple."""

    def is_over(self, world: object) -> bool:
        """Whether it is right that nothing happens any more."""


def graph_of(
    told: Explored,
    run: str,
    note: str,
    *,
    actors: Sequence[str] = ("manager",),
    always: tuple[Always[None, object], ...] = (),
) -> Graph:
    """The graph around the run, which it names ``run``; ``actors``: the fields of a world that are somebody's."""
    numbers: dict[Event, int] = {}

    def successors(world: object) -> list[tuple[int, object]]:
        return [(numbers.setdefault(event, len(numbers)), after) for event, after in told.successors(world)]

    walked = walk(told.worlds, successors, limit=AROUND)
    system = _system(told, numbers, always)
    way = Run(run, told.ending, tuple(numbers[event] for event in told.events))
    kills = tuple(name for event, name in zip(numbers, _names(numbers), strict=True) if _is_a_kill(event))
    return embedded(system, walked, Drawn(_families(told, actors), kills, _told(numbers), note), runs=(way,))


def _names(numbers: dict[Event, int]) -> list[str]:
    return [f"{who}: {what}{f' ({whom})' if whom else ''}" for who, whom, what in numbers]


def _told(numbers: dict[Event, int]) -> tuple[Event, ...]:
    return tuple((who, whom, what.removesuffix(f" ({whom})")) for who, whom, what in numbers)


def _is_a_kill(event: Event) -> bool:
    who, whom, what = event
    return who == "nature" and whom.startswith("worker") and "kill" in what


def _system(
    told: Explored, numbers: dict[Event, int], always: tuple[Always[None, object], ...]
) -> System[None, object]:
    """A system without guards: of its steps it is known only which there are."""
    actions = tuple(
        Action(name, "", (), _not_made, Fair.NONE, Seen.OBSERVABLE, "", who, whom)
        for name, (who, whom, _) in zip(_names(numbers), numbers, strict=True)
    )
    initial = told.worlds[0]
    return System(told.title, None, initial, actions, {}, lambda _k, world: told.is_over(world), always)


def _not_made(_k: None, _world: object, _i: int) -> object:
    raise AssertionError("the steps of a told run are made by whoever tells it")


def _families(told: Explored, actors: Sequence[str]) -> tuple[Family[object], ...]:
    """The parts of what is shown of a world. A lane as it is at the beginning is none yet."""
    initial = told.shown(told.worlds[0])

    def of_the_world(family: Family[object]) -> Family[object]:
        nothing = family.members(initial) if family.name == "worker" else ()

        def members(world: object) -> tuple[object, ...]:
            return family.members(told.shown(world))

        def card(value: object) -> Card:
            return Card(("no process",)) if value in nothing else family.card(value)

        return Family(family.name, family.zone, family.over, members, card)

    heads = {"lanes": "process", "tasks": "end", "clients": "call"}
    return tuple(map(of_the_world, plain_cards.families(initial, actors, heads=heads)))
