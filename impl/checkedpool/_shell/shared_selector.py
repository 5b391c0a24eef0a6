"""What the manager waits with where threads are greenlets: the selector that whoever put them in place has put there.

Decides what becomes of it in a forked child, which has a copy of the manager.  Must not know: what is waited for.
"""

from __future__ import annotations

import os
import weakref
from contextlib import suppress

from checkedpool._shell.channels import Selector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class SharedSelector(Selector):
    """The same where threads are greenlets: of those that put them in place, while it waits the others run.

    A fork copies all of them.  What the copy of the one that waits here waits for is closed in the child: libev ends a
    process that waits for a closed descriptor.
    """

    def __init__(self) -> None:
        super().__init__()
        self._pid = os.getpid()
        _shared.add(self)

    def select(self, timeout: float | None) -> list[Any]:
        """See ``Selector``.  ChildProcessError in a child."""
        ready = super().select(timeout)
        if self._pid != os.getpid():
            raise ChildProcessError
        return ready


_shared: weakref.WeakSet[SharedSelector] = weakref.WeakSet()


def close_shared_selectors() -> None:
    """In a child, before any end is closed."""
    for selector in list(_shared):
        with suppress(Exception):  # the library's code
            selector.close()
