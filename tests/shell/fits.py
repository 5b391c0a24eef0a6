"""Which classes a test of futures is made with: the plain ones, those of a room, those of all rooms.

Decides: which rooms a test is run with. Must not know: what a test expects.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import pytest

from checkedpool._fast.fitting import fitted
from checkedpool.rooms import ROOMS

Fit: TypeAlias = Callable[[type[Any]], type[Any]]
"""Which class is taken for a plain one."""


def plain(made: type[Any]) -> type[Any]:
    """The class itself."""
    return made


def fast(*names: str) -> Fit:
    """That of these rooms; of all, if none is named."""
    return partial(fitted, rooms=tuple(room for room in ROOMS if room.name in names or not names))


FITS: dict[str, Fit] = {"plain": plain, "future": fast("future"), "wake": fast("wake"), "all": fast()}
plain_and_fast = pytest.mark.parametrize("fit", [FITS["plain"], FITS["all"]], ids=["plain", "all"])
