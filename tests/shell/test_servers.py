"""multiprocessing's servers: they run before the first start, and their locks are whole in a child that is forked."""

from __future__ import annotations

import multiprocessing
import threading
from importlib import import_module
from typing import Any

import pytest

from checkedpool import rooms
from checkedpool._fast.fitting import fitted
from checkedpool._os import servers, system
from checkedpool._pool.shared import Shared
from checkedpool._pool.starting_in_threads import in_threads
from checkedpool._pool.worker_channels import Starter
from tests.behaviour.forked import in_forked_child
from tests.shell.lanes import LIMIT


def lock_of(module: str) -> Any:
    lock: Any = getattr(import_module(f"multiprocessing.{module}"), servers.LOCKED[module])._lock
    return lock


@pytest.mark.parametrize("module", servers.LOCKED)
def test_a_lock_that_a_start_held_at_a_fork_is_free_in_the_child(module: str) -> None:
    lock, held, may_go_on = lock_of(module), threading.Event(), threading.Event()

    def starts() -> None:
        with servers.starting(), lock:
            held.set()
            assert may_go_on.wait(LIMIT)

    thread = threading.Thread(target=starts)
    thread.start()
    try:
        assert held.wait(LIMIT)
        assert in_forked_child(lambda: lock.acquire(timeout=0)) is True
        assert not lock.acquire(timeout=0), "the parent's is as it was"
    finally:
        may_go_on.set()
        thread.join(LIMIT)
    assert lock.acquire(timeout=0)
    lock.release()


def test_a_lock_that_nobody_of_ours_held_at_a_fork_is_left_alone() -> None:
    """Whoever holds it may be the one who forks."""
    lock = lock_of("forkserver")
    with lock:
        assert in_forked_child(lambda: lock.acquire(timeout=0)) is False


@pytest.mark.parametrize(("method", "server"), [("spawn", "resource_tracker"), ("forkserver", "forkserver")])
def test_they_run_when_the_first_start_begins_and_are_asked_for_once_a_process(
    monkeypatch: pytest.MonkeyPatch, method: str, server: str
) -> None:
    """In a thread of its own: a signal handler above the caller may use a pool, too."""
    asked: list[threading.Thread] = []
    monkeypatch.setattr(servers, "_seen", {})
    monkeypatch.setattr(
        import_module(f"multiprocessing.{server}"), "ensure_running", lambda: asked.append(threading.current_thread())
    )
    servers.have_running(method)
    assert [thread.is_alive() for thread in asked] == [False]
    servers.have_running(method)
    assert len(asked) == 1

    def asks_again() -> int:
        servers.have_running(method)
        return len(asked)

    assert in_forked_child(asks_again) == 2


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_one_that_cannot_be_started_is_left_to_the_start_of_a_worker(
    monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """Which says why: C-69."""

    def fails() -> None:
        raise OSError("no more processes today")

    monkeypatch.setattr(servers, "_seen", {})
    for server in servers.LOCKED:
        monkeypatch.setattr(import_module(f"multiprocessing.{server}"), "ensure_running", fails)
    servers.have_running(method)


def test_the_fork_server_imports_what_workers_need_beside_what_the_program_has_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whose own list stays as it is, for fork servers of others."""
    imported: list[list[str]] = []
    forkserver: Any = import_module("multiprocessing.forkserver")
    monkeypatch.setattr(servers, "_seen", {})
    monkeypatch.setattr(forkserver._forkserver, "_preload_modules", ["json"])
    monkeypatch.setattr(forkserver, "ensure_running", lambda: imported.append(forkserver._forkserver._preload_modules))
    servers.have_running("forkserver", ["the", "worker"])
    assert imported == [["json", "the", "worker"]]
    assert forkserver._forkserver._preload_modules == ["json"]


def test_the_fork_server_is_told_the_modules_of_the_class_that_the_workers_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those of the fast rooms that are used, and no others; and each can be imported."""
    told: list[list[str]] = []
    monkeypatch.setattr(servers, "have_running", lambda _, modules, **__: told.append(list(modules)))
    monkeypatch.setattr(system, "THREADS_AT_EXIT", True)  # else each has a thread at once
    for kind in Starter, fitted(Starter, rooms.ROOMS):
        context = multiprocessing.get_context("forkserver")
        in_threads(kind)(Shared(), context, (None, ())).start_all(1, {})
    plain, fast = told
    assert plain == ["checkedpool._worker.worker", "builtins"]
    assert {"checkedpool._fast.worker_rounds", *plain} <= set(fast)
    assert all(import_module(module) for module in fast)
