"""Whether a pool of this run lends workers: the room ``dispatch`` is used, and there is direct dispatch here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkedpool import rooms
from checkedpool._fast.direct_dispatch import LENT, DispatchingShared

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor

LENDS = LENT and any(room.name == "dispatch" for room in rooms.used())


def is_lending(pool: ProcessPoolExecutor) -> bool:
    """A worker is lent now."""
    shared = pool._pool.shared
    return isinstance(shared, DispatchingShared) and shared.loan is not None
