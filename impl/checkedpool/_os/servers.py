"""multiprocessing's own processes, the resource tracker and the fork server: there before a worker is started.

Decides: they are started while ``submit()`` waits, so that its caller cannot fork meanwhile, and have his environment.
What a start imports is imported when the pool is made.  A fork copies the locks that other threads hold, those of
multiprocessing and of its imports among them, and nobody gives them back in the child.  What is left are moments in
which a later start looks whether they run: in a child that is forked then, their locks are new.

A fork server that is started here imports the worker's modules: each worker would need a third of its start for that.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from contextlib import contextmanager, suppress

from checkedpool._os import system

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType
    from typing import Any

NEEDED = {"spawn": ("popen_spawn_posix", "resource_tracker"), "forkserver": ("popen_forkserver", "forkserver")}
"""By start method, modules of multiprocessing: what starts a process, and the server."""
LIMIT = 10.0
"""Seconds that a first submit waits for them: a start waits longer, if need be, in its own thread."""
LOCKED = {"forkserver": "_forkserver", "resource_tracker": "_resource_tracker"}
"""Modules of multiprocessing whose one object, of this name, has a lock."""
_starting: set[int] = set()  # threads of pools in which multiprocessing may hold such a lock
_seen: dict[str, int] = {}  # by start method: the process in which they were seen to run


def server_of(method: str) -> ModuleType | None:
    """Import what multiprocessing imports when it starts a process so; the module of the server that it needs then."""
    if method == "fork":
        return None
    importlib.import_module("multiprocessing.connection")  # by which a process that is no child is waited for
    if not hasattr(os, "fork"):
        return None
    start, server = NEEDED[method]
    importlib.import_module(f"multiprocessing.{start}")
    found = importlib.import_module(f"multiprocessing.{server}")
    if hasattr(getattr(found, "_forkserver", None), "_forkserver_authkey"):
        importlib.import_module("hmac")  # by which each start proves to it whose it is, since Python 3.14
    return found


def have_running(method: str, modules: Iterable[str] = (), *, main: bool = True) -> None:
    """Return when it runs; if it cannot be started the start of a worker will say why.

    ``modules``: those of the worker.  ``main``: whether it may import the main module, as it does from 3.14 on.
    """
    server = server_of(method)
    if server is None or _seen.get(method) == os.getpid():
        return
    # In a thread: a signal handler that comes here may use a pool too, and would wait for a lock that its own thread
    # holds.
    thread = threading.Thread(target=_ensure, args=(server, modules, main), name="checkedpool start", daemon=True)
    thread.start()
    thread.join(LIMIT)
    _seen[method] = os.getpid()


def _ensure(server: ModuleType, modules: Iterable[str], main: bool) -> None:  # noqa: FBT001 - a thread's argument
    with starting(), suppress(Exception), _preloading(getattr(server, "_forkserver", None), modules, main=main):
        server.ensure_running()


@contextmanager
def _preloading(server: Any, modules: Iterable[str], *, main: bool) -> Iterator[None]:
    """A fork server that is started meanwhile imports these, too: once, and not in each worker."""
    if hasattr(server, "_preload_modules"):
        before = server._preload_modules
        server._preload_modules = [*(name for name in before if main or name != "__main__"), *modules]
        try:
            yield
        finally:
            server._preload_modules = before
    else:
        yield


@contextmanager
def starting() -> Iterator[None]:
    """This thread of the pool starts a process meanwhile."""
    thread = threading.get_ident()
    _starting.add(thread)
    try:
        yield
    finally:
        _starting.discard(thread)


def _in_child() -> None:
    """Whoever was starting a process is not there any more, except who has forked."""
    others = _starting - {threading.get_ident()}
    _starting.difference_update(others)
    if others:
        for name, has_lock in LOCKED.items():
            lock = getattr(getattr(sys.modules.get(f"multiprocessing.{name}"), has_lock, None), "_lock", None)
            if lock is not None:
                lock._at_fork_reinit()


system.in_child.append(_in_child)
