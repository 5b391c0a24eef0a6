"""A forked child of this process has none of the ends that its pools own, but those that it was forked for."""

from __future__ import annotations

import _imp
import _socket
import errno
import gc
import multiprocessing
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn, TypeVar

import pytest

from checkedpool._core.manager import Settings
from checkedpool._fast import memory_files, parking
from checkedpool._os import system
from checkedpool._pool import pool as pool_module
from checkedpool._pool.pool import Pool
from tests.behaviour.forked import in_forked_child
from tests.behaviour.gates import eventually
from tests.shell.lanes import LIMIT
from tests.whole import HowMany

T = TypeVar("T")

SOON = 5.0
"""Seconds after which a thread of a forked child is taken to hang."""
FORKS = 200


def how_many_are_open() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def hook() -> None:
    """What a fork calls before it happens."""


os.register_at_fork(before=lambda: hook())  # noqa: PLW0108 - whatever it is then


@pytest.fixture
def some(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[system.End]]:
    """Six ends of every kind."""
    made: list[system.End] = [*system.channel(), *system.made(system.socket_pair())]
    with monkeypatch.context() as patch:
        patch.setattr(system, "PORTABLE", True)
        made += system.channel()
    yield made
    system.close(made)


def are_open(some: list[system.End]) -> list[bool]:
    """Whether each end's object is open and so is its descriptor."""
    found = []
    for end in some:
        try:
            os.fstat(end.fileno())
        except (OSError, ValueError):
            found.append(False)
        else:
            found.append(end.fileno() >= 0)
    return found


def in_worker_with(ends: Sequence[system.End], look: Callable[[], T]) -> T:
    """What a child sees that is forked as the worker to which these ends belong."""
    seen: list[T] = []
    system.sparing(ends, lambda: seen.append(in_forked_child(look)))
    return seen[0]


def is_the_file(number: int, file: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.fstat(number), file)
    except OSError:
        return False


def test_a_forked_child_has_no_end_and_the_parent_keeps_all(some: list[system.End]) -> None:
    assert in_forked_child(lambda: are_open(some)) == [False] * 6
    assert are_open(some) == [True] * 6


def test_descriptors_are_closed_and_not_only_their_objects(some: list[system.End]) -> None:
    files = [(end.fileno(), os.fstat(end.fileno())) for end in some]

    def still_there() -> list[int]:
        return [number for number, file in files if is_the_file(number, file)]

    assert still_there() == [number for number, _ in files]
    assert in_forked_child(still_there) == []


def test_a_worker_keeps_its_own_ends_and_no_others(some: list[system.End]) -> None:
    assert in_worker_with(some[1:3], lambda: are_open(some)) == [False, True, True, False, False, False]


def test_ends_are_spared_for_one_child_and_not_for_the_next(some: list[system.End]) -> None:
    system.sparing(some, lambda: None)
    assert in_forked_child(lambda: are_open(some)) == [False] * 6


def test_ends_are_spared_no_longer_if_the_start_raises(some: list[system.End]) -> None:
    with pytest.raises(ZeroDivisionError):
        system.sparing(some, lambda: 1 // 0)  # type: ignore[arg-type]
    assert in_forked_child(lambda: are_open(some)) == [False] * 6


def test_what_a_worker_was_given_its_own_children_do_not_get(some: list[system.End]) -> None:
    def in_worker() -> list[bool]:
        return [*are_open(some[:1]), *in_forked_child(lambda: are_open(some))]

    assert in_worker_with(some, in_worker) == [True] + [False] * 6


def test_a_worker_that_is_started_while_another_is_leaves_that_one_its_ends(some: list[system.End]) -> None:
    """A signal handler may start a pool of its own in the middle of a start."""

    def start() -> None:
        assert in_worker_with(some[2:], lambda: are_open(some)) == [False, False, True, True, True, True]
        assert in_forked_child(lambda: are_open(some)) == [True, True, False, False, False, False]

    system.sparing(some[:2], start)


def test_a_fork_of_another_thread_in_the_middle_of_a_start_gets_nothing(some: list[system.End]) -> None:
    """A user's fork is not taken for the worker."""
    found: list[list[bool]] = []
    thread = threading.Thread(target=lambda: found.append(in_forked_child(lambda: are_open(some))))

    def start() -> None:
        thread.start()
        thread.join(LIMIT)
        assert found == [[False] * 6]
        assert in_forked_child(lambda: are_open(some)) == [True] * 6

    system.sparing(some, start)


def fork_and_wait() -> None:
    """A child that does nothing; no pipe, which the child of another thread would inherit and hold open."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def test_two_threads_fork_whatever_other_locks_the_hooks_of_a_fork_take() -> None:
    """One starts a worker, the other is the user's: hooks that were registered later run before ours."""

    def fork_in_two_threads() -> bool:
        lock = threading.Lock()
        has_it, may_go_on = threading.Event(), threading.Event()

        def before() -> None:
            lock.acquire()
            has_it.set()
            may_go_on.wait(SOON)

        os.register_at_fork(before=before, after_in_parent=lock.release)
        user = threading.Thread(target=fork_and_wait, daemon=True)
        user.start()
        assert has_it.wait(SOON)

        def start() -> None:
            may_go_on.set()
            fork_and_wait()

        system.sparing([], start)
        user.join(SOON)
        return not user.is_alive()

    assert in_forked_child(fork_in_two_threads)


def test_a_worker_whose_forks_hook_was_cut_short_by_a_signal_keeps_its_own_ends_only(
    some: list[system.End],
) -> None:
    """The exception of a handler is swallowed in a hook, with all ends open."""

    def in_worker() -> list[bool]:
        system.keep_only(some[1:3])
        return are_open(some)

    assert in_worker_with(some, in_worker) == [False, True, True, False, False, False]


def test_the_exit_of_a_forked_child_waits_for_no_inherited_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does it if the fork's hook could not forget them."""
    pool = Pool(Settings(1), multiprocessing.get_context("fork"), (None, ()))
    pool.shared.start.take(pool)
    monkeypatch.setattr(pool_module, "exiting", threading.Event())
    monkeypatch.setattr(system, "in_child", [])
    pool_module.note_live(pool)
    try:
        assert in_forked_child(pool_module._at_exit) is None
        assert in_forked_child(pool.join) is None
    finally:
        pool_module._live.pop(id(pool))


def test_a_fork_of_another_thread_never_falls_between_an_end_and_its_registration(so_many: HowMany) -> None:
    """Nor between its closing and its being forgotten: what the child has it knows, and closes."""
    ended = threading.Event()
    before = in_forked_child(how_many_are_open)

    def make_and_close() -> None:
        while not ended.is_set():
            system.close([*system.channel(), *system.made(system.socket_pair())])

    threads = [threading.Thread(target=make_and_close) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        found = [in_forked_child(how_many_are_open) for _ in range(so_many(FORKS, 50))]
    finally:
        ended.set()
        for thread in threads:
            thread.join(LIMIT)
    assert set(found) == {before}


def test_a_fork_waits_for_the_lock_under_which_ends_are_made_after_its_last_hook(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is the interpreter's: this is what is taken for granted of it."""
    number: list[int] = []
    at_fork, forked = threading.Event(), threading.Event()
    monkeypatch.setattr(sys.modules[__name__], "hook", at_fork.set)

    def fork() -> None:
        number.append(threading.get_native_id())
        fork_and_wait()
        forked.set()

    thread = threading.Thread(target=fork)
    _imp.acquire_lock()
    try:
        thread.start()
        assert at_fork.wait(LIMIT)
        status = Path(f"/proc/self/task/{number[0]}/stat")
        eventually(lambda: status.read_text().rpartition(")")[2].split()[0] == "S", "it waits")
        assert not forked.is_set()
    finally:
        _imp.release_lock()
    assert forked.wait(LIMIT)
    thread.join(LIMIT)


MAKERS: dict[str, Callable[[], object]] = {
    "channel": system.channel,
    "socket_pair": lambda: system.made(system.socket_pair()),
    "alarm": parking.alarm,
    "memory": memory_files.memory,
    "close": lambda: system.close([*system.channel(), *system.made(system.socket_pair())]),
}


@pytest.mark.parametrize("make", MAKERS)
def test_under_that_lock_no_code_in_python_runs(monkeypatch: pytest.MonkeyPatch, make: str) -> None:
    """A finalizer or a signal handler may be called wherever some does, and wait there for whoever forks."""
    inside: list[str] = []

    def watched(*steps: Callable[[], object]) -> None:
        sys.setprofile(lambda frame, event, _: inside.append(f"{event} {frame.f_code.co_name}"))
        try:
            uncut(*steps)
        finally:
            sys.setprofile(None)

    uncut = system._uncut
    monkeypatch.setattr(system, "_uncut", watched)
    MAKERS[make]()
    assert {line for line in inside if line.startswith("call ")} == {"call _uncut"}


@pytest.fixture
def holder(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A thread holds the interpreter's lock until this is set."""
    monkeypatch.setattr(system, "_was_lost", False)
    taken, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        _imp.acquire_lock()
        taken.set()
        let_go.wait(LIMIT)
        _imp.release_lock()

    thread = threading.Thread(target=hold)
    thread.start()
    assert taken.wait(LIMIT)
    yield let_go
    let_go.set()
    thread.join(LIMIT)


def test_a_lock_that_an_interrupted_import_has_left_held_holds_up_nobody(
    holder: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-52: such an exception comes between taking it and the ``try`` statement, in the interpreter's own code."""
    monkeypatch.setattr(system, "A_FORKS_TIME", 0.1)
    made: list[system.End] = []
    maker = threading.Thread(target=lambda: made.extend([*system.channel(), *system.made(system.socket_pair())]))
    maker.start()
    maker.join(SOON)
    before = len(made)
    holder.set()
    maker.join(LIMIT)
    system.close(made)
    assert before == 4


def test_a_lock_that_comes_free_is_waited_for(holder: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "A_FORKS_TIME", LIMIT)
    found: list[bool] = []
    waiter = threading.Thread(target=lambda: found.append(system._lost()))
    waiter.start()
    holder.set()
    waiter.join(LIMIT)
    assert found == [False]


def test_who_finds_the_lock_taken_looks_again_at_once_and_then_less_and_less_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Mostly another thread of the pool has it, for a call or two; large answers took twice their time otherwise."""
    asked: list[float] = []

    class Pause:
        def acquire(self, timeout: float) -> None:
            asked.append(timeout)

    monkeypatch.setattr(system, "lock_held", lambda: len(asked) < 12)
    monkeypatch.setattr(system, "taken_lock", Pause)
    assert not system._lost()
    assert asked[0] <= system.A_MOMENT / 100
    assert asked == sorted(asked)
    assert asked[-1] == system.A_MOMENT


def test_where_an_end_cannot_be_made_the_lock_is_free_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: object) -> NoReturn:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(os, "pipe", none_left)
    monkeypatch.setattr(_socket, "socketpair", none_left)
    with pytest.raises(OSError, match="Too many open files"):
        system.channel()
    assert not _imp.lock_held()


def test_every_thread_of_a_forked_child_can_make_ends_whatever_was_held_at_the_fork() -> None:
    """The lock is a new one there: the parent's was held by the thread that forked."""

    def use_the_registry() -> None:
        with ExitStack() as stack:
            made = [*system.channel(), *system.made(system.socket_pair())]
            stack.callback(system.close, made)
            system.sparing(made, lambda: None)

    def in_child() -> bool:
        thread = threading.Thread(target=use_the_registry, daemon=True)
        thread.start()
        thread.join(SOON)
        return not thread.is_alive()

    assert in_forked_child(in_child)


def test_the_registry_keeps_no_end_alive() -> None:
    before = len(system._ends)
    made = system.made(system.socket_pair())
    assert len(system._ends) == before + 2
    for end in made:
        end.close()
    del made, end
    assert len(system._ends) == before


def test_closing_twice_is_no_error(some: list[system.End]) -> None:
    system.close(some)
    system.close(some)
    assert are_open(some) == [False] * 6


def test_an_end_that_its_owner_closed_does_not_disturb_a_fork(some: list[system.End]) -> None:
    some[0].close()
    assert in_forked_child(lambda: are_open(some)) == [False] * 6


def test_what_was_asked_for_is_called_in_the_child_after_the_ends_are_closed(
    some: list[system.End], monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[list[bool]] = []
    monkeypatch.setattr(system, "in_child", [*system.in_child])
    system.in_child.append(lambda: found.append(are_open(some)))
    assert in_forked_child(lambda: found) == [[False] * 6]
    assert not found


@pytest.mark.parametrize("portable", [False, True])
def test_an_end_that_nobody_holds_any_more_closes_without_a_warning(
    monkeypatch: pytest.MonkeyPatch, *, portable: bool
) -> None:
    """A wake-up may be dropped by the last who may use it, in whatever thread: nobody can close it in time."""
    monkeypatch.setattr(system, "PORTABLE", portable)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        made = system.channel()
        numbers = [end.fileno() for end in made]
        del made
        gc.collect()
    assert [str(warning.message) for warning in warned] == []
    for number in numbers:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(number)
