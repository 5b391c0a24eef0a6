"""What an exhibit of the museum is: a famous bug as a small model, its cure as a changed table, its story in words.

Decides: what must be said of an exhibit, and how its words are read from the docstring of its file. Must not know: any
exhibit; how one is explored (``visit``) or shown (``page``, ``commands``).

The docstring of an exhibit's file has five paragraphs: a title, the story, and then "Cure:", "Left out:" and "Here:",
which says what checkedpool does instead.
"""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from checkedpool_model.museum.table import Design

__all__ = ["Exhibit", "Failure", "Told", "told"]


class Failure(Enum):
    """How a design fails."""

    DEADLOCK = "deadlock"
    """Nothing can happen any more, and not everything has ended."""
    LOST_FUTURE = "lost future"
    """Everything is quiet, and somebody waits for a future that nobody will ever end."""
    LASSO = "lasso"
    """Something happens for ever, and what is owed never does."""


class Told(NamedTuple):
    """The words of an exhibit, each a paragraph in one line."""

    title: str
    story: str
    cure: str
    left_out: str
    here: str


def told(docstring: str | None) -> Told:
    """The words in an exhibit's docstring; ValueError if a paragraph is missing."""
    parts = [" ".join(part.split()) for part in (docstring or "").strip().split("\n\n")]
    heads = ("", "", "Cure: ", "Left out: ", "Here: ")
    if len(parts) != len(heads) or not all(part.startswith(head) for part, head in zip(parts, heads, strict=True)):
        raise ValueError("an exhibit's docstring has five paragraphs: title, story, 'Cure:', 'Left out:', 'Here:'")
    title, *others = (part.removeprefix(head) for part, head in zip(parts, heads, strict=True))
    return Told(title.removesuffix("."), *others)


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A famous bug: the design that had it, the cured one beside it, and what the checker must find in both."""

    name: str
    """How it is called on the command line."""
    project: str
    versions: str
    seen: str
    """Where we have seen it happen, by running the real thing."""
    links: tuple[str, ...]
    """Where it was reported and cured."""
    words: Told
    clauses: tuple[str, ...]
    """The clauses of the protocol that ``words.here`` speaks of."""
    failure: Failure
    claim: str
    """What fails in the broken design."""
    steps: int
    """After how many steps; of a lasso, with one round of it."""
    broken: Design
    broken_states: int
    """How many states are met until the failure is found."""
    fixed: Design
    fixed_states: int
