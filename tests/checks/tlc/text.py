"""The text of ``Protocol.tla`` changed in named places.

Decides: what a change is, and that it must apply. Must not know: what TLC makes of it.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "TEXTS",
    "Change",
    "NotAppliedError",
    "Variant",
    "Wrong",
    "asked_of_steps",
    "changed",
    "unfair",
    "variants",
    "wrong_lines",
]

TEXTS = Path(__file__).parents[3] / "spec" / "tla"


class NotAppliedError(ValueError):
    """What is to be changed does not stand there, or stands there more than once."""


@dataclass(frozen=True, slots=True)
class Change:
    """What stands in a definition, once, and what is to stand there instead."""

    definition: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Variant:
    """A rule of the protocol broken in TLA+ as a mutant of the model breaks it."""

    name: str
    changes: tuple[Change, ...]
    asks: str = ""
    """What is asked instead of the mutant's own killer."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line that says something else than the model: the comparison must refuse it in this scope."""

    name: str
    scope: str
    changes: tuple[Change, ...]


def variants() -> tuple[Variant, ...]:
    """Those of ``variants.toml``."""
    entries = tomllib.loads((TEXTS / "variants.toml").read_text())["variant"]
    return tuple(Variant(one["name"], _changes(one), one.get("asks", "")) for one in entries)


def wrong_lines() -> tuple[Wrong, ...]:
    """Those of ``wrong.toml``."""
    entries = tomllib.loads((TEXTS / "wrong.toml").read_text())["wrong"]
    return tuple(Wrong(one["name"], one["scope"], _changes(one)) for one in entries)


def _changes(entry: dict[str, list[dict[str, str]]]) -> tuple[Change, ...]:
    return tuple(Change(one["in"], one["old"], one.get("new", "TRUE").strip("\n")) for one in entry["change"])


OF_STEPS = "(* What must hold of every step", "no_step_is_wrong =="
EACH = {"c": r"\A c \in Client : ", "i": r"\A i \in Lane : ", "t": r"\A t \in Task : ", "h": r"\A h \in Thread : "}


def asked_of_steps(text: str) -> dict[str, str]:
    """Each claim about steps as what is asked of TLC: of every client, lane, task or thread, in every step."""
    between = text[text.index(OF_STEPS[0]) : text.index(OF_STEPS[1])]
    claims = re.findall(r"^([a-z]\w*)(?:\((\w)\))? ==", between, re.MULTILINE)
    return {name: f"[][{EACH[of]}{name}({of})]_vars" if of else f"[][{name}]_vars" for name, of in claims}


PARTS = ("ManagerTakesMessage", "ManagerReads")
"""What is strongly fair as a whole: an action that is no part of it is not fair."""


def unfair(action: str, text: str) -> str:
    """The text in which nothing is assumed of this action."""
    whole = rf"WF_vars\({action}(\(\w\))?\)"
    part = rf"(?<=\\/ ){action}(\(\w\))?$"
    for definition, pattern, new in (("Fairness", whole, "TRUE"), *((name, part, "FALSE") for name in PARTS)):
        begin, end = _span(text, definition)
        body, times = re.subn(pattern, new, text[begin:end], flags=re.MULTILINE)
        if times == 1:
            return text[:begin] + body + text[end:]
    raise NotAppliedError(f"{action} is fair in no formula")


def changed(text: str, changes: Iterable[Change]) -> str:
    """The text with all of these changes."""
    for change in changes:
        begin, end = _span(text, change.definition)
        body = text[begin:end]
        if body.count(change.old) != 1:
            raise NotAppliedError(f"{change.definition} has {body.count(change.old)} times {change.old!r}")
        text = text[:begin] + body.replace(change.old, change.new) + text[end:]
    return text


def _span(text: str, definition: str) -> tuple[int, int]:
    """From the definition's name to the next line that begins at the margin."""
    found = re.search(rf"^{definition}(?:\([^)]*\))? *==.*\n(?:(?:[ ].*)?\n)*", text, re.MULTILINE)
    if not found:
        raise NotAppliedError(f"there is no definition of {definition}")
    return found.span()
