"""What the suite lets workers do: functions that every worker can import, under every start method.

Decides: the calls themselves. Must not know: which executor runs them, or what a test expects of them.
"""

from __future__ import annotations

import atexit
import faulthandler
import multiprocessing.forkserver
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, TypeVar

from checkedpool._os import system

if TYPE_CHECKING:
    from tests.behaviour.gates import Journal

    Door: TypeAlias = Any  # who submits hands over a `Gate`, which arrives as a `Door`

T = TypeVar("T")

set_up: list[object] = []
"""What an initializer of this process has noted."""


# ------------------------------------------------------------------------------------------------ plain


def identity(value: T) -> T:
    return value


def double(number: int) -> int:
    return 2 * number


def call_of(*args: object, **keywords: object) -> tuple[tuple[object, ...], dict[str, object]]:
    """The arguments as they arrived."""
    return args, keywords


def pid_and(value: T) -> tuple[int, T]:
    return os.getpid(), value


def has_loaded(module: str) -> bool:
    return module in sys.modules


def write(journal: Journal, word: object) -> None:
    journal.write(word)


def blank(size: int) -> bytes:
    return bytes(size)


def length(value: bytes) -> int:
    return len(value)


def raise_it(error: BaseException) -> NoReturn:
    raise error


def raise_chained() -> NoReturn:
    try:
        raise_it(KeyError("the first cause"))
    except KeyError as first:
        raise ValueError("the second") from first


def raise_noted() -> NoReturn:
    error = ValueError("with a note")
    error.add_note("the note")
    error.extra = "the attribute"  # type: ignore[attr-defined]
    raise error


def double_unless(number: int, bad: int) -> int:
    if number == bad:
        raise ArithmeticError(number)
    return 2 * number


def leave_by_exit(code: object) -> NoReturn:
    sys.exit(code)  # type: ignore[arg-type]


class Falsy(Exception):  # noqa: N818 - what matters is its truth value
    """An exception that is false."""

    def __bool__(self) -> bool:
        return False


# ------------------------------------------------------------------------------------------------ beside the test


def hold(door: Door, value: Any = None) -> Any:
    """Stop in front of the gate; then give the value back."""
    door.pass_through()
    return value


def hold_then_write(door: Door, journal: Journal, word: object) -> None:
    door.pass_through()
    journal.write(word)


def hold_then_raise(door: Door, error: BaseException) -> NoReturn:
    door.pass_through()
    raise error


def hold_then_die(door: Door) -> None:
    door.pass_through()
    os._exit(9)


def die_until(journal: Journal, count: int) -> int:
    """Die, but for the time that is the last of so many."""
    journal.write(os.getpid())
    if len(journal.words()) < count:
        os._exit(9)
    return len(journal.words())


def raise_until(journal: Journal, count: int, error: Exception) -> int:
    """Raise, but for the time that is the last of so many."""
    journal.write(os.getpid())
    if len(journal.words()) < count:
        raise error
    return len(journal.words())


def hold_deaf_until_alone(journal: Journal, count: int) -> list[bool]:
    """Never end and ignore SIGTERM, but for the last time; then: of each earlier process whether it is alive."""
    before = [int(word) for word in journal.words()]
    journal.write(os.getpid())
    if len(before) + 1 < count:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            signal.pause()
    return [Path(f"/proc/{pid}").exists() for pid in before]


def hold_deaf(door: Door, number: int = signal.SIGTERM) -> None:
    """Stop in front of the gate and ignore a signal meanwhile."""
    signal.signal(number, signal.SIG_IGN)
    door.pass_through()


def hold_and_catch_interrupt(door: Door) -> str:
    try:
        door.pass_through()
    except KeyboardInterrupt:
        return "interrupted"
    return "passed"


def hold_or_double(door: Door, number: int) -> int:
    """Stop in front of the gate with 0 only."""
    if number == 0:
        door.pass_through()
    return 2 * number


def hold_deep(door: Door, depth: int) -> None:
    """Stop in front of the gate, so many calls deep."""
    if depth:
        hold_deep(door, depth - 1)
    else:
        door.pass_through()


def hold_in_a_thread(door: Door) -> None:
    """Wait for a thread that stops in front of the gate."""
    thread = threading.Thread(target=door.pass_through)
    thread.start()
    thread.join()


def hold_beside_a_child(door: Door) -> None:
    """Stop in front of the gate; a child that was forked before, and one that another program runs, wait beside it."""
    child = os.fork()
    if not child:
        while True:
            signal.pause()
    other = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        door.pass_through()
        assert other.poll() is None
        assert os.waitpid(child, os.WNOHANG) == (0, 0)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        other.communicate()


def ignore_signal(*_: object) -> None:
    """A handler."""


def hold_with_signal(door: Door, number: int, handler: int) -> None:
    """Stop in front of the gate; what this signal does is the task's business."""
    signal.signal(number, signal.Handlers(handler))
    door.pass_through()


def hold_without_pipe(door: Door) -> None:
    """Close the pipe that a stack is written to, have another file get its number, and stop in front of the gate."""
    number = system._shown[-1]
    os.close(number)
    with Path(os.devnull).open("wb") as other:
        os.dup2(other.fileno(), number)
    door.pass_through()


def busy_alike(number: int) -> int:
    """Compute for a moment; which function it is, the number says."""
    return (_even, _odd)[number % 2](number)


def _even(number: int) -> int:
    return sum(range(2000)) - sum(range(2000)) + number


def _odd(number: int) -> int:
    return sum(range(2000)) - sum(range(2000)) + number


def stack_of_a_task_of_a_pool_in_here(door: Door) -> list[str]:
    """The names in the stack of a task of a worker of this worker."""
    from checkedpool import ProcessPoolExecutor  # noqa: PLC0415 - for this task only

    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as pool:
        future: Any = pool.submit(door.pass_through)
        while not (stack := future.get_stack()):
            os.sched_yield()
        pool.kill_workers()
        return [frame.name for frame in stack]


def busy_in_c(door: Door) -> int:
    """Compute for days inside one C function that looks at no signal, holding the interpreter lock."""
    door.arrive()
    return sum(range(10**15))


def arrive_and_make(door: Door, size: int) -> bytes:
    """A result so large that its sending is under way for a while."""
    door.arrive()
    return bytes(size)


# ------------------------------------------------------------------------------------------------ pools in workers


def nested_sum(kind: str, numbers: list[int]) -> int:
    """Use an executor of the same kind inside a worker."""
    from tests.behaviour.kinds import Kind  # noqa: PLC0415 - only here

    try:
        with Kind.parse(kind).make(1) as pool:
            return sum(pool.map(double, numbers))
    finally:
        _end_fork_server()


def _end_fork_server() -> None:
    """End the fork server that this worker started for its own pool: it would outlive the worker as an orphan."""
    server = getattr(multiprocessing.forkserver, "_forkserver")  # noqa: B009
    if server._forkserver_pid is not None and server._forkserver_pid in _children():
        server._stop()


def _children() -> set[int]:
    from tests import leaks  # noqa: PLC0415 - only here

    return {process.pid for process in leaks.descendants(os.getpid())}


def nested_most(kind: str, count: int, most: int) -> int:
    """Submit to a bounded executor inside a worker; how many tasks had not ended at most."""
    from tests.behaviour.kinds import Kind  # noqa: PLC0415 - only here

    with Kind.parse(kind).make(1, max_pending=most) as pool:
        futures = []
        unfinished = []
        for number in range(count):
            futures.append(pool.submit(double, number))
            unfinished.append(sum(not future.done() for future in futures))
    return max(unfinished)


def nested_hold(kind: str, door: Door) -> None:
    """Stop at the gate in a worker of a worker."""
    from tests.behaviour.kinds import Kind  # noqa: PLC0415 - only here

    with Kind.parse(kind).make(1) as pool:
        pool.submit(hold, door).result()


# ------------------------------------------------------------------------------------------------ deaths


def exit_at_once(code: int) -> NoReturn:
    os._exit(code)


def kill_self(number: int) -> None:
    os.kill(os.getpid(), number)
    signal.pause()


def segfault() -> None:
    import ctypes  # noqa: PLC0415 - there are Pythons without

    faulthandler.disable()  # else it writes a page of stacks into the test's output
    ctypes.string_at(0)


def die_or_double(number: int, bad: int) -> int:
    if number == bad:
        os._exit(7)
    return 2 * number


def leave_grandchild(door: Door) -> int:
    """Fork a process that keeps all of this worker's files open until the gate opens; its pid."""
    child = os.fork()
    if child == 0:
        door.await_pass()
        os._exit(0)
    return child


# ------------------------------------------------------------------------------------------------ initializers


def note(*values: object) -> None:
    set_up.append(values)


def noted() -> tuple[int, list[object]]:
    return os.getpid(), list(set_up)


def initialize_by(function: Callable[..., object], *args: object) -> None:
    function(*args)


# ------------------------------------------------------------------------------------------------ exit handlers


def at_exit_write(journal: Journal, word: object) -> int:
    """Register an exit handler in the worker, in the way that its start method honours."""
    from multiprocessing.util import Finalize  # noqa: PLC0415 - a worker's own business

    Finalize(None, journal.write, args=(word,), exitpriority=1)
    return os.getpid()


def at_exit_hold(door: Door) -> int:
    """Make the worker stop at a gate when it is told to leave."""
    from multiprocessing.util import Finalize  # noqa: PLC0415 - a worker's own business

    Finalize(None, door.pass_through, exitpriority=1)
    return os.getpid()


def at_exit_die(code: int) -> int:
    from multiprocessing.util import Finalize  # noqa: PLC0415 - a worker's own business

    Finalize(None, os._exit, args=(code,), exitpriority=1)
    return os.getpid()


def atexit_write(journal: Journal, word: object) -> None:
    atexit.register(journal.write, word)


def print_unflushed(text: str) -> None:
    sys.stdout.write(text)


# ------------------------------------------------------------------------------------------------ last results


class Watched:
    """A value whose end is written down by the process in which it ends."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    def __del__(self) -> None:
        self.journal.write(f"ended-in-{os.getpid()}")


def make_watched(journal: Journal) -> Watched:
    return Watched(journal)


def callers(name: str) -> list[str]:
    """The methods of this name that have called this, from within."""
    found, frame = [], sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        if frame.f_code.co_name == name:
            found.append(frame.f_code.co_qualname)
    return found


def cpu_seconds() -> tuple[int, float]:
    return os.getpid(), time.process_time()
