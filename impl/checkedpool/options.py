"""Views: the pool as an executor with options has it.

Decides whether options make sense, and of which class the futures of such calls are.  Who uses no view pays for none of
this.  Must not know: the executor; a view of it is one more whose pool is one of these.
"""

from __future__ import annotations

from checkedpool import seconds
from checkedpool._pool.shared import PoolFuture
from checkedpool._pool.time_limits import Limited, TimeLimits
from checkedpool._worker.announcing import announced
from checkedpool._worker.worker import run_chunk
from checkedpool.errors import CANNOT_STOP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    from checkedpool._pool.pool import Pool
    from checkedpool._pool.shared import Shared

    T = TypeVar("T")


class PoolView:
    """A pool whose calls have options; all else is the pool's own."""

    options: dict[str, Any]

    def __init__(self, pool: Pool | PoolView, given: Mapping[str, object]) -> None:
        """What is not ``given`` is as in the pool, which may be a view itself."""
        self.pool: Pool = pool.pool if isinstance(pool, PoolView) else pool
        self.options = {**(pool.options if isinstance(pool, PoolView) else DEFAULTS), **_checked(given)}
        self.kind: type[PoolFuture[Any]] = self.pool.future_type
        if self.options["cancel_running"]:
            self._has_to_stop("cancel_running")
            self.kind = also(CancelsRunning, self.kind)
        if self.options["timeout"] is not None:
            self._has_to_stop("timeout")
            TimeLimits.of(self.pool.shared)
            self.kind = also(Limited, self.kind)

    def submit(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> PoolFuture[Any]:
        """As the pool's."""
        if self.options["timeout"] is not None:
            fn, args = (fn, (announced(args[0]), *args[1:])) if fn is run_chunk else (announced(fn), args)
        return self.pool.submit_as(self._make, fn, args, kwargs)

    def _make(self, shared: Shared, number: int) -> PoolFuture[Any]:
        future = self.kind(shared, number)
        if isinstance(future, Limited):
            future.limit = self.options["timeout"]
        return future

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a pool has
        return getattr(self.pool, name)

    def _has_to_stop(self, name: str) -> None:
        """Raise where no task can be stopped."""
        if not self.pool.shared.can_stop:
            msg = f"{name}: {CANNOT_STOP}"
            raise ValueError(msg)


def _checked(given: Mapping[str, object]) -> dict[str, object]:
    unknown = sorted(given.keys() - CHECKS.keys())
    if unknown:
        msg = f"with_options() takes {', '.join(CHECKS)}, not {', '.join(unknown)}"
        raise TypeError(msg)
    return {name: CHECKS[name](name, value) for name, value in given.items()}


def _truth(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        msg = f"{name} must be True or False, not {value!r}"
        raise TypeError(msg)
    return value


def _limit(name: str, value: object) -> float | None:
    return None if value is None else seconds.positive(name, value)


CHECKS: dict[str, Callable[[str, Any], object]] = {"timeout": _limit, "cancel_running": _truth}
"""Of each option what makes of a value the one that is kept, or refuses it."""
DEFAULTS: dict[str, Any] = {"timeout": None, "cancel_running": False}


# --- futures with options ---------------------------------------------------------------------------------------------


class CancelsRunning(PoolFuture["T"]):
    """Its ``cancel`` stops the task, if a worker has begun it."""

    def cancel(self) -> bool:
        """As ``terminate``."""
        return self.terminate()


_made: dict[tuple[type, type], type[PoolFuture[Any]]] = {}


def also(part: type[PoolFuture[Any]], kind: type[PoolFuture[Any]]) -> type[PoolFuture[Any]]:
    """This class of futures with a part more; made once."""
    if (part, kind) not in _made:
        _made[part, kind] = type(kind.__name__, (part, kind), {"__module__": kind.__module__})
    return _made[part, kind]
