"""Any state that is a named tuple, as cards: what an actor is called after gets a card, the rest one card together.

Decides: by the names of fields alone, which part of a state is whose; which words sound like which tone. Must not know:
any particular model. For the museum's small designs, and for worlds of the simulated system.
"""

import re
from collections.abc import Callable, Iterable
from enum import Enum
from functools import partial
from typing import cast

from checkedpool_model.checker.story import show
from checkedpool_model.explorer.card import Card, Family, Row, Tone, Words, Zone

__all__ = ["families", "tone_of"]

ZONES: dict[str, Zone] = {
    "client": "client", "user": "client", "waiter": "client", "executor": "client",
    "worker": "worker", "lane": "worker", "future": "future", "task": "future", "contract": "shared",
}  # fmt: skip
"""Where who stands; everybody else stands in the middle."""
TONES: tuple[tuple[str, Tone], ...] = (
    (r"dead|killed|died|^ended$", "dead"),
    (r"has ended|is done|gone|nobody|returned|has returned|none|collected|NONE|NOT_", "ended"),
    (r"sleep", "asleep"),
    (r"wait|join|has the lock|has the|wants|looks", "waits"),
    (r"idle|free|outside|open", "idle"),
)
LIVES: tuple[tuple[str, Tone], ...] = (
    (r"cancel", "cancelled"),
    (r"broken|blamed", "broken"),
    (r"fail", "failed"),
    (r"done|finished|succeed|answered", "succeeded"),
    (r"running|taken|booked", "running"),
    (r"ended", "succeeded"),
    (r"none", "none"),
)
NAMES = {"lane": "worker"}
FUTURES = frozenset({"future", "first", "second", "sent"})
"""Fields that stand for futures in the museum's designs."""


def families(
    initial: object, actors: Iterable[str] = (), heads: dict[str, str] | None = None, sets: Iterable[str] = ()
) -> tuple[Family[object], ...]:
    """The parts of states like this one. ``heads``: of a tuple of records the field that is the headline."""
    fields = cast("tuple[str, ...]", getattr(initial, "_fields", ()))
    known, sets = {actor.removesuffix(" {i}") for actor in actors}, frozenset(sets)
    made: list[Family[object]] = []
    left: list[str] = []
    for field in fields:
        name = _singular(field)
        value = getattr(initial, field)
        if isinstance(value, tuple) and (name in sets or _holds_records(value)):
            over = name if name in sets else ""
            card = partial(_record, (heads or {}).get(field, ""), name in {"task", "future"})
            made.append(Family(NAMES.get(name, name), ZONES.get(name, "manager"), over, partial(_all_of, field), card))
        elif field in FUTURES:
            made.append(Family(field, "future", "", partial(_one_of, field), _life))
        elif field in known and isinstance(value, str):
            made.append(Family(field, ZONES.get(field, "manager"), "", partial(_one_of, field), _actor))
        else:
            left.append(field)
    if left:
        shared = Family("between them", "shared", "", partial(_several, tuple(left)), partial(_rows, tuple(left)))
        made.append(cast("Family[object]", shared))
    return tuple(made)


def tone_of(words: str, tones: tuple[tuple[str, Tone], ...] = TONES, other: Tone = "busy") -> Tone:
    """What the words sound like."""
    return next((tone for pattern, tone in tones if re.search(pattern, words, re.IGNORECASE)), other)


def _singular(field: str) -> str:
    return field.removesuffix("s")


def _holds_records(value: tuple[object, ...]) -> bool:
    return not hasattr(value, "_fields") and any(hasattr(part, "_fields") for part in value)


def _all_of(field: str, state: object) -> tuple[object, ...]:
    return cast("tuple[object, ...]", getattr(state, field))


def _one_of(field: str, state: object) -> tuple[object, ...]:
    return (getattr(state, field),)


def _several(fields: tuple[str, ...], state: object) -> tuple[object, ...]:
    return (tuple(getattr(state, field) for field in fields),)


# --- cards ------------------------------------------------------------------------------------------------------------


def _life(value: object) -> Card:
    words = _said(value)
    return Card((words,), tone_of(words, LIVES, "pending"))


def _actor(value: object) -> Card:
    words = _said(value)
    return Card((words,), tone_of(words))


def _record(head: str, is_life: bool, value: object) -> Card:  # noqa: FBT001 - filled in where families are made
    """One of several: a record, or words."""
    fields = cast("tuple[str, ...]", getattr(value, "_fields", ()))
    if not fields:
        return _life(value) if is_life else _actor(value)
    chosen = head or fields[0]
    card: Callable[[object], Card] = _life if is_life else _actor
    others = tuple(field for field in fields if field != chosen)
    shown = card(getattr(value, chosen))
    return Card(shown.head, shown.tone, tuple(_row(field, getattr(value, field)) for field in others))


def _rows(fields: tuple[str, ...], value: object) -> Card:
    values = cast("tuple[object, ...]", value)
    return Card((), "none", tuple(_row(field, part) for field, part in zip(fields, values, strict=True)))


def _row(field: str, value: object) -> Row:
    label = field.strip("_").replace("_", " ")
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return Row(label, tuple((show(part),) for part in value), "pipe")
    words: Words = (_said(value),)
    return Row(label, (words,))


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.name.lower() if isinstance(value, Enum) else show(value)
