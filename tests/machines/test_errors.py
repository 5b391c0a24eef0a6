"""The sentences: what a broken future says of the worker, its end and the task, and that such an error can travel."""

from __future__ import annotations

import concurrent.futures.process
import pickle
import signal

import pytest

from checkedpool import BrokenProcessPool, errors
from checkedpool._core.words import Death, When
from checkedpool._shell import pickling
from checkedpool._shell.reports import broken_error
from checkedpool.errors import describe_exit


@pytest.mark.parametrize(
    ("exitcode", "words"),
    [
        (0, "exited with code 0"),
        (3, "exited with code 3"),
        (-signal.SIGKILL, "was killed by SIGKILL"),
        (-signal.SIGSEGV, "was killed by SIGSEGV"),
        (-1000, "was killed by signal 1000"),
        (None, "unknown status"),
    ],
)
def test_an_exit_is_described_in_words(exitcode: int | None, words: str) -> None:
    assert words in describe_exit(exitcode)


@pytest.mark.parametrize(
    ("when", "ran", "parts"),
    [
        (When.TASK, True, ["worker process 17", "SIGKILL", "this task, module.fn"]),
        (When.TASK, False, ["worker process 17", "SIGKILL", "another task, module.fn", "the pool is broken"]),
        (When.IDLE, False, ["worker process 17", "SIGKILL", "no task", "the pool is broken"]),
        (When.START, False, ["worker process 17", "SIGKILL", "before it was ready", "__main__"]),
        (When.INITIALIZER, False, ["the initializer raised", "worker process 17"]),
        (When.FORCED, True, ["worker process 17", "SIGKILL", "module.fn", "kill_workers"]),
        (When.MANAGER, False, ["the pool's manager failed", "bug of checkedpool"]),
    ],
)
def test_a_death_is_told_with_worker_end_and_task(when: When, ran: bool, parts: list[str]) -> None:
    error = broken_error(Death(0, -9, when, 5 if ran else None), 17, "module.fn", ran=ran)
    for part in parts:
        assert part in str(error)
    assert (error.pid, error.exitcode, error.task, error.ran) == (17, -9, "module.fn", ran)


@pytest.mark.parametrize("when", list(When))
def test_every_kind_of_death_has_a_sentence_with_and_without_a_process(when: When) -> None:
    for pid in (None, 17):
        for ran in (True, False):
            assert str(broken_error(Death(0, None, when), pid, None, ran=ran))


def test_a_start_that_failed_names_its_reason() -> None:
    cause = OSError("no process")
    error = broken_error(Death(0, None, When.START, cause=cause), None, None, ran=False)
    assert "could not be started: no process" in str(error)
    assert error.__cause__ is cause


def test_the_cause_of_a_failed_initializer_is_its_traceback() -> None:
    body = pickling.dump_error(ValueError("initializer"))
    error = broken_error(Death(0, 1, When.INITIALIZER, cause=body), 17, None, ran=False)
    assert "ValueError: initializer" in str(error.__cause__)


def test_each_future_gets_an_error_of_its_own() -> None:
    death = Death(0, -9, When.IDLE)
    assert broken_error(death, 17, None, ran=False) is not broken_error(death, 17, None, ran=False)


def test_it_is_the_standard_one_and_a_runtime_error() -> None:
    assert issubclass(BrokenProcessPool, concurrent.futures.process.BrokenProcessPool)
    assert issubclass(BrokenProcessPool, concurrent.futures.BrokenExecutor)
    assert issubclass(BrokenProcessPool, RuntimeError)


def test_it_crosses_to_another_process_with_all_that_it_says() -> None:
    error = BrokenProcessPool("message", pid=17, exitcode=-9, task="module.fn", ran=True)
    twin = pickle.loads(pickle.dumps(error))
    assert type(twin) is BrokenProcessPool
    assert (twin.args, twin.pid, twin.exitcode, twin.task, twin.ran) == (("message",), 17, -9, "module.fn", True)


def test_a_subclass_of_it_crosses_as_itself() -> None:
    assert type(pickle.loads(pickle.dumps(Special("m", pid=1)))) is Special


class Special(BrokenProcessPool):
    """A user's own."""


@pytest.mark.parametrize("name", ["INHERITED", "DAEMONIC", "NO_MAIN_GUARD", "AFTER_SHUTDOWN", "AFTER_EXIT"])
def test_every_refusal_is_a_sentence_without_a_gap(name: str) -> None:
    text = getattr(errors, name).format(parent=1, here=2, name="name")
    assert len(text.split()) > 4
    assert "{" not in text


def test_refusals_name_the_cure() -> None:
    assert "new executor" in errors.INHERITED
    assert "if __name__ == '__main__'" in errors.NO_MAIN_GUARD
    assert "not daemonic" in errors.DAEMONIC
