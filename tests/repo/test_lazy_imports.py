"""What the pool imports within a function: each with the reason why it may fail, or cannot fail, where that runs."""

from __future__ import annotations

import ast
from pathlib import Path

POOL = Path(__file__).resolve().parent.parent.parent / "impl" / "checkedpool"
PARTS = ("_core", "_os", "_payload", "_worker", "_pool", "_fast", "_given", "_trace")
LATE = {
    ("__init__.py", "checkedpool"): "executor, errors: in the thread of the user that asks for them",
    ("executor.py", "checkedpool"): "mapping, options: in the caller's thread, who hears of it before any submit",
    ("__init__.py", "checkedpool._pool"): "shared: likewise",
    ("__init__.py", "checkedpool._worker"): "index: likewise",
    ("executor.py", "checkedpool.furnishing"): "in the caller's thread, whose call fails then",
    ("executor.py", "checkedpool.arrivals"): "likewise",
    ("executor.py", "checkedpool._pool.settling"): "likewise",
    ("executor.py", "checkedpool.stats"): "likewise",
    ("manager.py", "checkedpool._core.by_priority"): "there already: whoever makes a task with a priority imports it",
    ("manager.py", "checkedpool._core"): "resizing: likewise, whoever resizes a pool imports it",
    ("given.py", "checkedpool._worker.memory_limit"): "in a worker: the pool breaks with the reason",
    ("executor.py", "checkedpool.listening"): "in the caller's thread, whose call fails then",
    ("executor.py", "checkedpool.within"): "likewise",
    ("executor.py", "checkedpool.resize"): "likewise",
    ("rooms.py", "checkedpool.listening"): "where the executor is made",
    ("platform.py", "checkedpool._os.greenlets"): "in the thread that starts the pool, whose start fails then",
    ("system.py", "selectors"): "in the thread that starts the pool, whose start fails then",
    ("memory_files.py", "ctypes"): "never in the manager's thread (can_map), and what fails there is done without",
    ("fault_points.py", "fcntl"): "in a worker for tests",
    ("fault_points.py", "resource"): "in a worker for tests",
    ("log.py", "concurrent.futures._base"): "there in every parent, whose executor is made of it; else in a worker",
    ("pickling.py", "concurrent.futures"): "process: where it cannot be had, a class of ours stands for its own",
    ("pickling.py", "traceback"): "where an error is told; without it the error's class is told alone",
    ("system.py", "multiprocessing.resource_sharer"): "on Windows, by a start of a worker, which fails then",
    ("system.py", "multiprocessing.connection"): "there where workers are not forked, by servers",
    ("errors.py", "concurrent.futures.process"): "where it cannot be had, a class of ours stands for its own",
    ("pool.py", "checkedpool._pool.starting_in_threads"): "where the executor is made",
    ("rooms.py", "checkedpool._trace.traced_dispatch"): "where the executor is made",
    ("rooms.py", "checkedpool._trace.traced_pool"): "likewise",
    ("rooms.py", "checkedpool._pool.bounded"): "likewise",
    ("rooms.py", "checkedpool._core.idle_workers"): "likewise",
    ("rooms.py", "checkedpool._core.deaths_in_a_row"): "likewise",
    ("rooms.py", "checkedpool._given.own_pickler"): "likewise",
    ("rooms.py", "checkedpool._given"): "log_forwarding, stderr_tails: likewise",
    ("rooms.py", "checkedpool._given.log_records"): "likewise",
    ("rooms.py", "checkedpool._given.stderr_pipe"): "likewise",
    ("furnishing.py", "logging"): "in the caller's thread, whose call fails then",
    ("furnishing.py", "checkedpool._given.own_pickler"): "likewise",
    ("furnishing.py", "checkedpool._given"): "cloudpickled: likewise; it belongs to an extra",
    ("mapping.py", "queue"): "in the caller's thread, who hears of one error or of the other",
    ("shared.py", "checkedpool._pool"): "stacks: in the thread of the user that asks for one",
    ("time_limits.py", "checkedpool._pool"): "stacks: in a user-code thread; without it the error shows no stack",
    ("locks.py", "importlib.util"): "where the pool's modules are imported, and only under greenlets",
    ("locks.py", "queue"): "in the thread that makes or starts the pool, and only under greenlets",
}


def late_imports(source: str) -> set[str]:
    """The modules that are imported within functions."""
    found: set[str] = set()
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Import):
                    found |= {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    found.add(str(node.module))
    return found


def test_a_late_import_is_found() -> None:
    assert late_imports("import a\ndef f():\n    import b\n    def g():\n        from c.d import e\n") == {"b", "c.d"}


def test_what_is_imported_late_has_a_reason() -> None:
    files = [*POOL.glob("*.py"), *(file for part in PARTS for file in (POOL / part).glob("*.py"))]
    found = {(file.name, name) for file in files for name in late_imports(file.read_text())}
    assert found == set(LATE)
