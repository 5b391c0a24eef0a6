"""A selector where threads are greenlets: of whoever put them in place, so while it waits the others run.

Decides what a fork does to it.  Is imported where there are greenlets, and nowhere else.
"""

from __future__ import annotations

import os
from contextlib import suppress
from weakref import WeakSet

from checkedpool._os import system


class SharedSelector(system.Selector):
    """A fork copies all greenlets, and what the copy of the one that waits here waits for is closed in the child.

    Libev ends a process that waits for a closed descriptor.
    """

    def __init__(self) -> None:
        super().__init__()
        self._pid = os.getpid()
        _shared.add(self)

    def select(self, timeout: float | None) -> list[int]:
        """See ``Selector``.  ChildProcessError in a child."""
        ready = super().select(timeout)
        if self._pid != os.getpid():
            raise ChildProcessError
        return ready


_shared: WeakSet[SharedSelector] = WeakSet()


def _close_shared() -> None:
    """In a child, before any end is closed."""
    for selector in list(_shared):
        with suppress(Exception):  # the library's code
            selector.close()


system.before_closing.append(_close_shared)
