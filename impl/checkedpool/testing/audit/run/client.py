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
from typing import NamedTuple

from checkedpool.testing.audit.judge import calls
from checkedpool.testing.audit.judge.events import FROM_CALLBACK, Call, Event, Kind, Log, Work, parse
from checkedpool.testing.audit.run import tasks
from checkedpool_spec.vocabulary import ShutdownLevel

__all__ = ["Client", "Ready", "nobody"]

LONGEST = 80
"""Characters of an error that are kept."""

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
        self._errors: dict[int, tuple[int, BaseException]] = {}
        """By its id, each error by which a future has ended, and the first task that told it."""

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
            target=self._call, args=(event, lambda: self._told_of(future, task)), name=f"waiter {task}", daemon=True
        ).start()

    def _add(self, future: "Future[object]", task: int) -> str:
        def callback(done: "Future[object]") -> None:
            end = self._end_of(done, task)
            self._log.write(Event(Kind.CALLED, task=task, said=end.said, note=end.note, shared=end.shared))

        future.add_done_callback(callback)
        return calls.RETURNED

    def _told_of(self, future: "Future[object]", task: int) -> "End":
        """Wait as the standard library's wait() does, then say how it ended."""
        wait([future])
        return self._end_of(future, task)

    def _end_of(self, future: "Future[object]", task: int) -> "End":
        """How a future has ended, and whether another one has ended by the same error."""
        end = end_of(future, task)
        if end.error is None:
            return end
        first, _ = self._errors.setdefault(id(end.error), (task, end.error))
        return end._replace(shared=first) if first != task else end

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

    def shut_down_from(self, task: int, level: ShutdownLevel, *, wait: bool, ready: Ready = nobody) -> None:
        """Make a request in the callback of a task that a worker runs to its end: there it waits for nobody."""
        begin = Event(Kind.BEGIN, what=Call.SHUTDOWN, level=int(level), note=FROM_CALLBACK)
        self.futures[task].add_done_callback(lambda _: self._call(begin, self._request(level, wait=wait)))
        ready()

    def shut_down(self, level: ShutdownLevel, *, wait: bool, ready: Ready = nobody) -> None:
        """Make a request; who has waited for the end looks whether a worker is left."""
        begin = Event(Kind.BEGIN, what=Call.SHUTDOWN, level=int(level), wait=wait)
        self._call(begin, self._request(level, wait=wait), ready)
        if wait:
            for line in Path(self._path).read_text(encoding="utf-8").splitlines():
                event = parse(line)
                if event.kind is Kind.ENTERED and _is_alive(event.pid):
                    self._log.write(Event(Kind.ALIVE, task=event.task, pid=event.pid))

    def _request(self, level: ShutdownLevel, *, wait: bool) -> Callable[[], str]:
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

        return request

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

    def signal(self, pid: int, ready: Ready = nobody) -> None:
        """Send SIGINT to this worker, which is inside no task."""
        self._log.write(Event(Kind.SIGNALLED))
        ready()
        with suppress(ProcessLookupError):  # it has left
            os.kill(pid, signal.SIGINT)

    def give_up(self) -> None:
        """Nothing more happens."""
        undone = (str(task) for task, future in sorted(self.futures.items()) if not future.done())
        self._log.write(Event(Kind.QUIET, said=" ".join(undone)))

    def _call(self, begin: Event, act: Callable[[], "str | End"], ready: Ready = nobody) -> None:
        """Make a call between its two lines."""
        begin = begin._replace(call=next(self._numbers), who=threading.current_thread().name)
        self._log.write(begin)
        ready()
        try:
            said = act()
        except BaseException as error:  # noqa: BLE001 - whatever it raises is its answer
            said = in_words(error)
        end = said if isinstance(said, End) else End(said)
        event = Event(Kind.END, call=begin.call, task=begin.task, what=begin.what, who=begin.who)
        self._log.write(event._replace(said=end.said, note=end.note, shared=end.shared))


class End(NamedTuple):
    """How a future has ended: in the words of ``calls``, and the error if there is one."""

    said: str
    note: str = ""
    error: BaseException | None = None
    shared: int = -1


def end_of(future: "Future[object]", task: int) -> End:
    """How a future has ended."""
    try:
        value = future.result(timeout=0)
    except CancelledError:
        return End("cancelled")
    except BrokenExecutor as error:
        ran = getattr(error, "ran", None)
        said = calls.BROKEN if ran is None else ("blamed" if ran else "broken off")
        return End(said, in_words(error), error)
    except BaseException as error:  # noqa: BLE001 - the task's own, of whatever class
        return End("not done") if isinstance(error, TimeoutError) else End("error", in_words(error), error)
    return End("value" if value == task else "another value")


def in_words(error: BaseException) -> str:
    """Its class and the first line of what it says."""
    first, *_ = str(error).splitlines() or [""]
    words = f"{type(error).__name__}: {first}".removesuffix(": ")
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def _is_alive(pid: int) -> bool:
    """Whether there is such a process, a zombie included."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
