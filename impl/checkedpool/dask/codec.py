"""How calls, values and errors are packed for a cluster: by name, and by value where a worker has no such name.

A worker of a cluster has a main module of its own, so what the program has defined in its main module travels whole.
A program's own pickler takes the place of all that; it travels so itself, with each task.

The engine has exceptions pickled with their frames and causes, and rebuilt without their ``__init__``, in every process
that imports it.  Here an error goes as its class says, as it does between processes of one machine.
"""

from __future__ import annotations

import copyreg
import io
import pickle
from collections import ChainMap
from functools import lru_cache

import cloudpickle
from tblib.pickling_support import pickle_exception

from checkedpool._given.own_pickler import OwnCodec
from checkedpool._payload import pickling
from checkedpool._payload.pickling import Codec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    Reducer: TypeAlias = Callable[[Any], Any]

    from checkedpool._given.own_pickler import OwnPickler


class Reducers(dict[type, "Reducer"]):
    """Those that the program has registered, without the engine's for exceptions."""

    def __getitem__(self, kind: type) -> Reducer:
        reducer = copyreg.dispatch_table[kind]
        if reducer is pickle_exception:
            raise KeyError(kind)
        return reducer


class ByName(pickle.Pickler):
    """As the standard one."""

    dispatch_table = Reducers()


class ByValue(cloudpickle.Pickler):
    """As cloudpickle's."""

    dispatch_table = ChainMap(cloudpickle.Pickler.dispatch_table.maps[0], ByName.dispatch_table)  # noqa: RUF012 - the base's


def dumps(value: Any) -> bytes:
    """By name, unless that fails or names the main module."""
    try:
        pickled = _by(ByName, value)
    except Exception:  # noqa: BLE001 - whatever it is, by value it may go
        pickled = b"__main__"
    if b"__main__" in pickled:
        pickled = _by(ByValue, value)
    return pickled


def _by(pickler: type[pickle.Pickler], value: Any) -> bytes:
    file = io.BytesIO()
    pickler(file).dump(value)
    return file.getvalue()


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
