"""How calls, values and errors are packed for a cluster: by name, and by value where a worker has no such name.

A worker of a cluster has a main module of its own, so what the program has defined in its main module travels whole.
"""

from __future__ import annotations

import pickle

import cloudpickle

from checkedpool._payload.pickling import Codec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


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
