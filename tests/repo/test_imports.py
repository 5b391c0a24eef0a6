"""What a program waits for when it imports the pool, and a worker when it is spawned: nothing that it does not use."""

from __future__ import annotations

import subprocess
import sys

import pytest

from checkedpool import rooms
from checkedpool._pool.worker_channels import Starter

WORKER = dict.fromkeys(part.__module__ for part in rooms.in_use(Starter).worker_type.__mro__)
"""What a worker is told to import: the modules of its class, those of all fast rooms among them."""
IMPORTS = {
    "the pool": (
        "checkedpool.executor",
        {"typing", "inspect", "dataclasses", "asyncio", "concurrent.futures.process", "multiprocessing.connection",
         "tempfile", "checkedpool._pool.starting_in_threads", "checkedpool._os.servers"},
    ),
    "a worker": (
        ", ".join(WORKER),
        {"typing", "logging", "traceback", "concurrent.futures._base", "concurrent.futures.process",
         "multiprocessing.connection", "tempfile", "subprocess", "checkedpool._core.messages",
         "checkedpool._pool.worker_channels", "checkedpool.rooms"},
    ),
}  # fmt: skip


def imported_by(statement: str) -> set[str]:
    """What a fresh interpreter has imported after this."""
    program = f"import sys; before = set(sys.modules); {statement}; print(*(set(sys.modules) - before))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return set(run.stdout.split())


@pytest.mark.parametrize("who", IMPORTS)
def test_what_is_dear_and_not_needed_is_not_imported(who: str) -> None:
    module, dear = IMPORTS[who]
    assert not imported_by(f"import {module}") & dear


def test_an_import_that_is_dear_would_be_seen() -> None:
    module, dear = IMPORTS["a worker"]
    assert imported_by(f"import {module}, typing, logging") & dear == {"typing", "logging", "traceback"}


FILES = 42
"""The pool's own that an import reads.  They only ever get fewer: ``docs/speed.md`` says what one costs."""


def own_files(statement: str) -> int:
    """How many of them this imports."""
    return sum(name.partition(".")[0] in {"checkedpool", "checkedpool_spec"} for name in imported_by(statement))


def test_an_import_reads_no_more_files_of_the_pool_than_it_did() -> None:
    assert own_files("import checkedpool.executor") <= FILES
    assert own_files("import checkedpool.executor, checkedpool.stats") > FILES


FIRST = """
import multiprocessing, sys
from checkedpool import ProcessPoolExecutor
with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as pool:
    before = set(sys.modules)
    {also}
    assert pool.submit(abs, -1).result() == 1
    print(*sorted(set(sys.modules) - before))
"""


def imported_meanwhile(also: str = "") -> list[str]:
    """What a first ``submit`` imports under fork, up to its result."""
    program = FIRST.format(also=also)
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return run.stdout.split()


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is forked there")
def test_a_first_submit_imports_nothing_under_fork() -> None:
    """Else another thread that forks meanwhile has a child in which the lock of that import is held for ever."""
    assert imported_meanwhile() == []
    assert imported_meanwhile("import colorsys") == ["colorsys"]
