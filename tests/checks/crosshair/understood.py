"""What CrossHair does not know by itself: a ``Struct`` does what the functions of ``struct`` do, which it knows.

Decides: that alone.  Without it a symbolic number is a concrete one in every header.
"""

from __future__ import annotations

import struct

from crosshair.core import register_patch

__all__ = ["register"]


def register() -> None:
    """Once in a process, before anything is asked."""
    register_patch(struct.Struct.pack, _pack)
    register_patch(struct.Struct.unpack, _unpack)
    register_patch(struct.Struct.unpack_from, _unpack_from)


def _pack(self: struct.Struct, *values: object) -> bytes:
    return struct.pack(self.format, *values)


def _unpack(self: struct.Struct, data: bytes) -> tuple[object, ...]:
    return struct.unpack(self.format, data)


def _unpack_from(self: struct.Struct, data: bytes, at: int = 0) -> tuple[object, ...]:
    return struct.unpack(self.format, data[at : at + self.size])
