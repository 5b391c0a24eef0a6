"""Counterexamples drawn for people, in the three forms that there are.

Decides: nothing; it is the face of the drawings. Must not know: what the states mean.
"""

from typing import TypeVar

from checkedpool_model.checker import drawing_text
from checkedpool_model.checker.explore import Counterexample
from checkedpool_model.checker.sequence import diagram
from checkedpool_model.checker.system import System

__all__ = ["text"]

K = TypeVar("K")
S = TypeVar("S")


def text(
    system: System[K, S], found: Counterexample[S], *, width: int = drawing_text.WIDTH, ascii_only: bool = False
) -> str:
    """A drawing of characters, of at most so many columns."""
    return drawing_text.drawn(diagram(system, found), width=width, ascii_only=ascii_only)
