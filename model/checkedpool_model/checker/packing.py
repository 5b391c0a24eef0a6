"""A state as one integer: each field's value has a number, and the numbers stand side by side in its bits.

Decides: which bits are whose. Must not know: what the values mean; what is asked of a state.

Values are numbered as they are met. What is equal is the same, as it is of states: 1 and True, if a field should have
both, are the one that came first. A field has room for sixteen times as many as were met when the layout was made,
one that had few values for about as many. Where a new value has no room, ``NoRoomError`` is raised: whoever packs
starts again, with a layout for all that was met by then.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

__all__ = ["NoRoomError", "Packing", "bits_of", "values_of"]

S = TypeVar("S")

FEW = 8
"""Values: a field that has had no more is taken to have no others."""

SPARE = 4
"""Bits that any other field has beside those that it needs now."""


class NoRoomError(Exception):
    """A field has had more values than its bits can tell apart."""


def bits_of(number: int) -> Iterator[int]:
    """Which bits are set, the lowest first."""
    while number:
        yield (number & -number).bit_length() - 1
        number &= number - 1


def values_of(states: Sequence[tuple[object, ...]]) -> list[list[object]]:
    """The values that each field has in these states, each once, as they come: those of the first state first."""
    return [list(dict.fromkeys(column)) for column in zip(*states, strict=True)]


class Packing(Generic[S]):
    """The layout, and the numbers of the values so far. The lists of values grow, and outlive it."""

    def __init__(self, kind: type[S], values: list[list[object]]) -> None:
        self.kind, self.values = kind, values
        self.shifts, self.masks = [0] * len(values), [0] * len(values)
        self.width = 0
        for field in sorted(range(len(values)), key=lambda field: len(values[field])):
            self._place(field)
        self.codes = [
            {value: number << shift for number, value in enumerate(met)}
            for met, shift in zip(values, self.shifts, strict=True)
        ]

    def _place(self, field: int) -> None:
        """Give a field the next bits."""
        met = len(self.values[field])
        bits = (met - 1).bit_length() + (SPARE if met > FEW else 0)
        self.shifts[field], self.masks[field] = self.width, ((1 << bits) - 1) << self.width
        self.width += bits

    def mask(self, fields: Iterable[int]) -> int:
        """The bits of these fields."""
        return sum(self.masks[field] for field in set(fields))

    def packed(self, state: Sequence[object]) -> int:
        """The state as an integer."""
        return sum([self.code(field, value) for field, value in enumerate(state)])

    def code(self, field: int, value: object) -> int:
        """The value's number, in its field's place."""
        code = self.codes[field].get(value)
        if code is None:
            number = len(self.values[field])
            self.values[field].append(value)
            code = self.codes[field][value] = number << self.shifts[field]
            if code & ~self.masks[field]:
                raise NoRoomError
        return code

    def state(self, packed: int) -> S:
        """The state again. Bits above the layout do not matter. Of bits left out the field has its first value."""
        fields = zip(self.values, self.masks, self.shifts, strict=True)
        found: S = tuple.__new__(self.kind, [met[(packed & mask) >> shift] for met, mask, shift in fields])  # type: ignore[type-var]
        return found
