"""Fast room ``pack``, the parent's side: calls by name, and parts that are written from where they lie.

Extends ``Pool`` and ``WorkerChannels``.  ``tests/shell/test_calls.py`` and ``test_parts.py`` hold what is read against
what the pickler's own bytes are read as.
"""

from __future__ import annotations

from checkedpool._fast.pack import Parts, by_name
from checkedpool._pool.pool import Pool, refuse_call
from checkedpool._pool.shared import BUDGET
from checkedpool._pool.worker_channels import WorkerChannels

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from checkedpool._payload.pickling import Packed
    from checkedpool._pool.shared import PoolFuture


class ByNamePool(Pool):
    """A pool that puts the pickles of simple calls together."""

    def pickle(
        self, future: PoolFuture[Any], fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> bool:
        shared = self.shared
        try:
            simple = None if shared.pending_bytes + shared.burst >= BUDGET else by_name(fn, args, kwargs)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - as if it were the pickler's
            return refuse_call(future, error)
        if simple is None:
            return super().pickle(future, fn, args, kwargs)
        future.frame, future.name = simple
        shared.burst += len(simple[0])
        return True


class PartsChannels(WorkerChannels):
    """A lane that writes parts."""

    def on_the_wire(self, head: bytes, body: Packed) -> Sequence[bytes | memoryview]:
        return (head, *body.parts) if isinstance(body, Parts) else super().on_the_wire(head, body)
