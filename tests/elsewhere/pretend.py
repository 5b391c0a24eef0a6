"""Shows the pool the standard library as another system has it, in this process and in those that it starts.

Decides: who is kept from what: the modules of ``checkedpool``, and nobody else, from the names that ``stubs`` says the
system has not. Must not know: any file of the pool.

A module of the pool is executed with builtins of its own, whose ``import`` gives it the library so restricted. What the
library itself does, multiprocessing above all, it does as Linux does it.
"""

from __future__ import annotations

import builtins
import importlib
import sys
from importlib.machinery import PathFinder, SourceFileLoader
from types import ModuleType
from typing import TYPE_CHECKING

from tests.elsewhere import shims
from tests.elsewhere.stubs import lacks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from importlib.machinery import ModuleSpec

SYSTEM = "CHECKEDPOOL_PRETEND"
"""In the environment: the ``sys.platform`` of the system that is played."""
POOL = "checkedpool"
RESTRICTED = "_socket", "faulthandler", "mmap", "os", "select", "signal", "socket", "time"
ABSENT: Mapping[str, frozenset[str]] = {
    "win32": frozenset({"_posixsubprocess", "fcntl", "resource"}),
    "darwin": frozenset(),
}


class Here(ModuleType):
    """``sys`` with another platform: what is in it changes, so it is looked up each time."""

    def __init__(self, system: str) -> None:
        super().__init__("sys")
        self.platform = system

    def __getattr__(self, name: str) -> object:
        return getattr(sys, name)


def as_has(system: str, name: str) -> ModuleType:
    """A module with what this system has of it."""
    module = importlib.import_module(name)
    there = ModuleType(name)
    missing = lacks(name, system)
    vars(there).update({key: value for key, value in vars(module).items() if key not in missing})
    vars(there).update(shims.of(system, name))
    return there


def restricted(system: str) -> dict[str, object]:
    """Builtins whose ``import`` knows of this system only."""
    modules = {name: as_has(system, name) for name in (*RESTRICTED, *shims.MODULES)} | {"sys": Here(system)}
    plain: Callable[..., ModuleType] = builtins.__import__

    def imported(
        name: str, globals_: Mapping[str, object] | None = None, locals_: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (), level: int = 0,
    ) -> ModuleType:  # fmt: skip
        if not level and name in ABSENT[system]:
            msg = f"{system} has no module {name}"
            raise ModuleNotFoundError(msg, name=name)
        if not level and name in modules:
            return modules[name]
        return plain(name, globals_, locals_, fromlist or (), level)

    return {**vars(builtins), "__import__": imported}


class Loader(SourceFileLoader):
    """Executes a module of the pool with these builtins."""

    given: Mapping[str, object]

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__builtins__"] = dict(self.given)
        super().exec_module(module)


class Finder:
    """Finds modules of the pool, where they are."""

    def __init__(self, system: str) -> None:
        self._given = restricted(system)

    def find_spec(self, name: str, path: Sequence[str] | None = None, _: ModuleType | None = None) -> ModuleSpec | None:
        """As a finder of ``sys.meta_path``."""
        if name.partition(".")[0] != POOL:
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = Loader(spec.loader.name, spec.loader.path)
            spec.loader.given = self._given
        return spec


def install(system: str) -> None:
    """From now on, in this process; before the pool is imported."""
    if system not in ABSENT:
        msg = f"{SYSTEM} must be one of {', '.join(ABSENT)}, not {system!r}"
        raise ValueError(msg)
    if POOL in sys.modules:
        msg = f"{POOL} has been imported as this system has it, before it could be shown another"
        raise RuntimeError(msg)
    sys.meta_path.insert(0, Finder(system))
