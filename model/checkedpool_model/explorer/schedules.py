"""A schedule of the simulated system as something to explore: its run, and what else could have happened beside it.

Decides: how far around the run the graph goes, what is asked of it. Must not know: the simulated system: it is found
by an entry point and speaks in plain values, since model and implementation do not import each other.
"""

from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from typing import Protocol

from checkedpool_model.checker.system import Action, Fair, Seen, System
from checkedpool_model.checker.walked import walk
from checkedpool_model.explorer import plain_cards
from checkedpool_model.explorer.card import Card, Family
from checkedpool_model.explorer.embedded import Drawn, Run, embedded
from checkedpool_model.explorer.subjects import Subject

__all__ = ["AROUND", "GROUP", "Explored", "NoScheduleError", "of_schedule"]

GROUP = "checkedpool.explored"
AROUND = 4_000
"""Worlds, those of the run among them."""

Event = tuple[str, str, str]
"""Who, to whom ("": nobody), what."""


class Explored(Protocol):
    """What the simulated system says of a schedule."""

    title: str
    ending: str
    """How the run ends, in a sentence."""
    worlds: Sequence[object]
    """One more than there are events."""
    events: Sequence[Event]

    def successors(self, world: object) -> Sequence[tuple[Event, object]]:
        """Everything that can happen in a world."""

    def shown(self, world: object) -> object:
        """The world in few words: a named tuple."""

    def is_over(self, world: object) -> bool:
        """Whether it is right that nothing happens any more."""


class NoScheduleError(ValueError):
    """It is no schedule, or nothing is installed that can read one."""


def of_schedule(word: str) -> Subject:
    """The run of a schedule's word."""
    found = list(entry_points(group=GROUP))
    if not found:
        raise NoScheduleError(f"nothing is installed that runs a schedule: the entry point {GROUP} names nobody")
    explored: Callable[[str], Explored] = found[0].load()
    try:
        told = explored(word)
    except (ValueError, LookupError) as error:
        raise NoScheduleError(str(error)) from error
    subject = Subject(f"schedule of {told.title}", [told.ending], f"checkedpool explore {word}")
    numbers: dict[Event, int] = {}

    def successors(world: object) -> list[tuple[int, object]]:
        return [(numbers.setdefault(event, len(numbers)), after) for event, after in told.successors(world)]

    walked = walk(told.worlds, successors, limit=AROUND)
    system = _system(told, numbers)
    run = Run("the schedule", told.ending, tuple(numbers[event] for event in told.events))
    kills = tuple(name for event, name in zip(numbers, _names(numbers), strict=True) if _is_a_kill(event))
    note = "These are worlds of the pool's own code on a simulated system"
    drawn = Drawn(_families(told), kills, _told(numbers), note)
    subject.add(embedded(system, walked, drawn, runs=(run,)), AROUND)
    return subject


def _names(numbers: dict[Event, int]) -> list[str]:
    return [f"{who}: {what}{f' ({whom})' if whom else ''}" for who, whom, what in numbers]


def _told(numbers: dict[Event, int]) -> tuple[Event, ...]:
    return tuple((who, whom, what.removesuffix(f" ({whom})")) for who, whom, what in numbers)


def _is_a_kill(event: Event) -> bool:
    who, whom, what = event
    return who == "nature" and whom.startswith("worker") and "kill" in what


def _system(told: Explored, numbers: dict[Event, int]) -> System[None, object]:
    """A system without guards: of its steps it is known only which there are."""
    actions = tuple(
        Action(name, "", (), _not_made, Fair.NONE, Seen.OBSERVABLE, "", who, whom)
        for name, (who, whom, _) in zip(_names(numbers), numbers, strict=True)
    )
    initial = told.worlds[0]
    return System(told.title, None, initial, actions, {}, lambda _k, world: told.is_over(world))


def _not_made(_k: None, _world: object, _i: int) -> object:
    raise AssertionError("the steps of a simulated system are made by itself")


def _families(told: Explored) -> tuple[Family[object], ...]:
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
    return tuple(map(of_the_world, plain_cards.families(initial, ("manager",), heads=heads)))
