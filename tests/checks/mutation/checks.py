"""Which files are mutated, and for each the checks that look at it, from cheap to dear.

Decides: that alone.  Must not know: what a mutant is, how a check is run.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

__all__ = ["ROOT", "Rung", "rungs", "targets"]

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "impl/checkedpool"
Rung = tuple[str, ...]
"""Arguments of one run of pytest."""

FORKED = ("-k", "not spawn and not forkserver")
MACHINES: Rung = ("tests/machines",)
EXPLORED: Rung = ("tests/checks/conformance",)
RUNS: Rung = ("tests/simulated",)
INTERLEAVED: Rung = ("tests/checks/interleavings",)
SHELL: Rung = ("tests/shell", *FORKED)
POOL: Rung = ("tests/behaviour", *FORKED)

MACHINE = MACHINES, EXPLORED, RUNS, POOL
BY_FILE: dict[str, tuple[Rung, ...]] = {
    "_core/manager.py": MACHINE,
    "_core/worker_record.py": MACHINE,
    "_core/tables.py": MACHINE,
    "_fast/quick_rules.py": MACHINE,
    "_fast/dispatch_rules.py": MACHINE,
}
FAST = SHELL, INTERLEAVED, POOL


def targets() -> Iterator[Path]:
    """The machines, the worker, and every fast room."""
    yield from (PACKAGE / name for name in BY_FILE)
    yield PACKAGE / "_worker/worker.py"
    yield from sorted(path for path in PACKAGE.glob("_fast/*.py") if str(path.relative_to(PACKAGE)) not in BY_FILE)


def rungs(target: Path) -> tuple[Rung, ...]:
    """The checks that look at this file: first those made for it, if a test says its name; then all of its kind."""
    own = tuple(sorted(str(test.relative_to(ROOT)) for test in ROOT.glob("tests/*/test_*.py") if _names(test, target)))
    general = BY_FILE.get(str(target.relative_to(PACKAGE)), FAST)
    return ((*own, *FORKED), *general) if own else general


def _names(test: Path, target: Path) -> bool:
    module = ".".join(("checkedpool", *target.relative_to(PACKAGE).with_suffix("").parts))
    package, _, name = module.rpartition(".")
    source = test.read_text(encoding="utf-8")
    return f"from {module} import" in source or f"from {package} import {name}" in source
