"""What the pool's exceptions carry and say: which worker ended, how, in which task."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import signal
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool as StandardBrokenProcessPool
from concurrent.futures.process import _RemoteTraceback
from typing import Any

import pytest

from checkedpool import BrokenProcessPool, ExecutorShutdownError, ProcessPoolExecutor
from checkedpool._core.messages import Death, When
from checkedpool._payload import pickling
from checkedpool.errors import AFTER_SHUTDOWN, NO_MAIN_GUARD, BrokenErrors, describe_exit
from tests.shell import usercode
from tests.shell.lanes import LIMIT


class Rebuilt(Exception):  # noqa: N818 - its shape matters
    """Counts how often it is rebuilt."""

    times = 0

    def __setstate__(self, state: Any) -> None:
        type(self).times += 1


class Special(BrokenProcessPool):
    """A subclass of the user's."""


STANDARD = """
import concurrent.futures, pickle, sys
if {has}:
    concurrent.futures.ExecutorShutdownError = type("ExecutorShutdownError", (RuntimeError,), {{}})
found = getattr(concurrent.futures, "ExecutorShutdownError", None)
from checkedpool import ExecutorShutdownError
assert issubclass(ExecutorShutdownError, RuntimeError)
print(ExecutorShutdownError is found, found is not None)
"""


@pytest.mark.parametrize("has", [False, True])
def test_where_the_standard_library_has_a_class_for_the_refusal_it_is_ours(*, has: bool) -> None:
    """C-107."""
    program = [sys.executable, "-c", STANDARD.format(has=has)]
    ran = subprocess.run(program, capture_output=True, text=True, timeout=LIMIT, check=True)
    same, there = ran.stdout.split()
    assert same == there
    assert there == "True" or not has


def test_a_refusal_keeps_its_class_when_it_is_pickled() -> None:
    """C-107."""
    error = pickle.loads(pickle.dumps(ExecutorShutdownError(AFTER_SHUTDOWN)))
    assert (type(error), str(error)) == (ExecutorShutdownError, AFTER_SHUTDOWN)


@pytest.mark.parametrize("cls", [BrokenProcessPool, Special])
def test_a_broken_pools_error_keeps_its_fields_when_it_is_pickled_or_copied(cls: type[BrokenProcessPool]) -> None:
    error = cls("a sentence", pid=12, exitcode=-9, task="module.function", ran=True)
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is cls
        assert (twin.args, twin.pid, twin.exitcode, twin.task, twin.ran) == (
            ("a sentence",), 12, -9, "module.function", True,
        )  # fmt: skip


@pytest.mark.parametrize(("began", "seconds", "told"), [(0, None, "m.f"), (100.0, 12.5, "m.f, for 12.5 s")])
def test_it_says_for_how_long_the_task_had_run_where_that_is_known(
    monkeypatch: pytest.MonkeyPatch, began: float, seconds: float | None, told: str
) -> None:
    """C-153."""
    monkeypatch.setattr(time, "monotonic", lambda: 112.5)
    make = BrokenErrors(Death(0, -9, When.TASK, 5), 7, "m.f", began)
    for error, rest in (make(ran=True), ""), (make(ran=False), "; the pool is broken"):
        assert error.seconds == seconds
        assert str(error).endswith(f" task, {told}{rest}")
        assert pickle.loads(pickle.dumps(error)).seconds == seconds


@pytest.mark.every("process that imports the main module of its parent: a pool's first worker, another one, no worker")
@pytest.mark.parametrize(
    ("name", "speaks"), [("checkedpool worker 0", True), ("checkedpool worker 7", False), ("Process-1", True)]
)
def test_of_the_workers_of_a_pool_one_says_that_a_guard_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, *, speaks: bool
) -> None:
    """C-95, C-165: a process that is no worker of a pool says it by itself."""
    process: Any = multiprocessing.current_process()
    monkeypatch.setattr(process, "_inheriting", True, raising=False)
    monkeypatch.setattr(process, "_name", name)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    with pytest.raises(RuntimeError, match="__main__") as refused:
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn")).submit(int)
    sys.excepthook(refused.type, refused.value, refused.tb)
    said = capsys.readouterr().err
    assert said == (f"RuntimeError: {NO_MAIN_GUARD}\n" if speaks else "")


def test_it_is_caught_as_the_standard_one_and_as_a_runtime_error() -> None:
    assert issubclass(BrokenProcessPool, StandardBrokenProcessPool)
    assert issubclass(BrokenProcessPool, RuntimeError)


@pytest.mark.parametrize(
    ("exitcode", "sentence"),
    [
        (0, "exited with code 0"),
        (3, "exited with code 3"),
        (3221225477, "was ended by the system with code 0xC0000005, an access violation"),
        (-signal.SIGKILL, "was killed by SIGKILL"),
        (-signal.SIGSEGV, "was killed by SIGSEGV"),
        (-200, "was killed by signal 200"),
        (None, "ended with an unknown status (something else in this process had waited for it)"),
    ],
)
def test_an_exit_is_described_in_words(exitcode: int | None, sentence: str) -> None:
    assert describe_exit(exitcode) == sentence


SENTENCES: list[tuple[Death, int | None, str | None, bool, str]] = [
    (Death(0, 1, When.INITIALIZER), 7, None, False, "the initializer raised in worker process 7; its error is the "),
    (Death(None, None, When.START, cause=OSError("no more")), None, None, False, "could not be started: no more"),
    (Death(0, 1, When.START), 7, None, False, "worker process 7 exited with code 1 before it was ready; the reason is"),
    (Death(0, -9, When.TASK, 5), 7, "m.f", True, "worker process 7 was killed by SIGKILL while it ran this task, m.f"),
    (Death(0, -9, When.TASK, 5), 7, "m.f", False, "while it ran another task, m.f; the pool is broken"),
    (Death(0, 0, When.IDLE), 7, None, False, "worker process 7 exited with code 0 while it had no task; the pool is "),
    (Death(0, -15, When.FORCED, 5), 7, "m.f", True, "m.f: terminate_workers or kill_workers was called"),
    (Death(None, None, When.MANAGER, cause=KeyError("k")), None, None, False, "KeyError('k'); this is a bug of check"),
]


@pytest.mark.parametrize(("death", "pid", "name", "ran", "sentence"), SENTENCES)
def test_a_broken_future_says_which_worker_ended_how_and_in_which_task(
    death: Death, pid: int | None, name: str | None, ran: bool, sentence: str
) -> None:
    error = BrokenErrors(death, pid, name)(ran=ran)
    assert sentence in str(error)
    assert (error.pid, error.exitcode, error.task, error.ran) == (pid, death.exitcode, name, ran)


def test_there_is_a_sentence_for_every_part_of_a_workers_life() -> None:
    assert {row[0].when for row in SENTENCES} == set(When)


def test_each_future_gets_an_exception_of_its_own() -> None:
    make = BrokenErrors(Death(0, -9, When.TASK, 5), 7, "m.f")
    assert make() is not make()


def test_an_exception_that_is_at_hand_is_the_cause() -> None:
    cause = OSError("no more")
    assert BrokenErrors(Death(None, None, When.START, cause=cause), None, None)(ran=False).__cause__ is cause


def test_of_an_initializers_error_the_text_alone_is_the_cause_and_no_code_of_the_user_runs() -> None:
    original = Rebuilt("first words")
    original.field = 1  # type: ignore[attr-defined]
    body = pickling.dump_error(original)
    error = BrokenErrors(Death(0, 1, When.INITIALIZER, cause=body), 7, None)(ran=False)
    assert "first words" in str(error.__cause__)
    assert Rebuilt.times == 0
    assert isinstance(pickling.load_error(body), Rebuilt)
    assert Rebuilt.times == 1


@pytest.mark.every("status with which a process can end")
def test_the_cause_of_a_death_is_the_standard_librarys_line() -> None:
    """C-116."""
    for exitcode in (*range(-signal.NSIG, 0), *range(256)):
        cause = BrokenErrors(Death(0, exitcode, When.TASK), 7, "m.f")(ran=True).__cause__
        assert isinstance(cause, _RemoteTraceback)
        assert f"\nProcess 7 terminated abruptly with exit code {exitcode}\n" in str(cause)


@pytest.mark.parametrize(("exitcode", "pid"), [(None, 7), (None, None), (1, None)])
def test_without_a_known_process_or_status_there_is_no_cause(exitcode: int | None, pid: int | None) -> None:
    """C-116."""
    assert BrokenErrors(Death(0, exitcode, When.IDLE), pid, None)(ran=False).__cause__ is None


@pytest.mark.parametrize("when", [When.START, When.MANAGER])
def test_a_cause_that_cannot_be_printed_is_named_by_its_class(when: When) -> None:
    """It is the manager that prints it: what it raises would break the pool, or hang it."""
    error = BrokenErrors(Death(None, None, when, cause=usercode.TextlessError()), None, None)(ran=False)
    assert "TextlessError" in str(error)
    assert isinstance(error.__cause__, usercode.TextlessError)


BESIDE_THE_EXIT = """
import multiprocessing, os, sys, threading
from checkedpool import ProcessPoolExecutor

reader, writer = os.pipe()

def fails():
    os.read(reader, 1)
    if sys.argv[1] == "dies":
        os._exit(3)
    raise KeyError("of the task")

def tell(future):
    error = future.exception()
    print(type(error).__name__, isinstance(error, (KeyError, RuntimeError)), type(error.__cause__).__name__)

pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork"))
pool.submit(fails).add_done_callback(tell)
threading._register_atexit(lambda: os.write(writer, b"."))  # the exit has begun
assert "concurrent.futures.process" not in sys.modules
"""


@pytest.mark.parametrize(
    ("does", "told"), [("dies", "BrokenProcessPool True RemoteTraceback"), ("raises", "KeyError True RemoteTraceback")]
)
def test_what_fails_beside_the_exit_is_told_without_what_cannot_be_imported_any_more(does: str, told: str) -> None:
    """C-34, C-60, C-82: the standard executor's module, which nobody has imported before."""
    run = subprocess.run(
        [sys.executable, "-c", BESIDE_THE_EXIT, does], capture_output=True, text=True, timeout=LIMIT, check=True
    )
    assert (run.stdout.strip(), run.stderr) == (told, "")


NOT_YET = """
import pickle, sys
from checkedpool import errors

assert "concurrent.futures.process" not in sys.modules
error = errors.BrokenProcessPool("of a worker's pool", pid=1)
twin = pickle.loads(pickle.dumps(error))
from concurrent.futures.process import BrokenProcessPool
print(isinstance(twin, BrokenProcessPool), isinstance(error, BrokenProcessPool), twin.pid)
"""


def test_one_that_came_from_another_process_is_the_standard_one_too() -> None:
    """C-87: so is each that was made before, by whatever way."""
    run = subprocess.run([sys.executable, "-c", NOT_YET], capture_output=True, text=True, timeout=LIMIT, check=True)
    assert run.stdout.split() == ["True", "True", "1"]
