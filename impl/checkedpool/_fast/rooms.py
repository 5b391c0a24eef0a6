"""The fast rooms of this pool.  Decides which there are, and from the environment which are used."""

from __future__ import annotations

import os

from checkedpool._core.typed import TypeVar
from checkedpool._fast.fitting import Room, fitted, without

C = TypeVar("C")
PLAIN = "CHECKEDPOOL_PLAIN"
"""In the environment: 1 for a pool without any fast room; or the names of rooms to do without, with commas between."""
ROOMS: tuple[Room, ...] = ()


def in_use(plain: type[C]) -> type[C]:
    """A class of the plain pool with the rooms that are used.

    Raises ValueError if CHECKEDPOOL_PLAIN names a room that there is not.
    """
    try:
        return fitted(plain, without(ROOMS, os.environ.get(PLAIN, "")))
    except ValueError as error:
        raise ValueError(f"{PLAIN}: {error}") from None
