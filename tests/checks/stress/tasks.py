"""The user's code of a round: what runs in the workers, and what each task must give.

It imports no other part of the stress (a spawned worker loads it once per process) and shares no lock with the
parent: a forked worker may be born while another thread of the parent holds any lock. Each task writes one line to
the journal when it begins, so that the judge knows what really ran, where, and how often.
"""

import faulthandler
import os
import signal
import sys
import threading
import zlib
from collections.abc import Callable
from multiprocessing import get_context
from typing import Any, NoReturn

BIG = 1_000_000
HUGE = 8_000_000
NEST = "st-nest"  # the name of a worker that has a pool of its own, and of that pool's workers
GRANDCHILD = "st-grandchild"  # a grandchild's name, from its birth; 15 bytes is the kernel's limit
GRANDCHILD_LIFE = 300  # seconds: longer than any round, so that nothing passes by waiting for it
STACKS = "STRESS_STACKS"  # environment: the pipe to which SIGUSR1 writes all stacks

ENDLESS = 1 << 62  # steps

Nested = Callable[..., Any]  # the executor class, for a pool in a worker

initialised = 0


class StressError(Exception):
    """The error that tasks raise on purpose."""


class UnbuildableError(Exception):
    """It pickles, but its arguments do not fit its own constructor."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(first)
        self.second = second


class Unpicklable:
    """pickle fails where it is."""

    def __reduce__(self) -> NoReturn:
        raise StressError("cannot be pickled")


class Unloadable:
    """It pickles; unpickling fails."""

    def __reduce__(self) -> tuple[object, ...]:
        return explode, ()


def explode() -> NoReturn:
    """What unpickling an Unloadable calls."""
    raise StressError("cannot be unpickled")


def show_stacks_on_request() -> None:
    """Let SIGUSR1 write this process's stacks into the pipe, where a batch has set one up."""
    path = os.environ.get(STACKS)
    if path and threading.current_thread() is threading.main_thread():
        pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        faulthandler.register(signal.SIGUSR1, file=pipe, all_threads=True)


show_stacks_on_request()


def initialise(value: int) -> None:
    """The initializer that works."""
    global initialised  # noqa: PLW0603 - an initializer has nothing else to set
    initialised = value


def fail_to_initialise(_value: int) -> NoReturn:
    """The initializer that fails."""
    raise StressError("initializer")


def begin(journal: str, mark: str) -> None:
    """Note that a task has begun: one short append, whole or not at all."""
    descriptor = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, f"{mark} {os.getpid()}\n".encode())
    finally:
        os.close(descriptor)


# --- the tasks --------------------------------------------------------------------------------------------------------


def quick(journal: str, mark: str, number: int) -> int:
    """A small value; tells whether the initializer ran."""
    begin(journal, mark)
    return number * number + 1 + initialised


def spins(journal: str, mark: str, number: int) -> int:
    """Busy for a bounded number of steps."""
    begin(journal, mark)
    return spin(number)


def stubborn(journal: str, mark: str, number: int) -> int:
    """Busy, and deaf to SIGTERM meanwhile."""
    in_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN) if in_main else None
    begin(journal, mark)
    total = spin(number)
    if in_main:
        signal.signal(signal.SIGTERM, before)
    return total


def big_argument(journal: str, mark: str, payload: bytes) -> str:
    """Much to receive."""
    begin(journal, mark)
    return summary(payload)


def big_result(journal: str, mark: str, number: int) -> bytes:
    """Much to send."""
    begin(journal, mark)
    return pattern(number)


def raises(journal: str, mark: str, number: int) -> NoReturn:
    """An ordinary error."""
    begin(journal, mark)
    raise StressError(f"task {number}")


def exits_softly(journal: str, mark: str, number: int) -> NoReturn:
    """sys.exit: an exception like any other here."""
    begin(journal, mark)
    sys.exit(number)


def interrupts(journal: str, mark: str, number: int) -> NoReturn:
    """KeyboardInterrupt: an exception like any other here."""
    begin(journal, mark)
    raise KeyboardInterrupt(number)


def exception_unbuildable(journal: str, mark: str, number: int) -> NoReturn:
    """An error that arrives as bytes and cannot become an object again."""
    begin(journal, mark)
    raise UnbuildableError("first", str(number))


def takes_anything(journal: str, mark: str, _argument: object) -> int:
    """For arguments that never arrive."""
    begin(journal, mark)
    return 0


def result_unpicklable(journal: str, mark: str, _number: int) -> Unpicklable:
    """A result that cannot leave."""
    begin(journal, mark)
    return Unpicklable()


def result_unloadable(journal: str, mark: str, _number: int) -> Unloadable:
    """A result that leaves, but cannot be read."""
    begin(journal, mark)
    return Unloadable()


def pool_inside(journal: str, mark: str, number: int, executor: Nested) -> int:
    """A pool in a worker: used, and left properly."""
    begin(journal, mark)
    own = rename(NEST)
    with executor(1, mp_context=get_context("fork")) as pool:
        total: int = pool.submit(spin, number).result()
    rename(own)
    return total


def orphans(journal: str, mark: str, number: int, executor: Nested) -> NoReturn:
    """A pool in a worker that dies: nobody is left to end its workers, the busy one included."""
    begin(journal, mark)
    rename(NEST)
    pool = executor(2, mp_context=get_context("fork"))
    pool.submit(spin, number).result()
    pool.submit(spin, ENDLESS)
    os.kill(os.getpid(), signal.SIGKILL)
    raise StressError("SIGKILL did not kill")


def grandchild(journal: str, mark: str, number: int) -> int:
    """Leave behind a process that holds whatever descriptors the worker has, and is known by its name from birth."""
    begin(journal, mark)
    fork_grandchild()
    return number


def exits_hard(journal: str, mark: str, number: int) -> NoReturn:
    """Death without a word."""
    begin(journal, mark)
    os._exit(number)


def kills_itself(journal: str, mark: str, _number: int) -> None:
    """Death by SIGKILL."""
    begin(journal, mark)
    os.kill(os.getpid(), signal.SIGKILL)


# --- parts ------------------------------------------------------------------------------------------------------------


def fork_grandchild() -> None:
    """A process that is known by its name from birth."""
    own = rename(GRANDCHILD)
    try:
        if os.fork() == 0:
            outlive()
    finally:
        rename(own)


def rename(name: str) -> str:
    """Change what the kernel calls this thread, and what it forks; what it was called before."""
    with open("/proc/thread-self/comm", "r+", encoding="utf-8") as file:  # noqa: PTH123 - no imports in a fresh fork
        before = file.read().rstrip("\n")
        file.seek(0)
        file.write(name)
    return before


def outlive() -> NoReturn:
    """A grandchild's life: an end by alarm, nothing else."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(GRANDCHILD_LIFE)
        signal.pause()
    finally:
        os._exit(0)


def spin(steps: int) -> int:
    """A loop that the interpreter can be interrupted in."""
    total = 0
    for step in range(steps):
        total += step & 1
    return total


def pattern(number: int, size: int = BIG) -> bytes:
    """Many bytes that only this number gives."""
    return bytes((number & 0xFF, 7, number >> 8 & 0xFF, 5)) * (size // 4)


def summary(value: object) -> str:
    """A value in a line: equal lines, equal values."""
    if isinstance(value, bytes):
        return f"bytes {len(value)} {zlib.crc32(value)}"
    return f"{type(value).__name__} {value!r:.200}"
