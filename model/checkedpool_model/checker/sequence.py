"""A counterexample as a sequence of events between actors: what every drawing of it has in common.

Decides: who the actors are, who does a step to whom, in which words, what is noted beside it. Must not know: what the
states mean; how anything is drawn (``drawing_text``, ``drawing_mermaid``, ``drawing_svg``).

Who does an action and to whom, its row says. Where it does not, the first word of its name does it, alone. If all
actions that begin with that word range over one index set, there are several of that actor, told apart by the index.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap
from typing import TypeVar

from checkedpool_model.checker.explore import Counterexample, Move
from checkedpool_model.checker.story import changes
from checkedpool_model.checker.system import Action, System

__all__ = [
    "Diagram",
    "Event",
    "Waiting",
    "diagram",
    "in_lines",
    "in_one_line",
    "of_events",
    "shortened",
    "with_waiting",
]

K = TypeVar("K")
S = TypeVar("S")

BETWEEN_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
IN_BRACKETS = re.compile(r"\([^()]*\)")


@dataclass(frozen=True, slots=True)
class Event:
    """One step."""

    number: int
    """The first is 1; 0: it is no step but what somebody waits for."""
    source: int
    """Who does it: a position in the diagram's actors."""
    target: int
    """Who gets something by it; the source itself: nobody else."""
    label: str
    """What is done, in words."""
    notes: tuple[str, ...]
    """What it changes."""
    at: str = ""
    """When, in words, where a picture tells it; "": nobody knows, or it does not matter."""
    wrong: bool = False
    """It is what fails."""

    @property
    def is_wait(self) -> bool:
        """Whether it is no step: somebody waits."""
        return self.number == 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is left where a run ends: who waits for whom."""

    says: str
    """In a sentence."""
    events: tuple[Event, ...] = ()
    """Of each: who waits, for whom, for what. Wrong: it is a part of a circle."""


@dataclass(frozen=True, slots=True)
class Diagram:
    """All that a drawing shows. Every text in it is one line."""

    title: str
    actors: tuple[str, ...]
    events: tuple[Event, ...]
    claim: str
    """The claim that fails; "": none does."""
    loop: int | None = None
    """How many steps come before those that go on for ever; all of them: nothing happens any more."""
    owed: int | None = None
    """After how many steps that is owed which then never comes."""
    remarks: tuple[tuple[int, str], ...] = ()
    """What is said between two events: the place of the second, and the words."""
    says: str = ""
    """How it ended, in a sentence, where that is no matter of a claim."""
    waiting: Waiting | None = None

    def said_before(self, place: int) -> list[str]:
        """What is said before the event at this place."""
        return [words for at, words in self.remarks if at == place]

    @property
    def repeated(self) -> tuple[Event, ...]:
        """The events that go on for ever."""
        return () if self.loop is None else self.events[self.loop :]

    @property
    def ending(self) -> str:
        """In a sentence, what fails and how."""
        again = self.repeated
        if self.says:
            return self.says
        if not self.claim:
            return f"nothing fails in {len(self.events)} steps"
        if len(again) > 1:
            return f"{self.claim} fails: steps {again[0].number} to {again[-1].number} go on for ever"
        if again:
            return f"{self.claim} fails: step {again[0].number} goes on for ever"
        count = len(self.events)
        after = f"after {count} step{'' if count == 1 else 's'}"
        return f"{self.claim} fails {after}{'' if self.loop is None else ', and nothing happens any more'}"


def diagram(system: System[K, S], found: Counterexample[S], actors: Iterable[str] = ()) -> Diagram:
    """The events of a counterexample. Actors that are given come first, in their order; others as they appear."""
    table = {action.name: action for action in system.actions}
    kinds = _kinds(system.actions)
    told = []
    for move in found.moves:
        action = table[move.action]
        source = _source(action, move.index, kinds)
        target = _with_index(action.to, move.index)
        told.append((source, target, _label(action, move, source, target or source)))
    made = of_events(system.name, found.claim, told, found.states, actors)
    return replace(made, loop=found.lasso_from, owed=found.owed_from)


def of_events(
    title: str, claim: str, told: Iterable[tuple[str, str, str]], states: Sequence[object], actors: Iterable[str] = ()
) -> Diagram:
    """The diagram of steps, each told as who, to whom ("": nobody else), what; of states there is one more."""
    names = [in_one_line(name) for name in actors]
    events = []
    for number, ((who, to_whom, what), before, after) in enumerate(zip(told, states, states[1:], strict=False), 1):
        source = in_one_line(who)
        target = in_one_line(to_whom) or source
        notes = tuple(in_one_line(change) for change in changes(before, after))
        events.append(Event(number, _place(names, source), _place(names, target), in_one_line(what), notes))
    return Diagram(in_one_line(title), tuple(names), tuple(events), in_one_line(claim))


def with_waiting(
    made: Diagram, says: str, waits: Iterable[tuple[str, str, str, str]] = (), circle: Sequence[str] = ()
) -> Diagram:
    """The diagram with a last row. Of each wait: who, for whom, in which words, and what is noted beside it."""
    names = list(made.actors)
    edges = set(zip(circle, (*circle[1:], *circle[:1]), strict=True))
    events = []
    for who, whom, what, note in waits:
        source, target = _place(names, in_one_line(who)), _place(names, in_one_line(whom))
        events.append(Event(0, source, target, in_one_line(what), (in_one_line(note),), wrong=(who, whom) in edges))
    return replace(made, actors=tuple(names), waiting=Waiting(in_one_line(says), tuple(events)))


def shortened(notes: tuple[str, ...], limit: int) -> tuple[str, ...]:
    """As many notes as the limit allows, the last of them how many are missing."""
    if len(notes) <= limit:
        return notes
    return (*notes[: limit - 1], f"and {len(notes) - limit + 1} more")


def in_lines(text: str, width: int) -> list[str]:
    """The text in lines of at most so many letters; what is in brackets stays together where it can."""
    kept = IN_BRACKETS.sub(lambda found: found[0].replace(" ", "\N{NO-BREAK SPACE}"), text)
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in wrap(kept, max(width, 1))] or [""]


def _place(names: list[str], name: str) -> int:
    """The position of a name in the list; a new one is added to it."""
    if name not in names:
        names.append(name)
    return names.index(name)


# --- who ------------------------------------------------------------------------------------------------------------


def _kinds(actions: Iterable[Action[K, S]]) -> frozenset[str]:
    """The first words that stand for several actors: all their actions range over the same index set."""
    sets: dict[str, set[str]] = {}
    for action in actions:
        if not action.by:
            sets.setdefault(_words(action.name)[0], set()).add(action.over)
    return frozenset(word for word, overs in sets.items() if len(overs) == 1 and overs != {""})


def _source(action: Action[K, S], index: int, kinds: frozenset[str]) -> str:
    if action.by:
        return _with_index(action.by, index)
    first = _words(action.name)[0]
    return f"{first} {index}" if first in kinds else first


def _with_index(name: str, index: int) -> str:
    return in_one_line(name.replace("{i}", str(index)))


# --- what -----------------------------------------------------------------------------------------------------------


def _label(action: Action[K, S], move: Move, source: str, target: str) -> str:
    """The action without its actor; with its index, if neither actor has it in its name."""
    words = _words(action.name)
    if len(words) > 1 and source.lower().split(" ", maxsplit=1)[0] == words[0].lower():
        words = words[1:]
    said = any(name.endswith(f" {move.index}") for name in (source, target))
    return (
        " ".join(words) if said or not action.over else f"{' '.join(words)} ({in_one_line(action.over)} {move.index})"
    )


def _words(name: str) -> list[str]:
    """``ManagerSeesEOF``: manager, sees, EOF."""
    words = BETWEEN_WORDS.sub(" ", in_one_line(name)).split()
    return [word if len(word) > 1 and word.isupper() else word.lower() for word in words] or ["?"]


def in_one_line(text: str) -> str:
    """The text without line breaks and without what cannot be printed."""
    return "".join(letter if letter.isprintable() else "�" for letter in " ".join(text.split()))
