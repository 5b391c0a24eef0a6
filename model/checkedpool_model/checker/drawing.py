"""Counterexamples drawn for people, in the three forms that there are.

Decides: nothing; it is the face of the drawings. Must not know: what the states mean.
"""

from collections.abc import Iterable
from typing import TypeVar

from checkedpool_model.checker import drawing_mermaid, drawing_svg, drawing_text
from checkedpool_model.checker.explore import Counterexample
from checkedpool_model.checker.sequence import diagram
from checkedpool_model.checker.system import System

__all__ = ["mermaid", "svg", "text"]

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
