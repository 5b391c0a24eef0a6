"""How a part of a state is shown: a card with a headline, a tone and rows. Words, and the numbers of what they name.

Decides: the form in which every source of states says what is to be drawn. Must not know: any state; any colour.

A number that names a worker or a task is not written into the words: it is a ``Ref``, so that whoever shows the card
can name the worker as it is called there. A ``pipe`` is a row that is drawn as a channel, its content in order.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, Literal, NamedTuple, TypeVar

__all__ = ["Card", "Family", "Kind", "Ref", "Row", "Tone", "Words", "Zone", "plain_card", "plain_words"]

S = TypeVar("S")


class Ref(NamedTuple):
    """A member of an index set, by its number."""

    of: str
    number: int


Words = tuple[str | Ref, ...]
"""What is said, word by word."""

Kind = Literal["text", "pipe", "script"]

Tone = Literal[
    "none", "idle", "busy", "waits", "asleep", "ended", "dead",
    "pending", "running", "succeeded", "failed", "cancelled", "broken", "refused",
]  # fmt: skip
"""What sort of moment it is; the page has a colour for each."""

Zone = Literal["client", "manager", "worker", "future", "nature", "shared"]
"""Where on the page it stands."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a card."""

    label: str
    items: tuple[Words, ...]
    kind: Kind = "text"
    at: int = -1
    """Of a script: the item that it is at."""


@dataclass(frozen=True, slots=True)
class Card:
    """One part of a state."""

    head: Words
    tone: Tone = "none"
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Family(Generic[S]):
    """Parts that look alike: all workers, say."""

    name: str
    """Of the members' names: "worker" of "worker 0"; one alone has no number."""
    zone: Zone
    over: str
    """The index set whose members they are; "": they are not renumbered."""
    members: Callable[[S], tuple[object, ...]]
    """The values of the members in a state."""
    card: Callable[[object], Card]
    """How a value is shown."""


def plain_words(words: Words) -> list[str | list[str | int]]:
    """For JSON."""
    return [[word.of, word.number] if isinstance(word, Ref) else word for word in words]


def plain_card(card: Card) -> dict[str, object]:
    """For JSON."""
    return {"head": plain_words(card.head), "tone": card.tone, "rows": list(_plain_rows(card.rows))}


def _plain_rows(rows: tuple[Row, ...]) -> Iterator[dict[str, object]]:
    for row in rows:
        plain: dict[str, object] = {"label": row.label, "items": [plain_words(item) for item in row.items]}
        if row.kind != "text":
            plain["kind"] = row.kind
        if row.at >= 0:
            plain["at"] = row.at
        yield plain
