"""The pickle of the most usual call, put together from parts: a module's function and a few small plain arguments.

The bytes are a pickle like any other, and say what the pickler's own would say; but the function's part is looked up
instead of being made, once it has been seen that the function is still to be found under its name.  Whatever is not so
simple is left to ``pickling``.
"""

from __future__ import annotations

from pickle import EMPTY_DICT, FRAME, SHORT_BINUNICODE, STACK_GLOBAL, STOP, TUPLE3, dumps
from sys import modules
from types import FunctionType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PROTOCOL = 5
NUMBERS = frozenset({type(None), bool, int, float})
SHORT = 256
"""Characters, or bytes: longer ones would be copied once too often."""
HEADER = 2
"""Bytes of the protocol's number in a pickle."""
FRAMED = HEADER + 9
"""And those of a frame's beginning."""
REST = EMPTY_DICT + TUPLE3 + STOP
NOTHING = dumps((bool, (), {}), PROTOCOL)
"""The call in a marked frame."""
_known: dict[tuple[str, str], tuple[bytes, str]] = {}


def by_name(fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[bytes, str] | None:
    """The pickle of ``(fn, args, kwargs)`` and how errors call ``fn``; None if it is not as simple as that."""
    if type(fn) is not FunctionType or kwargs:
        return None
    for value in args:
        kind = type(value)
        if kind not in NUMBERS and not ((kind is str or kind is bytes) and len(value) < SHORT):
            return None
    place = fn.__module__, fn.__qualname__
    try:
        if getattr(modules.get(place[0]), place[1], None) is not fn:
            return None
        known = _known.get(place) or _learn(*place)
    except Exception:  # noqa: BLE001 - a module may be called anything, and be anything: the pickler says what it is
        return None
    if known is None:
        return None
    data = dumps(args, PROTOCOL)
    return known[0] + data[FRAMED if data[HEADER] == FRAME[0] else HEADER : -1] + REST, known[1]


def _learn(module: str, name: str) -> tuple[bytes, str] | None:
    """The part of pickles that finds this function; None if its name is too long for it."""
    parts = [text.encode("utf-8", "surrogatepass") for text in (module, name)]
    if any(len(part) > 255 for part in parts):  # noqa: PLR2004 - what one byte can say
        return None
    head = dumps(None, PROTOCOL)[:HEADER]
    for part in parts:
        head += SHORT_BINUNICODE + bytes((len(part),)) + part
    known = head + STACK_GLOBAL, f"{module}.{name}" if module != "builtins" else name
    return _known.setdefault((module, name), known)
