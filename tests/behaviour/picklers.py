"""Picklers of a program's own, for tests of executors that take one: good, choosy, and none at all.

Must not know: who asks them.
"""

from __future__ import annotations

import pickle
import zlib
from typing import Any


class Packed:
    """A pickler whose bytes no other one reads."""

    def dumps(self, value: object) -> bytes:
        return zlib.compress(pickle.dumps(value), 1)

    def loads(self, data: bytes) -> Any:
        return pickle.loads(zlib.decompress(data))


class Choosy(Packed):
    """It takes no texts of its own choice, in either direction."""

    def __init__(self, dumps_not: str = "", loads_not: str = "") -> None:
        self.dumps_not, self.loads_not = dumps_not, loads_not

    def dumps(self, value: object) -> bytes:
        if self.dumps_not and self.dumps_not in repr(value):
            raise LookupError
        return super().dumps(value)

    def loads(self, data: bytes) -> Any:
        value = super().loads(data)
        if self.loads_not and self.loads_not in repr(value):
            raise LookupError
        return value


class Wordy:
    """It is none: it makes texts."""

    dumps, loads = repr, eval


RAISES_AT = {
    "call unsent": (Choosy(dumps_not="'in'"), "in", "own pickler cannot pickle it"),
    "call unread": (Choosy(loads_not="'in'"), "in", "function did not begin"),
    "value unsent": (Choosy(dumps_not="['out']"), "out", "could not be sent back"),
    "value unread": (Choosy(loads_not="['out']"), "out", "could not be rebuilt in this process"),
}
"""Where it raises: one that does, the argument of a call that makes a list of it, and what the error's note says."""
