"""Views: the pool as an executor with options has it.

Decides whether options make sense, and of which class the futures of such calls are.  Who uses no view pays for none of
this.  Must not know: the executor; a view of it is one more whose pool is one of these.
"""

from __future__ import annotations

import operator

from checkedpool import seconds
from checkedpool._core.by_priority import Ranked
from checkedpool._core.messages import Prioritized
from checkedpool._pool.retrying import Attempt, Retried, Retries, submit
from checkedpool._pool.shared import PoolFuture
from checkedpool._pool.time_limits import Limited, TimeLimits
from checkedpool._worker.announcing import announced
from checkedpool._worker.worker import run_chunk
from checkedpool.errors import CANNOT_STOP, as_standard

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
        self.options = {**(pool.options if isinstance(pool, PoolView) else DEFAULTS), **checked(given)}
        self.kind: type[PoolFuture[Any]] = self.pool.future_type
        if self.options["cancel_running"]:
            self._has_to_stop("cancel_running")
            self.kind = also(CancelsRunning, self.kind)
        if self.options["timeout"] is not None:
            self._has_to_stop("timeout")
            TimeLimits.of(self.pool.shared)
            self.kind = also(Limited, self.kind)
        if self.options["retries"]:
            self.causes = (
                (as_standard(), TimeoutError) if self.options["retry_on"] is None else self.options["retry_on"]
            )
            self.whole = also(Retried, self.pool.future_type)
            self.kind = also(Attempt, self.kind)

    def submit(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> PoolFuture[Any]:
        """As the pool's."""
        if self.options["timeout"] is not None:
            fn, args = (fn, (announced(args[0]), *args[1:])) if fn is run_chunk else (announced(fn), args)
        if self.options["retries"]:
            return submit(self.pool, self._whole(), (fn, args, kwargs))
        return self.pool.submit_as(self._make, fn, args, kwargs)

    def _whole(self) -> Retried[Any]:
        shared = self.pool.shared
        whole: Any = self.whole(shared, next(shared.numbers))
        whole.make, whole.retries = self._make, Retries.of(self.pool)
        whole.tries, whole.causes = self.options["retries"], self.causes
        return whole  # type: ignore[no-any-return]

    def _make(self, shared: Shared, number: int) -> Any:  # noqa: ANN401 - the class of its futures
        if self.options["priority"]:
            shared.submitted, number = Prioritized, Ranked(number, self.options["priority"])
        future: Any = self.kind(shared, number)
        if isinstance(future, Limited):
            future.limit = self.options["timeout"]
        return future

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a pool has
        return getattr(self.pool, name)

    def _has_to_stop(self, name: str) -> None:
        """Raise where no task can be stopped."""
        if self.pool.shared.stopper is None:
            msg = f"{name}: {CANNOT_STOP}"
            raise ValueError(msg)


def checked(given: Mapping[str, object]) -> dict[str, object]:
    """Each option as it is kept; TypeError or ValueError for one that makes no sense."""
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


def _count(name: str, value: object) -> int:
    count = _index(name, value)
    if count < 0:
        msg = f"{name} must be >= 0, not {count}"
        raise ValueError(msg)
    return count


def _integer(name: str, value: object) -> int:
    return _index(name, value, ", the higher the sooner")


def _index(name: str, value: object, meaning: str = "") -> int:
    if not hasattr(value, "__index__"):
        msg = f"{name} must be an integer{meaning}, not {type(value).__name__}"
        raise TypeError(msg)
    return operator.index(value)


def _exceptions(name: str, value: object) -> tuple[type[BaseException], ...]:
    found = value if isinstance(value, tuple) else (value,)
    if not all(isinstance(kind, type) and issubclass(kind, BaseException) for kind in found):
        msg = f"{name} must be an exception class or a tuple of them, such as (TimeoutError,), not {value!r}"
        raise TypeError(msg)
    return found


CHECKS: dict[str, Callable[[str, Any], object]] = {
    "timeout": _limit, "retries": _count, "retry_on": _exceptions, "priority": _integer, "cancel_running": _truth,
}  # fmt: skip
"""Of each option what makes of a value the one that is kept, or refuses it."""
DEFAULTS: dict[str, Any] = {
    "timeout": None, "retries": 0, "retry_on": None, "priority": 0, "cancel_running": False,
}  # fmt: skip


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
