"""A client of an executor, each of whose calls is written to the history.

Decides: how a call is made, and in which words its outcome is written.  Must not know: which calls are made when
(``driver``), and what is right.
"""

import itertools
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import suppress
from pathlib import Path

from checkedpool.testing.audit.judge import calls
from checkedpool.testing.audit.judge.events import Call, Event, Kind, Log, Work, parse
from checkedpool.testing.audit.run import tasks
from checkedpool_spec.vocabulary import ShutdownLevel

__all__ = ["Client", "Ready", "nobody"]

Ready = Callable[[], object]
"""Is called when a call's BEGIN has been written."""


def nobody() -> None:
    """Nobody wants to know."""


class Client:
    """One executor's clients; may be used by many threads at once."""

    def __init__(self, executor: Executor, log: Path) -> None:
        self._executor = executor
        self._path = str(log)
        self._log = Log(log)
        self._numbers = itertools.count()
        self.futures: dict[int, Future[object]] = {}

    def submit(self, task: int, work: Work, ready: Ready = nobody) -> None:
        """Submit a task; an accepted one gets a callback and a thread that waits for it."""

        def submit() -> str:
            arguments = tasks.arguments(self._path, task, work)
            try:
                self.futures[task] = self._executor.submit(tasks.FUNCTIONS[work], *arguments)
            except BrokenExecutor:
                return calls.BROKEN
            except RuntimeError:
                return calls.CLOSED
            return calls.ACCEPTED

        self._call(Event(Kind.BEGIN, what=Call.SUBMIT, task=task, work=work), submit, ready)
        future = self.futures.get(task)
        if future is None:
            return
        self._call(Event(Kind.BEGIN, what=Call.ADD, task=task), lambda: self._add(future, task))
        event = Event(Kind.BEGIN, what=Call.TOLD, task=task)
        threading.Thread(
            target=self._call, args=(event, lambda: told_of(future, task)), name=f"waiter {task}", daemon=True
        ).start()

    def _add(self, future: "Future[object]", task: int) -> str:
        def callback(done: "Future[object]") -> None:
            self._log.write(Event(Kind.CALLED, task=task, said=end_of(done, task)))

        future.add_done_callback(callback)
        return calls.RETURNED

    def close(self) -> None:
        """Write no more."""
        self._log.close()

    def cancel(self, task: int, ready: Ready = nobody) -> None:
        """Cancel its future."""
        future = self.futures[task]
        self._call(Event(Kind.BEGIN, what=Call.CANCEL, task=task), lambda: str(future.cancel()), ready)

    def look(self, task: int, ready: Ready = nobody) -> None:
        """Ask its future what it is."""
        future = self.futures[task]
        self._call(Event(Kind.BEGIN, what=Call.RUNNING, task=task), lambda: str(future.running()), ready)
        self._call(Event(Kind.BEGIN, what=Call.DONE, task=task), lambda: str(future.done()))

    def shut_down(self, level: ShutdownLevel, *, wait: bool, ready: Ready = nobody) -> None:
        """Make a request; who has waited for the end looks whether a worker is left."""

        def request() -> str:
            if level is ShutdownLevel.TERMINATE:
                self._executor.terminate_workers()  # type: ignore[attr-defined]  # only where it is offered
            elif level is ShutdownLevel.KILL:
                self._executor.kill_workers()  # type: ignore[attr-defined]  # likewise
            elif level is ShutdownLevel.CANCEL:
                self._executor.shutdown(wait=wait, cancel_futures=True)
            else:
                self._executor.shutdown(wait=wait)
            return calls.RETURNED

        self._call(Event(Kind.BEGIN, what=Call.SHUTDOWN, level=int(level), wait=wait), request, ready)
        if wait:
            for line in Path(self._path).read_text(encoding="utf-8").splitlines():
                event = parse(line)
                if event.kind is Kind.ENTERED and _is_alive(event.pid):
                    self._log.write(Event(Kind.ALIVE, task=event.task, pid=event.pid))

    def open(self, task: int, ready: Ready = nobody) -> None:
        """Let a held task go on."""
        self._log.write(Event(Kind.OPENED, task=task))
        ready()
        tasks.gate(self._path, task).touch()

    def strike(self, task: int, pid: int, ready: Ready = nobody) -> None:
        """Kill the worker that is inside this task."""
        self._log.write(Event(Kind.STRUCK, task=task))
        ready()
        with suppress(ProcessLookupError):  # somebody else was faster
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))

    def give_up(self) -> None:
        """Nothing more happens."""
        self._log.write(Event(Kind.QUIET))

    def _call(self, begin: Event, act: Callable[[], str], ready: Ready = nobody) -> None:
        """Make a call between its two lines."""
        begin = begin._replace(call=next(self._numbers), who=threading.current_thread().name)
        self._log.write(begin)
        ready()
        try:
            said = act()
        except BaseException as error:  # noqa: BLE001 - whatever it raises is its answer
            said = f"{type(error).__name__}: {error}"
        self._log.write(Event(Kind.END, call=begin.call, task=begin.task, what=begin.what, said=said, who=begin.who))


def told_of(future: "Future[object]", task: int) -> str:
    """Wait as the standard library's wait() does, then say how it ended."""
    wait([future])
    return end_of(future, task)


def end_of(future: "Future[object]", task: int) -> str:
    """How a future has ended, in the words of ``calls``."""
    try:
        value = future.result(timeout=0)
    except CancelledError:
        return "cancelled"
    except BrokenExecutor as error:
        ran = getattr(error, "ran", None)
        return calls.BROKEN if ran is None else ("blamed" if ran else "broken off")
    except BaseException as error:  # noqa: BLE001 - the task's own, of whatever class
        return "error" if not isinstance(error, TimeoutError) else "not done"
    return "value" if value == task else "another value"


def _is_alive(pid: int) -> bool:
    """Whether there is such a process, a zombie included."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
