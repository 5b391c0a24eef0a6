"""How calls, values and errors are packed for a cluster: by name, and by value where a worker has no such name.

A worker of a cluster has a main module of its own, so what the program has defined in its main module travels whole.
A program's own pickler takes the place of all that; it travels so itself, with each task.
"""

from __future__ import annotations

import pickle
from functools import lru_cache

import cloudpickle

from checkedpool._given.own_pickler import OwnCodec
from checkedpool._payload import pickling
from checkedpool._payload.pickling import Codec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from checkedpool._given.own_pickler import OwnPickler


def dumps(value: Any) -> bytes:
    """By name, unless that fails or names the main module."""
    try:
        pickled = pickle.dumps(value)
    except Exception:  # noqa: BLE001 - whatever it is, by value it may go
        pickled = b"__main__"
    if b"__main__" in pickled:
        pickled = cloudpickle.dumps(value)
    return pickled


class ClusterCodec(Codec):
    """That of clients and workers."""

    def pack(self, value: Any) -> bytes:
        """A value."""
        return dumps(value)

    def dump(self, value: Any) -> bytes:
        """An error."""
        return dumps(value)


PLAIN = ClusterCodec()


def codec_with(pickler: OwnPickler | None) -> Codec:
    """One that asks the program's pickler, if it has one."""
    if pickler is None:
        return PLAIN
    codec = OwnCodec()
    codec.pickler = pickler
    return codec


@lru_cache(maxsize=16)
def codec_of(sent: bytes) -> Codec:
    """At a worker: with the pickler that came with a task."""
    return codec_with(pickling.loads(sent))
