"""What a class of the pool makes is named, so that a fast room can replace it (``_fast/fitting.py``)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from checkedpool import rooms
from checkedpool._given import log_forwarding, own_pickler, stderr_tails
from checkedpool._pool import bounded
from checkedpool._trace import traced_dispatch, traced_pool

PARTS = ("_core", "_fast", "_given", "_os", "_payload", "_pool", "_trace", "_worker")
LATE = (rooms, bounded, log_forwarding, own_pickler, stderr_tails, traced_dispatch, traced_pool)


def classes() -> Iterator[type]:
    """All that a pool can be made of."""
    for name, module in list(sys.modules.items()):
        if name.startswith(tuple(f"checkedpool.{part}." for part in PARTS)):
            yield from (kind for kind in vars(module).values() if isinstance(kind, type) and kind.__module__ == name)


def unnamed(kind: type) -> set[str]:
    """Attributes that say of what class something is that this class makes, and that it does not name as text."""
    named = {name for base in set(kind.__mro__) - {type} for name in vars(base).get("__annotations__", ())}
    return {name for name in vars(kind) if name.endswith("_type")} - named


def test_each_attribute_that_says_what_a_class_makes_is_named() -> None:
    assert all(module in sys.modules.values() for module in LATE)
    assert {kind.__name__: unnamed(kind) for kind in classes() if unnamed(kind)} == {}


def test_one_that_is_not_named_would_be_seen() -> None:
    class Cart:
        wheel_type = object

    class Waggon(Cart):
        wheel_type: Any

    assert unnamed(Cart) == {"wheel_type"}
    assert unnamed(Waggon) == set()
