"""A pickle that is not put together: what the pickler has written, and between it large bytes as the caller has them.

Nobody can change bytes, so they need no copy of their own: they are written into a pipe from where they lie.  It is as
long as its parts are together, and a pickle once they stand behind one another.

Decides: of which calls and results the parts are made without a pickler.  Must not know: how a pickle travels.
"""

from __future__ import annotations

from pickle import BINBYTES, SHORT_BINBYTES, STOP, dumps

from checkedpool._shell.calls import HEADER, PROTOCOL, by_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

WHOLE, MOST = 1 << 13, 3 << 16
"""Bytes from which on a copy is dearer than two parts more, as each that waits has pages of its own; and from which on
memory is cheaper than a pipe of 256 KiB."""
BEGIN = dumps(None, PROTOCOL)[:HEADER]
PLACE = b"here go the bytes"
MARKED = SHORT_BINBYTES + bytes((len(PLACE),)) + PLACE


class Parts:
    """The parts, and what they count while they wait."""

    __slots__ = ("parts", "size", "weight")

    def __init__(self, parts: Sequence[bytes], weight: int) -> None:
        self.parts, self.size, self.weight = parts, sum(map(len, parts)), weight

    def __len__(self) -> int:
        return self.size


def of_call(fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Parts | None:
    """Of a call with one argument that is long, of bytes, and otherwise as simple as ``by_name`` asks; else None.

    It counts nothing: without a pickle the bytes would wait too.
    """
    places = [at for at, arg in enumerate(args) if (type(arg) is bytes and WHOLE <= len(arg) < MOST) or arg is PLACE]
    if len(places) != 1:
        return None
    at = places[0]
    simple = by_name(fn, (*args[:at], PLACE, *args[at + 1 :]), kwargs)
    if simple is None:
        return None
    around = simple[0].split(MARKED)
    if len(around) != 2:  # noqa: PLR2004 - before and behind; more: another argument says the same
        return None
    return Parts((around[0] + _announced(args[at]), args[at], around[1]), 0)


def of_value(value: bytes) -> Parts:
    """Of a result."""
    return Parts((BEGIN + _announced(value), value, STOP), len(value))


def _announced(value: bytes) -> bytes:
    return BINBYTES + len(value).to_bytes(4, "little")
