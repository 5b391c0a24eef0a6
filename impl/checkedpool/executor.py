"""The face: ``ProcessPoolExecutor``, in signature, exceptions and names that of ``concurrent.futures``.

Decides whether arguments make sense, and how ``map`` cuts its input.  Everything else is the pool's.
"""

from __future__ import annotations

import itertools
import multiprocessing
import operator
import os
import sys
import warnings
import weakref
from collections.abc import Iterable
from concurrent.futures import Executor

from checkedpool import rooms, seconds
from checkedpool._core.manager import Settings
from checkedpool._os import system
from checkedpool._pool.pool import Pool
from checkedpool.errors import FREE_THREADED
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess
    from typing import Any, Literal, ParamSpec, Self, TypeAlias, TypedDict, TypeVar, TypeVarTuple, Unpack, overload

    from checkedpool._fast.fitting import Room
    from checkedpool.arrivals import Progress, Watch
    from checkedpool.rooms import Asked
    from checkedpool.stats import Stats
    from checkedpool.within import ShutdownReport

    T = TypeVar("T")
    P = ParamSpec("P")
    Ts = TypeVarTuple("Ts")
    OnWorkerDeath: TypeAlias = Literal["break", "replace"]
    WhenFull: TypeAlias = Literal["block", "raise"]

    from checkedpool.furnishing import WorkerOptions

    class Options(WorkerOptions, total=False):
        """The constructor's arguments that the standard one has not."""

        on_worker_death: OnWorkerDeath
        max_worker_restarts: int | None
        idle_timeout: float | None
        min_workers: int
        exit_limit: float
        terminate_limit: float
        start_limit: float
        trace: str | os.PathLike[str] | None
        max_pending: int | None
        when_full: WhenFull
        listen: bool | str | os.PathLike[str]

    class TaskOptions(TypedDict, total=False):
        """What ``with_options`` takes."""

        timeout: float | None
        retries: int
        retry_on: type[BaseException] | tuple[type[BaseException], ...]
        priority: int
        cancel_running: bool


NOT_WITH_FORK = (
    "{what} is incompatible with the 'fork' start method: a new worker would have to be forked while threads run; "
    "pass mp_context=multiprocessing.get_context('forkserver') or 'spawn'"
)
NOTHING_TO_RESTART = (
    "max_worker_restarts is for on_worker_death='replace': with 'break' the first death breaks the pool, so no worker "
    "comes in the place of a dead one; pass on_worker_death='replace', or leave max_worker_restarts out"
)
ALL_STAY = (
    "min_workers is for idle_timeout, the seconds after which idle workers leave: without it all of them stay; pass "
    "idle_timeout, or leave min_workers out"
)
WINDOWS_LIMIT = 61
WINDOW, CAUTIOUS = 128, 4
"""Tasks sent ahead of a worker, if its last ones were short (a millisecond), and else.  Any can be taken back."""
TRACES = "CHECKEDPOOL_TRACE"
"""In the environment: a directory in which every pool writes its trace into a directory of its own, if it can."""
FREE_THREADS = "CHECKEDPOOL_FREE_THREADS"
"""In the environment, with any value: make executors in free-threaded builds too; to work on that."""
LISTEN = "CHECKEDPOOL_LISTEN"
"""In the environment: 1, or a directory in which each pool answers ``checkedpool ps``, if it can."""
_traced = itertools.count()


class ProcessPoolExecutor(Executor):
    """A drop-in for ``concurrent.futures.ProcessPoolExecutor``."""

    if TYPE_CHECKING:  # as typeshed has it: an initializer is called with the initargs

        @overload
        def __init__(
            self, max_workers: int | None = None, mp_context: BaseContext | None = None,
            initializer: Callable[[], object] | None = None, initargs: tuple[()] = (), *,
            max_tasks_per_child: int | None = None, **options: Unpack[Options],
        ) -> None: ...  # fmt: skip

        @overload
        def __init__(
            self, max_workers: int | None = None, mp_context: BaseContext | None = None, *,
            initializer: Callable[[*Ts], object], initargs: tuple[*Ts],
            max_tasks_per_child: int | None = None, **options: Unpack[Options],
        ) -> None: ...  # fmt: skip

        @overload
        def __init__(
            self, max_workers: int | None, mp_context: BaseContext | None,
            initializer: Callable[[*Ts], object], initargs: tuple[*Ts], *,
            max_tasks_per_child: int | None = None, **options: Unpack[Options],
        ) -> None: ...  # fmt: skip

    def __init__(  # noqa: PLR0913 - the standard signature, and keywords more
        self,
        max_workers: int | None = None,
        mp_context: BaseContext | None = None,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
        *,
        max_tasks_per_child: int | None = None,
        on_worker_death: OnWorkerDeath = "break",
        max_worker_restarts: int | None = None,
        idle_timeout: float | None = None,
        min_workers: int = 0,
        exit_limit: float = 300.0,
        terminate_limit: float = 5.0,
        start_limit: float = 60.0,
        trace: str | os.PathLike[str] | None = None,
        max_pending: int | None = None,
        when_full: WhenFull = "block",
        listen: bool | str | os.PathLike[str] = False,
        **of_workers: Unpack[WorkerOptions],
    ) -> None:
        """Make an executor; no process is started before the first ``submit``.

        Args:
            max_workers: Number of workers at most, default the number of usable CPUs (Windows: 61 at most).
            mp_context: A context of multiprocessing; default the platform's, but spawn with ``max_tasks_per_child``,
                and forkserver or spawn with ``on_worker_death="replace"``, ``idle_timeout`` or
                ``max_memory_per_child``.
            initializer: Runs in each worker first, with ``initargs``; if it raises the pool breaks.
            initargs: The initializer's arguments.
            max_tasks_per_child: Tasks that a worker runs before it is replaced (not with fork).
            on_worker_death: "break" fails all unfinished futures, as the standard executor; "replace" fails only the
                one that ran in the dead worker (not with fork).
            max_worker_restarts: With "replace": how many workers may die in a row without a task finished between
                them; one more breaks the pool.  None: any number.
            idle_timeout: Seconds after which a worker that has had nothing to do leaves; another one comes when there
                is work for it (not with fork).  None: they stay.
            min_workers: So many stay all the same, once they are there.
            exit_limit: Seconds that a worker's exit handlers may take.
            terminate_limit: Seconds between SIGTERM and SIGKILL.
            start_limit: Seconds that starting a process may take.
            trace: A directory of its own into which every process of the pool writes down what it does, for
                ``checkedpool trace``; without it, and without CHECKEDPOOL_TRACE in the environment, nothing is written.
            max_pending: Tasks at most that have not ended.
            when_full: What ``submit`` does while there are so many: "block" waits until one ends, "raise" raises
                ``queue.Full``.
            listen: Whether ``checkedpool ps`` gets an answer; or the directory in which, of mode 0700.  Else
                CHECKEDPOOL_LISTEN in the environment says so.  On Linux and macOS.
            **of_workers: What workers are given besides.  ``env``: variables of their environment, set before any
                import of the program's; None takes one away.  ``inner_max_num_threads``: how many threads OpenMP, BLAS
                and the like may have in a worker (not with fork).  ``finalizer``, ``finalargs``: what is called when a
                worker leaves.  ``max_memory_per_child``: bytes; a worker that has more in memory after a task leaves
                (on Linux, and not with fork).  ``stderr_tail``: how many of the last bytes that a worker wrote to its
                standard error are in the error of its death or limit; default None: it is none of the pool's business.

        Raises ValueError or TypeError for arguments that make no sense; RuntimeError in a free-threaded build.
        """
        if "free-threading" in sys.version and FREE_THREADS not in os.environ:
            raise RuntimeError(FREE_THREADED)
        count = _workers(max_workers)
        policy = _policy(on_worker_death)
        if max_tasks_per_child is not None:
            _positive("max_tasks_per_child", max_tasks_per_child)
        looks = of_workers.get("max_memory_per_child") is not None
        idle_timeout = None if idle_timeout is None else seconds.positive("idle_timeout", idle_timeout)
        min_workers = _least(min_workers, count, idle_timeout)
        needs_starts = looks or idle_timeout is not None or policy is DeathPolicy.REPLACE
        self._mp_context = _context(mp_context) or _default_context(max_tasks_per_child, needs_starts=needs_starts)
        forks = self._mp_context.get_start_method(allow_none=False) == "fork"
        if forks:
            _check_forked({
                "max_tasks_per_child": max_tasks_per_child is not None, "max_memory_per_child": looks,
                "idle_timeout": idle_timeout is not None, "on_worker_death='replace'": policy is DeathPolicy.REPLACE,
            })  # fmt: skip
        asked = _asked(max_pending, when_full) + ([] if idle_timeout is None else [rooms.letting_go()])
        if max_worker_restarts is not None:
            max_worker_restarts = _index(max_worker_restarts)
            _check_restarts(max_worker_restarts, policy)
            asked.append(rooms.counting_deaths())
        if listen is not False or LISTEN in os.environ:
            asked += _listening(listen)
        _check_callable(initializer)
        setup = initializer, _arguments(initargs)
        if of_workers:
            from checkedpool.furnishing import furnished  # noqa: PLC0415 - in the caller's thread, whose call fails then

            setup, more = furnished(setup, of_workers, forks=forks)
            asked += more
        settings = Settings(
            max_workers=count,
            policy=policy,
            restarts=max_worker_restarts,
            idle_timeout=idle_timeout,
            min_workers=min_workers,
            on_demand=not forks,
            task_limit=max_tasks_per_child,
            window=1 if system.PORTABLE or looks else WINDOW,
            cautious=None if system.PORTABLE else CAUTIOUS,
            exit_limit=seconds.positive("exit_limit", exit_limit),
            terminate_limit=seconds.positive("terminate_limit", terminate_limit),
            start_limit=seconds.positive("start_limit", start_limit),
        )
        self._pool = _pool(
            settings, self._mp_context, setup, trace, tuple([room for room, _ in asked if room.replaces])
        )
        for _, bind in asked:
            bind(self._pool)
        weakref.finalize(self, self._pool.collected).atexit = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have ``fn(*args, **kwargs)`` called in a worker; returns its future and never waits for a worker.

        Raises BrokenProcessPool if the pool is broken, ExecutorShutdownError after shutdown, RuntimeError in a child.
        """
        return self._pool.submit(fn, args, kwargs)

    def map(  # noqa: PLR0913 - the standard signature, and keywords more
        self,
        fn: Callable[..., T],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
        buffersize: int | None = None,
        ordered: bool = True,
        progress: Progress = None,
    ) -> Iterator[T]:
        """Like ``map``: results in the order of the input, which is collected at once unless ``buffersize`` is given.

        What a call raises, ``next`` raises in its place; the next ``next`` goes on with the one after it.

        Args:
            fn: What is called with an item of each iterable.
            *iterables: The arguments; the shortest ends the iteration.
            timeout: Seconds from this call for each ``next``.
            chunksize: Items that go to a worker together.
            buffersize: Chunks that are submitted ahead of the consumer.
            ordered: Results come in the order of the input; if not, as their calls end.
            progress: A bar whose ``update(n)`` is called when n items more have been done; True for one of tqdm's.
        """
        if not hasattr(chunksize, "__index__"):
            msg = f"chunksize must be an integer, not {chunksize!r}"
            raise TypeError(msg)
        if chunksize < 1:
            msg = "chunksize must be >= 1."
            raise ValueError(msg)
        from checkedpool import mapping  # noqa: PLC0415 - if this fails, the caller is told, and nothing is submitted

        timeout = None if timeout is None else seconds.real("timeout", timeout)
        watch = None if ordered is True and progress is None else _watch(ordered, progress, iterables)
        return mapping.results(self, fn, iterables, timeout, chunksize, buffersize, watch)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - standard
        """End the pool: run what was submitted, or with ``cancel_futures`` only what has been begun.

        With ``wait`` it returns when every future is done, every callback has run and every worker is gone; also if
        an earlier call did not wait.  From a thread of the pool (a done-callback) it returns at once.
        """
        self._pool.shutdown(ShutdownLevel.CANCEL if cancel_futures else ShutdownLevel.DRAIN, wait=wait)

    def terminate_workers(self) -> None:
        """End the pool now: cancel what has not begun and terminate every worker (kill it after a limit)."""
        self._pool.shutdown(ShutdownLevel.TERMINATE, wait=False)

    def kill_workers(self) -> None:
        """End the pool now: cancel what has not begun and kill every worker."""
        self._pool.shutdown(ShutdownLevel.KILL, wait=False)

    def shutdown_within(self, seconds: float) -> ShutdownReport:
        """End the pool in about so many seconds: cancel, then terminate, then kill; and say what came of it.

        Returns as soon as the pool has ended.  What has begun gets seven tenths of the time; SIGTERM, two more.

        Raises RuntimeError in a thread of the pool.
        """
        from checkedpool.within import shutdown_within  # noqa: PLC0415 - seldom used

        return shutdown_within(self._pool, seconds)

    def resize(self, max_workers: int) -> None:
        """Have so many workers at most from now on; returns at once.

        More are started when there is work for them.  Of too many those leave that have least to do: the idle ones at
        once, the others behind the task that they have begun.  What was sent ahead of them runs elsewhere.

        Raises what ``submit`` raises, if the pool takes no tasks any more; ValueError or TypeError for a number that
        makes no sense, and with fork.
        """
        from checkedpool.resize import resize  # noqa: PLC0415 - seldom used

        count = _so_many_workers(max_workers)
        if not self._pool.settings.on_demand:
            raise ValueError(NOT_WITH_FORK.format(what="resize()"))
        _least(self._pool.settings.min_workers, count, self._pool.settings.idle_timeout)
        resize(self._pool, count)

    def with_options(self, **options: Unpack[TaskOptions]) -> Self:
        """A view: an executor on the same pool, whose own calls have these options.  Its ``shutdown`` is the pool's.

        A view may have views; what is not named is as in the one that it is made of.

        Args:
            **options: ``timeout``: seconds that a task may run from its begin; then it is stopped, and its future
                raises TimeoutError (not with fork); default None: no limit.  ``retries``: how often a call is tried
                again that has ended with one of the exceptions in ``retry_on``; default 0, and BrokenProcessPool and
                TimeoutError.  ``priority``: an integer; of the calls that no worker has begun a higher one goes first;
                default 0.  ``cancel_running``: whether ``cancel()`` of a begun task stops it, as ``terminate()``
                (not with fork); default False.

        Raises TypeError or ValueError for options that make no sense.
        """
        from checkedpool import options as views  # noqa: PLC0415 - seldom used

        view = object.__new__(type(self))
        vars(view).update(vars(self), _pool=views.PoolView(self._pool, options), _viewed=self)  # lest that be collected
        return view

    def stats(self) -> Stats:
        """What the pool is doing now: its state, its workers, how many tasks wait and run.  Never waits."""
        from checkedpool.stats import stats  # noqa: PLC0415 - seldom used

        return stats(self._pool)

    def __repr__(self) -> str:
        from checkedpool.stats import describe  # noqa: PLC0415 - likewise

        return describe(self._pool, type(self).__name__)

    # --- names of the standard executor, as views -------------------------------------------------------------------

    @property
    def _max_workers(self) -> int:
        """How many workers there may be now."""
        return self._pool.settings.max_workers

    @property
    def _processes(self) -> dict[int, BaseProcess]:
        """Each worker's process by its pid, after all that was asked for up to now has been started."""
        from checkedpool._pool.settling import settle_down  # noqa: PLC0415 - seldom used

        pool = self._pool
        settle_down(pool)
        platform = pool.platform
        lanes = [] if platform is None else list(platform.lanes.values())
        return {pid: lane.process for lane in lanes if (pid := lane.process.pid) is not None}

    @property
    def _broken(self) -> str | bool:
        """False, or why the pool is broken."""
        broken = self._pool.shared.broken
        return False if broken is None else str(broken())

    @property
    def _executor_manager_thread(self) -> threading.Thread | None:
        """The manager's thread, once there is one."""
        return self._pool.manager_thread

    @property
    def _call_queue(self) -> _NoQueue:
        """There is no queue and no feeder thread; what joins it returns at once."""
        return _NoQueue()


class _NoQueue:
    """Stands where the standard executor has a queue."""

    def join_thread(self) -> None:
        """There is no thread."""

    def close(self) -> None:
        """There is nothing to close."""


def _pool(
    settings: Settings, context: BaseContext, setup: tuple[Any, tuple[Any, ...]],
    trace: str | os.PathLike[str] | None, asked: tuple[Room, ...],
) -> Pool:  # fmt: skip
    """A pool, or a traced one.  What the environment asks for, and cannot be written, is left out."""
    parent = os.environ.get(TRACES, "")
    if trace is None and not parent:
        return rooms.in_use(Pool, asked=asked)(settings, context, setup)
    if trace is not None:
        return rooms.traced(asked)(settings, context, setup, trace)
    try:
        return rooms.traced(asked)(settings, context, setup, _free_place(parent))
    except OSError as error:
        warnings.warn(f"{TRACES}: no trace is written: {error}", RuntimeWarning, stacklevel=3)
        return rooms.in_use(Pool, asked=asked)(settings, context, setup)


def _watch(ordered: object, progress: Any, iterables: tuple[Iterable[Any], ...]) -> Watch:  # noqa: ANN401 - a bar
    if not isinstance(ordered, bool):
        msg = f"ordered must be True or False, not {ordered!r}"
        raise TypeError(msg)
    if not (progress is None or isinstance(progress, bool) or callable(getattr(progress, "update", None))):
        msg = f"progress must be True, or a bar with a method update(n), not {progress!r}"
        raise TypeError(msg)
    from checkedpool.arrivals import Watch  # noqa: PLC0415 - as above

    return Watch(ordered=ordered, progress=progress, iterables=iterables)


def _asked(max_pending: int | None, when_full: str) -> list[Asked]:
    """What the program has asked for beyond the standard."""
    if when_full not in ("block", "raise"):
        msg = f"when_full must be 'block' or 'raise', not {when_full!r}"
        raise ValueError(msg)
    if max_pending is None:
        if when_full != "block":
            msg = f"when_full={when_full!r} needs max_pending, the number of tasks at which the pool is full"
            raise ValueError(msg)
        return []
    max_pending = _index(max_pending)
    _positive("max_pending", max_pending)
    return [rooms.bounded(max_pending, block=when_full == "block")]


def _listening(listen: object) -> list[Asked]:
    """What the environment asks for, and cannot be had, is left out."""
    from checkedpool.listening import directory_of  # noqa: PLC0415 - in the caller's thread, whose call fails then

    if listen is not False:
        return [rooms.listening(directory_of(listen))]
    asked = os.environ[LISTEN]
    try:
        return [rooms.listening(directory_of(asked == "1" or asked))] if asked else []
    except (OSError, ValueError) as error:
        warnings.warn(f"{LISTEN}: no pool listens: {error}", RuntimeWarning, stacklevel=3)
        return []


def _free_place(parent: str) -> str:
    """A directory that is not there; of a process with the same number, an earlier one may have left some."""
    while True:
        place = os.path.join(parent, f"{os.getpid()}-{next(_traced)}")  # noqa: PTH118 - pathlib is dear to import
        if not os.path.lexists(place):
            return place


def _workers(max_workers: int | None) -> int:
    if max_workers is None:
        count = getattr(os, "process_cpu_count", os.cpu_count)() or 1
        return min(WINDOWS_LIMIT, count) if sys.platform == "win32" else count
    return _so_many_workers(max_workers)


def _so_many_workers(max_workers: int) -> int:
    """The number that was given; nothing is none."""
    max_workers = _index(max_workers)
    _positive("max_workers", max_workers)
    if sys.platform == "win32" and max_workers > WINDOWS_LIMIT:
        msg = f"max_workers must be <= {WINDOWS_LIMIT}"
        raise ValueError(msg)
    return max_workers


def _index(value: object) -> Any:  # noqa: ANN401 - what is none is refused as it is
    """An integer of another library as the integer that it is."""
    return operator.index(value) if hasattr(value, "__index__") else value


def _positive(name: str, value: object) -> None:
    if not isinstance(value, int):
        msg = f"{name} must be an integer, not {type(value).__name__}"
        raise TypeError(msg)
    if value <= 0:
        msg = "max_workers must be greater than 0" if name == "max_workers" else f"{name} must be >= 1"
        raise ValueError(msg)


def _check_forked(asked: dict[str, bool]) -> None:
    for what, is_asked in asked.items():
        if is_asked:
            raise ValueError(NOT_WITH_FORK.format(what=what))


def _least(min_workers: object, max_workers: int, idle_timeout: float | None) -> int:
    least = _index(min_workers)
    if not isinstance(least, int) or isinstance(min_workers, bool):
        msg = f"min_workers must be an integer, not {type(min_workers).__name__}"
        raise TypeError(msg)
    if not 0 <= least <= max_workers:
        msg = f"min_workers must be from 0 to max_workers, which is {max_workers}, not {least}"
        raise ValueError(msg)
    if least and idle_timeout is None:
        raise ValueError(ALL_STAY)
    return least


def _check_restarts(value: object, policy: DeathPolicy) -> None:
    if not isinstance(value, int):
        msg = f"max_worker_restarts must be None or an integer, not {type(value).__name__}"
        raise TypeError(msg)
    if value < 0:
        msg = f"max_worker_restarts must be >= 0 (None: any number), not {value}"
        raise ValueError(msg)
    if policy is not DeathPolicy.REPLACE:
        raise ValueError(NOTHING_TO_RESTART)


def _check_callable(initializer: object) -> None:
    if initializer is not None and not callable(initializer):
        msg = f"initializer must be a callable, not {type(initializer).__name__}"
        raise TypeError(msg)


def _arguments(initargs: object) -> tuple[Any, ...]:
    if not isinstance(initargs, Iterable):
        msg = f"initargs must be a tuple of arguments for the initializer, such as (1,), not {type(initargs).__name__}"
        raise TypeError(msg)
    return tuple(initargs)


def _context(context: BaseContext | None) -> BaseContext | None:
    if context is not None and not hasattr(context, "get_start_method"):
        msg = (
            "mp_context must be a context of multiprocessing, such as multiprocessing.get_context('spawn'), "
            f"not {context!r}"
        )
        raise TypeError(msg)
    return context


def _policy(name: str) -> DeathPolicy:
    try:
        return DeathPolicy(name)
    except ValueError:
        known = " or ".join(repr(policy.value) for policy in DeathPolicy)
        msg = f"on_worker_death must be {known}, not {name!r}"
        raise ValueError(msg) from None


def _default_context(max_tasks_per_child: int | None, *, needs_starts: bool) -> BaseContext:
    if max_tasks_per_child is not None:
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context()
    if needs_starts and context.get_start_method(allow_none=False) == "fork":
        methods = multiprocessing.get_all_start_methods()
        return multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    return context
