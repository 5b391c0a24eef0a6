"""Counterexamples drawn for people, in the three forms that there are.

Decides: nothing; it is the face of the drawings. Must not know: what the states mean.
"""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from checkedpool_model.checker.explore import Counterexample
from checkedpool_model.checker.sequence import diagram, of_events
from checkedpool_model.checker.show import drawing_mermaid, drawing_svg, drawing_text
from checkedpool_model.checker.system import System

__all__ = ["mermaid", "run", "svg", "text"]

K = TypeVar("K")
S = TypeVar("S")


def text(
    system: System[K, S],
    found: Counterexample[S],
    *,
    actors: Iterable[str] = (),
    width: int = drawing_text.WIDTH,
    ascii_only: bool = False,
) -> str:
    """A drawing of characters, of at most so many columns."""
    return drawing_text.drawn(diagram(system, found, actors), width=width, ascii_only=ascii_only)


def mermaid(system: System[K, S], found: Counterexample[S], *, actors: Iterable[str] = ()) -> str:
    """A Mermaid ``sequenceDiagram``, to be put between ```` ```mermaid ```` and ```` ``` ````."""
    return drawing_mermaid.drawn(diagram(system, found, actors))


def svg(system: System[K, S], found: Counterexample[S], *, actors: Iterable[str] = ()) -> str:
    """A picture: the text of an SVG file."""
    return drawing_svg.drawn(diagram(system, found, actors))


def run(  # noqa: PLR0913, PLR0917 - called by plain values only, through an entry point
    form: str,
    title: str,
    claim: str,
    events: Iterable[tuple[str, str, str]],
    states: Sequence[object],
    actors: Iterable[str] = (),
) -> str:
    """A run of something that is no system of the checker: "text", "mermaid" or "svg".

    Each event says who, to whom ("": nobody else), what; of states there is one more, and what an event changes is
    found by comparing named tuples. Behind the entry point ``checkedpool.drawings``.
    """
    made = of_events(title, claim, events, states, actors)
    return {"text": drawing_text.drawn, "mermaid": drawing_mermaid.drawn, "svg": drawing_svg.drawn}[form](made)
