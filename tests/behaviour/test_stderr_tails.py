"""``stderr_tail=``: what a worker wrote last is in the error of its death, and all of it reaches this process's stderr.

Decides: who writes what, and who does not read. Must not know: how it travels.
"""

from __future__ import annotations

import faulthandler
import os
import pickle
import signal
import subprocess
import sys
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from checkedpool._given import stderr_tails
from checkedpool._given.stderr_tails import BEHIND, Copier, TailShared
from checkedpool.errors import LAST_WORDS
from checkedpool_model.traces.verdict import Verdict, judge
from tests.behaviour import tasks
from tests.behaviour.gates import eventually
from tests.behaviour.kinds import LIMIT, death_of
from tests.behaviour.marks import methods, ours_only, parent_only

if TYPE_CHECKING:
    from pathlib import Path

    from tests.behaviour.conftest import Pools
    from tests.behaviour.gates import Door, Gate

pytestmark = ours_only("new: the standard executor keeps nothing of what its workers write")
MOST = 1000


def say(*words: str) -> None:
    """By Python, and beside it."""
    for word in words:
        print(word, file=sys.__stderr__, flush=True)
        os.write(2, f"{word} again\n".encode())


def say_and_die(*words: str) -> None:
    say(*words)
    os.kill(os.getpid(), signal.SIGKILL)


def say_and_hold(door: Door) -> None:
    say("still here")
    door.pass_through()


def fill(size: int) -> None:
    """With lines of ten bytes."""
    text = b"".join(b"%09d\n" % number for number in range(size // 10))
    while text:
        text = text[os.write(2, text) :]


def fill_and_die(size: int) -> None:
    fill(size)
    os.kill(os.getpid(), signal.SIGKILL)


def crash() -> None:
    faulthandler.enable()
    os.kill(os.getpid(), signal.SIGSEGV)


def fail() -> None:
    raise LookupError("the initializer's reason")


def leave_somebody(door: Door) -> None:
    """A child that holds the worker's standard error, and says one thing more when the worker is dead."""
    if os.fork() == 0:
        door.pass_through()
        os.write(2, b"the last word\n")
        os._exit(0)
    say_and_die("the worker's")


def test_the_error_of_a_death_has_what_the_worker_wrote_last(pools: Pools, capfd: pytest.CaptureFixture[str]) -> None:
    """C-154: whoever wrote it; the error keeps it when it travels."""
    pool = pools.make(stderr_tail=MOST)
    pool.submit(say, "before").result(LIMIT)
    error = death_of(pool.submit(say_and_die, "one", "two"))
    text = "before\nbefore again\none\none again\ntwo\ntwo again"
    assert error.stderr == text
    assert text in error.__notes__[0]
    assert pickle.loads(pickle.dumps(error)).stderr == text
    pool.shutdown()
    assert text in capfd.readouterr().err


def test_without_it_there_is_none(pools: Pools) -> None:
    """C-154, C-166."""
    error = death_of(pools.make().submit(say_and_die, "one"))
    assert error.stderr is None
    assert getattr(error, "__notes__", []) == [LAST_WORDS]


@pytest.mark.parametrize("kept", [None, 1000])
def test_the_error_of_a_signal_says_how_to_have_it(pools: Pools, gate: Gate, kept: int | None) -> None:
    """C-166: once, and not to who has it."""
    held = pools.make(stderr_tail=kept).submit(tasks.hold, gate)
    os.kill(gate.wait_for_arrival(), signal.SIGKILL)
    assert getattr(death_of(held), "__notes__", []) == ([LAST_WORDS] if kept is None else [])


@methods("spawn", "forkserver")
def test_faulthandlers_lines_are_in_it(pools: Pools) -> None:
    """C-154."""
    error = death_of(pools.make(stderr_tail=1 << 14).submit(crash))
    assert "Segmentation fault" in str(error.stderr)
    assert "in crash" in str(error.stderr)


@parent_only
def test_it_is_so_many_bytes_at_most_and_begins_with_a_whole_line(
    pools: Pools, capfd: pytest.CaptureFixture[str]
) -> None:
    """C-154; and not a byte is lost on the way to this process's standard error (C-155)."""
    pool = pools.make(stderr_tail=105)
    error = death_of(pool.submit(fill_and_die, 300_000))
    assert error.stderr == "\n".join(f"{number:09d}" for number in range(29_990, 30_000))
    pool.shutdown()
    assert capfd.readouterr().err == "".join(f"{number:09d}\n" for number in range(30_000))


@parent_only
def test_a_single_line_that_is_too_long_is_cut(pools: Pools) -> None:
    """C-154."""
    assert death_of(pools.make(stderr_tail=5).submit(say_and_die, "a long line")).stderr == "gain"


@methods("spawn", "forkserver")
def test_under_replace_each_worker_has_its_own(pools: Pools) -> None:
    """C-84, C-154."""
    pool = pools.make(stderr_tail=MOST, on_worker_death="replace")
    errors = [death_of(pool.submit(say_and_die, word)) for word in ("one", "two")]
    assert [error.stderr for error in errors] == ["one\none again", "two\ntwo again"]


@methods("spawn", "forkserver")
@pytest.mark.parametrize("asked", [MOST, None])
def test_the_error_of_a_limit_has_what_the_worker_had_written(pools: Pools, gate: Gate, asked: int | None) -> None:
    """C-132, C-154: unless it took longer than the limit to write it; then the limit is made longer."""
    pool = pools.make(stderr_tail=asked)
    errors: list[Any] = []
    for limit in (0.5, 4.0, LIMIT / 2):
        errors.append(pool.with_options(timeout=limit).submit(say_and_hold, gate.door).exception(LIMIT))
        if errors[-1].stderr != "":
            break
    error = errors[-1]
    assert isinstance(error, TimeoutError)
    assert errors[-1].stderr == (asked and "still here\nstill here again")
    assert any("still here again" in note for note in error.__notes__) == bool(asked)


@methods("spawn", "forkserver")
def test_an_initializers_traceback_is_in_it(pools: Pools) -> None:
    """C-71, C-154."""
    error = death_of(pools.make(stderr_tail=1 << 14, initializer=fail).submit(int))
    assert "LookupError: the initializer's reason" in str(error.stderr)


@methods("forkserver")
def test_who_is_left_behind_holds_up_nobody_and_is_heard_while_the_pool_is_there(
    pools: Pools, gate: Gate, capfd: pytest.CaptureFixture[str]
) -> None:
    """C-77, C-155."""
    pool = pools.make(stderr_tail=MOST, on_worker_death="replace")  # one that has broken ends with its last worker
    held: Any = gate
    error = death_of(pool.submit(leave_somebody, held))
    assert error.stderr == "the worker's\nthe worker's again"
    child = gate.wait_for_arrival()
    gate.open()
    eventually(lambda: "the last word" in capfd.readouterr().err, "it is heard")
    os.waitpid(child, 0)  # this process has inherited it
    pool.shutdown()


UNREAD = """
import multiprocessing, os, sys
from tests.behaviour.test_stderr_tails import fill, fill_and_die
from checkedpool import BrokenProcessPool, ProcessPoolExecutor
if __name__ == "__main__":
    pool = ProcessPoolExecutor(1, multiprocessing.get_context("fork"), stderr_tail=100)
    pool.submit(fill, 500_000).result()
    try:
        pool.submit(fill_and_die, 100).result()
    except BrokenProcessPool as error:
        print(error.stderr.splitlines()[-1])
    pool.shutdown()
    print("ended", flush=True)
    sys.stdin.read()
    os._exit(0)
"""


@parent_only
def test_where_nobody_reads_the_standard_error_the_pool_ends_all_the_same(pools: Pools) -> None:
    """C-155: neither a death nor the end waits for who reads."""
    ran = subprocess.Popen(
        [sys.executable, "-c", UNREAD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert ran.stdout is not None
    assert [ran.stdout.readline().strip() for _ in range(2)] == ["000000009", "ended"]
    ran.communicate(timeout=LIMIT)


@parent_only
def test_a_pool_that_has_it_is_traced_and_forwards_records_too(pools: Pools, tmp_path: Path) -> None:
    """C-100, C-144, C-154."""
    pool = pools.make(stderr_tail=MOST, forward_logging=True, trace=tmp_path / "trace")
    assert death_of(pool.submit(say_and_die, "one")).stderr == "one\none again"
    pool.shutdown()
    assert judge(tmp_path / "trace").verdict is Verdict.COMPLETE


@methods("spawn")
def test_who_does_not_ask_for_it_has_none_of_it(pools: Pools) -> None:
    """C-154: no module of it is loaded."""
    pool = pools.make(stderr_tail=None, finalizer=int)
    assert pool.submit(tasks.has_loaded, "checkedpool._given.stderr_pipe").result(LIMIT) is False


@parent_only
@pytest.mark.parametrize(
    ("asked", "error"), [(0, ValueError), (-1, ValueError), (True, TypeError), (1.5, TypeError), ("100", TypeError)]
)
def test_each_that_is_no_number_of_bytes_is_refused(pools: Pools, asked: Any, error: type[Exception]) -> None:
    """C-154."""
    with pytest.raises(error, match="stderr_tail must"):
        pools.make(stderr_tail=asked)


# --- the thread that writes -------------------------------------------------------------------------------------------


class Slow:
    """Takes the place of the standard error, and writes when it is told to."""

    def __init__(self) -> None:
        self.may_go_on = threading.Semaphore(0)
        self.written: list[bytes] = []

    def __call__(self, data: bytes) -> None:
        self.may_go_on.acquire(timeout=LIMIT)
        self.written.append(data)


@parent_only
def test_a_standard_error_that_does_not_wait_is_waited_for(pools: Pools, monkeypatch: pytest.MonkeyPatch) -> None:
    """C-155: whatever it takes at once, it gets all."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    monkeypatch.setattr(stderr_tails, "OWN", writer)
    thread = threading.Thread(target=stderr_tails.write, args=(bytes(300_000),))
    thread.start()
    got = 0
    while got < 300_000:
        got += len(os.read(reader, 1 << 20))
    thread.join(LIMIT)
    assert (got, thread.is_alive()) == (300_000, False)
    os.close(reader)
    stderr_tails.write(b"to nobody")
    os.close(writer)


@parent_only
def test_who_is_far_behind_is_waited_for_and_says_when_he_is_not(pools: Pools, monkeypatch: pytest.MonkeyPatch) -> None:
    """C-155: workers wait then, and nothing is lost."""
    slow, shared = Slow(), TailShared()
    monkeypatch.setattr(stderr_tails, "write", slow)
    copier = Copier(shared)
    copier.give(b"x")
    assert not copier.has_to_be_waited_for()
    copier.give(bytes(BEHIND))
    assert copier.has_to_be_waited_for()
    assert not shared.inbox
    slow.may_go_on.release()
    slow.may_go_on.release()
    eventually(lambda: shared.inbox, "the manager is told")
    assert not copier.is_waited_for
    copier.end()
    assert slow.written == [b"x", bytes(BEHIND)]


@parent_only
def test_a_worker_waits_while_the_parent_is_far_behind_and_then_goes_on(
    pools: Pools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-155: more than its pipe holds, and what is read at once."""
    slow = Slow()
    monkeypatch.setattr(stderr_tails, "write", slow)
    monkeypatch.setattr(stderr_tails, "BEHIND", 1000)
    pool: Any = pools.make(stderr_tail=MOST)
    future = pool.submit(fill, 500_000)
    eventually(lambda: pool._pool.platform._waits, "it does not read")
    assert not future.done()
    slow.may_go_on.release(100_000)
    future.result(LIMIT)
    pool.shutdown()
    assert b"".join(slow.written) == b"".join(b"%09d\n" % number for number in range(50_000))


@parent_only
def test_what_is_far_too_much_is_not_kept(pools: Pools, monkeypatch: pytest.MonkeyPatch) -> None:
    """C-155."""
    slow = Slow()
    monkeypatch.setattr(stderr_tails, "write", slow)
    monkeypatch.setattr(stderr_tails, "MOST", 3)
    copier = Copier(TailShared())
    for word in (b"one", b"two"):
        copier.give(word)
    slow.may_go_on.release()
    copier.end()
    assert slow.written == [b"one"]


@parent_only
def test_a_number_that_may_be_another_workers_by_now_is_let_go_of_once() -> None:
    """C-48, C-154: else nobody hears any more what that worker answers, nor that it has ended."""

    class Told:
        stderr_fd, is_told = 7, True
        read_stderr, let_go_of_stderr = bytes, dict

    forgotten: list[int] = []
    platform: Any = object.__new__(stderr_tails.TailPlatform)
    platform._open, platform.reactor = {Told}, SimpleNamespace(forget=forgotten.append)
    platform._read_stderr(Told)
    platform._read_rest(Told)
    assert forgotten == [7]


@parent_only
def test_where_there_is_no_thread_the_next_word_tries_again(pools: Pools, monkeypatch: pytest.MonkeyPatch) -> None:
    """C-155."""

    def refused(_: object) -> None:
        raise RuntimeError("can't start new thread")

    slow, copier = Slow(), Copier(TailShared())
    slow.may_go_on.release(2)
    monkeypatch.setattr(stderr_tails, "write", slow)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refused)
        copier.give(b"one")
        patch.setattr(stderr_tails, "BEHIND", 3)
        assert not copier.has_to_be_waited_for()  # then nobody would say the next word, and the workers would wait
    copier.give(b"two")
    copier.end()
    assert slow.written == [b"one", b"two"]
