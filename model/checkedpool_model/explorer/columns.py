"""Numbers by the thousand as bytes: a JSON head, then columns, deflated.

Decides: how columns are laid out, in the smallest width that holds them. Must not know: what any number means.

The bytes are: the length of the head in four bytes, the head, then each column at the offset that the head says, from
the head's end on, which is a multiple of four. All numbers are little-endian.
"""

import json
import struct
import sys
import zlib
from array import array
from collections.abc import Iterable, Sequence
from typing import Literal

__all__ = ["Columns", "zigzag"]

Width = Literal["B", "H", "I"]
LARGEST: dict[Width, int] = {"B": 0xFF, "H": 0xFFFF, "I": 0xFFFF_FFFF}


def zigzag(number: int) -> int:
    """A number that may be negative as one that is not: small stays small."""
    return 2 * number if number >= 0 else -2 * number - 1


class Columns:
    """Columns by name, and what they become."""

    def __init__(self) -> None:
        self._bytes: list[bytes] = []
        self._head: dict[str, tuple[str, int, int]] = {}
        self._length = 0

    def add(self, name: str, numbers: Sequence[int]) -> None:
        """A column of numbers that are not negative."""
        most = max(numbers, default=0)
        width = next(width for width, largest in LARGEST.items() if most <= largest)
        column = array(width, numbers)
        if sys.byteorder == "big":
            column.byteswap()
        self._append(name, width, len(column), column.tobytes())

    def add_bits(self, name: str, rows: Iterable[int], bits: int) -> None:
        """A table of rows of bits; the first bit is the lowest of the first byte."""
        width = (bits + 7) // 8
        table = b"".join(row.to_bytes(width, "little") for row in rows)
        self._append(name, "B", len(table), table)

    def add_interned(self, name: str, rows: Sequence[int], bits: int) -> None:
        """Of each row only its number in a table of the different ones."""
        numbers: dict[int, int] = {}
        self.add(name, [numbers.setdefault(row, len(numbers)) for row in rows])
        self.add_bits(f"{name}.table", numbers, bits)

    def deflated(self, head: dict[str, object]) -> bytes:
        """All of it with this head."""
        text = json.dumps({**head, "columns": self._head}, ensure_ascii=True, separators=(",", ":")).encode()
        text += b" " * (-(len(text) + 4) % 4)
        return zlib.compress(b"".join((struct.pack("<I", len(text)), text, *self._bytes)), 9)

    def _append(self, name: str, width: str, count: int, content: bytes) -> None:
        self._head[name] = width, self._length, count
        padded = content + b"\0" * (-len(content) % 4)
        self._bytes.append(padded)
        self._length += len(padded)
