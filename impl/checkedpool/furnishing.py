"""What an executor may be given for its workers: an environment, a number of threads, a finalizer, a limit of memory.

Decides whether it makes sense and whether the start method can keep it, and puts each where the pool looks for it.  Is
imported by who makes an executor with one of these, and by no other.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Iterable, Mapping
from functools import partial

from checkedpool import rooms
from checkedpool._fast.fitting import Room
from checkedpool._os import resident_memory
from checkedpool._payload import pickling
from checkedpool._worker.given import Given, begin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any, Literal, Protocol, TypedDict

    from checkedpool._given.own_pickler import OwnPickler
    from checkedpool._pool.pool import Pool
    from checkedpool.rooms import Asked

    Setup = tuple[Any, tuple[Any, ...]]
    Code = tuple[str, dict[str, object]]

    class Pickler(Protocol):
        """What has the two functions of a pickling module; a module is one."""

        def dumps(self, obj: Any, /) -> bytes:
            """The object as bytes."""

        def loads(self, data: bytes, /) -> Any:
            """The object, in the other process."""

    class WorkerOptions(TypedDict, total=False):
        """Keyword arguments of the executor."""

        env: Mapping[str, str | None] | None
        inner_max_num_threads: int | None
        finalizer: Callable[..., object] | None
        finalargs: Iterable[Any]
        pickler: Literal["cloudpickle"] | Pickler | None
        forward_logging: bool | str | int
        max_memory_per_child: int | None
        stderr_tail: int | None


THREADS = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS", "POLARS_MAX_THREADS",
)  # fmt: skip
"""Variables from which libraries take the number of their threads, when they are loaded."""
THREADED = ("numpy", "scipy", "numexpr", "numba", "mkl", "torch", "polars")
"""Modules that load them."""
FORKED = (
    "inner_max_num_threads is incompatible with the 'fork' start method: a forked worker has the libraries that this "
    "process has loaded, with the numbers of threads that they took then; pass "
    "mp_context=multiprocessing.get_context('spawn') or 'forkserver', or limit them by threadpoolctl in an initializer"
)
LOADED = (
    "inner_max_num_threads comes too late in this worker: {modules} had been loaded before. Under forkserver, what the "
    "fork server preloads is; use spawn, or multiprocessing.set_forkserver_preload([])"
)
NOTHING_ELSE = Room("given", {})
CHECK_LOADED = """
import sys
found = [name for name in modules if name in sys.modules]
if found:
    raise RuntimeError(message.format(modules=", ".join(found)))
"""
CHANGE = """
import os
for name, value in changes.items():
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
"""


def furnished(setup: Setup, options: WorkerOptions, *, forks: bool) -> tuple[Setup, list[Asked]]:
    """What stands in the place of initializer and arguments, and what the pool is to be asked for.

    Raises TypeError or ValueError for what makes no sense.
    """
    unknown = sorted(options.keys() - (_checked.__kwdefaults__ or {}).keys())
    if unknown:
        raise TypeError(f"ProcessPoolExecutor got an unexpected keyword argument {unknown[0]!r}")
    env, threads, finalizer, finalargs, pickler, logger, memory, tail = _checked(**options)
    if forks and threads is not None:
        raise ValueError(FORKED)
    changes = env if threads is None else {**dict.fromkeys(THREADS, str(threads)), **env}
    first: list[Code] = []
    if threads is not None:
        first.append((CHECK_LOADED, {"modules": THREADED, "message": LOADED}))
    if changes:
        first.append((CHANGE, {"changes": changes}))
    asked: list[Asked] = [(NOTHING_ELSE, partial(_begin_with, first=first))]
    given = Given(*setup, finalizer, finalargs, changes if forks else {}, memory)
    if logger is not None:
        asked.append(rooms.with_records(*logger))
    if tail is not None:
        asked.append(rooms.with_tails(tail))
    if pickler is None:
        return (begin, (given,)), asked
    own = own_pickler(pickler, None if forks else pickling.dumps)
    asked.append(rooms.with_pickler(own))
    return (begin, (given if forks else _through(given, own),)), asked


def _begin_with(pool: Pool, *, first: list[Code]) -> None:
    """Its workers run this before they import anything of the user's."""
    pool.starter.first = first


def _checked(  # noqa: PLR0913 - its parameters are the options
    *,
    env: Mapping[str, str | None] | None = None,
    inner_max_num_threads: int | None = None,
    finalizer: Callable[..., object] | None = None,
    finalargs: Iterable[Any] = (),
    pickler: Literal["cloudpickle"] | Pickler | None = None,
    forward_logging: bool | str | int = False,
    max_memory_per_child: int | None = None,
    stderr_tail: int | None = None,
) -> tuple[Any, ...]:
    """What makes sense, in the form in which it is used."""
    threads, logger = _threads(inner_max_num_threads), _logger(forward_logging)
    memory, tail = _bytes(max_memory_per_child), _tail(stderr_tail)
    called = _callable(finalizer), _arguments(finalargs, finalizer)
    return _environment(env), threads, *called, pickler, logger, memory, tail


def _environment(env: object) -> dict[str, str | None]:
    if env is None:
        return {}
    if not isinstance(env, Mapping):
        msg = f"env must be a mapping of names to texts, None for a variable to take away, not {type(env).__name__}"
        raise TypeError(msg)
    for name, value in env.items():
        if not isinstance(name, str) or not (value is None or isinstance(value, str)):
            msg = f"env must have names that are str and values that are str or None, not {name!r}: {value!r}"
            raise TypeError(msg)
        if not name or "=" in name or "\0" in name or "\0" in (value or ""):
            msg = f"env has {name!r}: {value!r}, which no environment can have: no name, or a '=' or a null in it"
            raise ValueError(msg)
    return dict(env)


def _threads(count: object) -> int | None:
    name = "inner_max_num_threads"
    return None if count is None else _positive(count, f"{name} must be an integer", f"{name} must be >= 1")


def _positive(count: object, kind: str, least: str) -> int:
    """What is no integer is refused by the one sentence, what is less than 1 by the other."""
    if not isinstance(count, int) or isinstance(count, bool):
        msg = f"{kind}, not {type(count).__name__}"
        raise TypeError(msg)
    if count < 1:
        msg = f"{least}, not {count}"
        raise ValueError(msg)
    return count


def _bytes(memory: Any) -> int | None:
    if memory is None:
        return None
    if not hasattr(memory, "__index__") or isinstance(memory, bool):
        msg = f"max_memory_per_child must be an integer, a number of bytes, not {type(memory).__name__}"
        raise TypeError(msg)
    most = operator.index(memory)
    if most < 1:
        msg = f"max_memory_per_child must be >= 1, a number of bytes, not {most}"
        raise ValueError(msg)
    try:
        resident_memory.resident_memory()
    except (NotImplementedError, OSError) as error:
        msg = f"max_memory_per_child cannot be kept here: {error}"
        raise ValueError(msg) from error
    return most


def _tail(count: object) -> int | None:
    if count is None:
        return None
    if sys.platform == "win32":  # pragma: no cover - not run
        raise ValueError("stderr_tail needs a pipe in the place of the standard error, which Windows does not pass on")
    least = "stderr_tail must be >= 1 byte, or None for none of it"
    return _positive(count, "stderr_tail must be a number of bytes or None", least)


def _callable(finalizer: object) -> Callable[..., object] | None:
    if finalizer is not None and not callable(finalizer):
        msg = f"finalizer must be a callable, not {type(finalizer).__name__}"
        raise TypeError(msg)
    return finalizer


def _arguments(finalargs: object, finalizer: object) -> tuple[Any, ...]:
    if not isinstance(finalargs, Iterable):
        msg = f"finalargs must be a tuple of arguments for the finalizer, such as (1,), not {type(finalargs).__name__}"
        raise TypeError(msg)
    arguments = tuple(finalargs)
    if arguments and finalizer is None:
        raise ValueError("finalargs are for finalizer, which is called with them: pass it, or leave finalargs out")
    return arguments


def own_pickler(pickler: Any, sent: Callable[[object], bytes] | None) -> OwnPickler:
    """The program's, if it is one; and where it has to be ``sent`` to other processes, if that can be done."""
    from checkedpool._given.own_pickler import OwnPickler  # noqa: PLC0415 - seldom used

    if isinstance(pickler, str):
        return OwnPickler(_cloudpickle(pickler), writes_pickles=True)
    if not (callable(getattr(pickler, "dumps", None)) and callable(getattr(pickler, "loads", None))):
        msg = f"pickler must be 'cloudpickle', or an object or a module with dumps() and loads(), not {pickler!r}"
        raise TypeError(msg)
    own = OwnPickler(pickler)
    if sent is not None:
        try:
            sent(own)
        except Exception as error:
            msg = f"pickler must go to the workers, so pickle must be able to pickle it: {error}"
            raise TypeError(msg) from error
    return own


def _through(given: Given, pickler: OwnPickler) -> object:
    from checkedpool._given.own_pickler import OwnGiven  # noqa: PLC0415 - seldom used

    return OwnGiven(given, pickler)


def _cloudpickle(name: str) -> ModuleType:
    if name != "cloudpickle":
        msg = f"pickler must be 'cloudpickle', or an object or a module with dumps() and loads(), not {name!r}"
        raise ValueError(msg)
    try:
        from checkedpool._given import cloudpickled  # noqa: PLC0415 - the package belongs to an extra
    except ImportError as error:
        msg = "pickler='cloudpickle' needs the package cloudpickle: pip install 'checkedpool[cloudpickle]'"
        raise ImportError(msg) from error
    return cloudpickled


def _logger(forward: object) -> tuple[str | None, int] | None:
    """By which logger records are handled, None for that of their own name; and from which level on.  Or not at all."""
    if forward is None or forward is False:
        return None
    if sys.platform == "win32":  # pragma: no cover - not run
        raise ValueError("forward_logging needs sockets that Windows has not: records are datagrams")
    import logging  # noqa: PLC0415 - dear

    if isinstance(forward, str):
        if isinstance(logging.getLevelName(forward), int):
            msg = f"forward_logging must be a logger's name, or a level as logging.INFO is one, not {forward!r}"
            raise ValueError(msg)  # noqa: TRY004 - it is of the right type
        return forward, logging.getLogger(forward).getEffectiveLevel()
    if forward is True:
        return None, logging.getLogger().getEffectiveLevel()
    if not isinstance(forward, int):
        msg = f"forward_logging must be True, False, a logger's name or a level, not {type(forward).__name__}"
        raise TypeError(msg)
    if forward < 0:
        msg = f"forward_logging must be a level >= 0, not {forward}"
        raise ValueError(msg)
    return None, forward
