"""How much a verification asks: what everybody waits for, what takes minutes, everything.

Decides: which sizes there are, and the command of each. Must not know: what any check asks for one of them.

A share of each kind is asked at each size. A larger size asks all that a smaller one does, and more of it.
"""

from enum import Enum

__all__ = ["Size"]


class Size(Enum):
    """The value is the command that asks so much."""

    QUICK = "make verify"
    LONG = "make verify-long"
    ALL = "make verify-all"

    @property
    def within(self) -> "tuple[Size, ...]":
        """This size and the smaller ones, whose shares it has too."""
        sizes = tuple(Size)
        return sizes[: sizes.index(self) + 1]
