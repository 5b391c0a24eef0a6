"""What can be done to a trace so that it tells of something that did not happen: swap, drop, duplicate, forge.

Decides: what each mutation is, and which of them change nothing that a trace says. Must not know: the protocol.

Every mutation changes the text of one line, or of two, and leaves the format alone: a file that is no trace is another
matter.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

Trace: TypeAlias = dict[str, list[str]]
"""The lines of each file."""

AT = "at"
NOTES = {
    "pid",
    "python",
    "platform",
    "e",
    "is",
    AT,
    "format",
    "version",
    "role",
    "how",
    "nth",
    "exitcode",
    "cause",
    "code",
}
"""Fields that say something about the run and nothing about the protocol."""


def load(directory: Path) -> Trace:
    return {file.name: file.read_text().splitlines() for file in sorted(directory.iterdir())}


def store(trace: Trace, directory: Path) -> None:
    directory.mkdir(exist_ok=True)
    for file in directory.iterdir():
        file.unlink()
    for name, lines in trace.items():
        (directory / name).write_text("".join(f"{line}\n" for line in lines))


def _copy(trace: Trace) -> Trace:
    return {name: list(lines) for name, lines in trace.items()}


def _any(trace: Trace, chance: random.Random, least: int = 1) -> tuple[str, int]:
    """A line of any file, the first of a file left out."""
    places = [(name, at) for name, lines in trace.items() for at in range(1, len(lines) + 1 - least)]
    return chance.choice(places)


def drop(trace: Trace, chance: random.Random) -> Trace:
    """One line is not there."""
    mutant = _copy(trace)
    name, at = _any(trace, chance)
    del mutant[name][at]
    return mutant


def duplicate(trace: Trace, chance: random.Random) -> Trace:
    """One line is there twice."""
    mutant = _copy(trace)
    name, at = _any(trace, chance)
    mutant[name].insert(at, mutant[name][at])
    return mutant


def swap(trace: Trace, chance: random.Random) -> Trace:
    """Two neighbouring lines of a file have changed places in time: each happened when the other did."""
    mutant = _copy(trace)
    name, at = _any(trace, chance, least=2)
    first, second = (json.loads(line) for line in trace[name][at : at + 2])
    first[AT], second[AT] = second[AT], first[AT]
    mutant[name][at : at + 2] = [json.dumps(second), json.dumps(first)]
    return mutant


def forge(trace: Trace, chance: random.Random) -> Trace:
    """One value is another one of the same type: a number by one, a yes for a no, a word that stands elsewhere."""
    mutant = _copy(trace)
    while True:
        name, at = _any(trace, chance)
        event = json.loads(trace[name][at])
        places = list(_places(event))
        if places:
            _change(*chance.choice(places), chance, trace)
            mutant[name][at] = json.dumps(event)
            if mutant[name][at] != json.dumps(json.loads(trace[name][at])):
                return mutant


def _places(value: object, holder: object = None, key: object = None) -> list[tuple[object, object]]:
    """Every value in an event that says something about the protocol, as its holder and its place there."""
    if isinstance(value, dict):
        return [place for name, part in value.items() if name not in NOTES for place in _places(part, value, name)]
    if isinstance(value, list):
        return [place for at, part in enumerate(value) for place in _places(part, value, at)]
    return [] if holder is None or value is None else [(holder, key)]


def _change(holder: Any, key: Any, chance: random.Random, trace: Trace) -> None:
    value = holder[key]
    other: object
    if isinstance(value, bool):
        other = not value
    elif isinstance(value, int):
        other = value + 1 if value == 0 else value + chance.choice((-1, 1))
    else:
        words = {word for lines in trace.values() for line in lines for word in _words(json.loads(line), key)}
        other = chance.choice(sorted(words))
    holder[key] = other


def _words(value: object, key: object) -> set[str]:
    """Every word that stands under this name."""
    if isinstance(value, dict):
        own = {value[key]} if isinstance(value.get(key), str) else set()
        return own.union(*(_words(part, key) for part in value.values()))
    if isinstance(value, list):
        return set().union(*(_words(part, key) for part in value))
    return set()


MUTATIONS: dict[str, Callable[[Trace, random.Random], Trace]] = {
    "swap": swap,
    "drop": drop,
    "duplicate": duplicate,
    "forge": forge,
}
