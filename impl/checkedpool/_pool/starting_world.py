"""What a worker finds of its parent: main module, import path, arguments, folder, environment.

Decides: all of it is as it was when the pool was first used, whenever the worker is started.  multiprocessing takes it
at each start; but a start comes from a thread, and by then the caller may have changed it, or the script has ended and
CPython has taken away the name of its file.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager
from multiprocessing import spawn

from checkedpool._os import servers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

SET_ENVIRONMENT = """
import os
if dict(os.environ) != kept:
    os.environ.clear()
    os.environ.update(kept)
"""
FORGET_ANOTHER = """
import sys
if getattr(sys.modules.get("checkedpool"), "__file__", file) != file:
    for name in [name for name in sys.modules if name.split(".")[0].startswith("checkedpool")]:
        del sys.modules[name]
"""
"""The fork server may have found another copy than the parent: its import path is its own."""


class World:
    """As it is for the caller, now."""

    def __init__(self, *, environment: bool, then: Sequence[tuple[str, dict[str, object]]] = ()) -> None:
        """``environment``: that of the process too; the fork server's workers have the fork server's.

        ``then``: code, and the names that it uses, for each worker: before main is imported there.
        """
        self._data: dict[str, Any] = {**spawn.get_preparation_data(""), "sys_argv": list(sys.argv)}
        if self._data.get("init_main_from_path", "").endswith("<stdin>"):
            del self._data["init_main_from_path"]  # there is no such file
        if environment:
            self._data["environment"] = _Code(SET_ENVIRONMENT, {"kept": dict(os.environ)})
        else:
            self._data["another"] = _Code(FORGET_ANOTHER, {"file": sys.modules["checkedpool"].__file__})
        if then:
            self._data["then"] = [_Code(*code) for code in then]

    @contextmanager
    def kept(self) -> Iterator[None]:
        """What this thread of the pool starts meanwhile gets this world."""
        _of_thread.data = self._data
        try:
            with servers.starting():
                yield
        finally:
            _of_thread.data = None


class _Code:
    """Is executed by being unpickled in the worker: before main is imported there, and without a module of ours."""

    def __init__(self, code: str, names: dict[str, object]) -> None:
        self._code, self._names = code, names

    def __reduce__(self) -> tuple[object, ...]:
        return exec, (self._code, self._names)


class _OfThread(threading.local):
    data: dict[str, Any] | None = None


_of_thread = _OfThread()
_taken_now = spawn.get_preparation_data


def _preparation_data(name: str) -> dict[str, Any]:
    """What multiprocessing sends ahead of a process that it starts; every way of starting asks for it by this name."""
    data = _of_thread.data
    return _taken_now(name) if data is None else {**data, "name": name}


spawn.get_preparation_data = _preparation_data
