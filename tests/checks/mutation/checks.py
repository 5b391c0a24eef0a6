"""Which files are mutated, and for each the checks that look at it, from cheap to dear.

Decides: that alone.  Must not know: what a mutant is, how a check is run.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

__all__ = ["FORKED", "PACKAGE", "PAGE", "ROOT", "Rung", "rungs", "targets"]

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "impl/checkedpool"
PAGE = ROOT / "docs/generated/mutation.md"
Rung = tuple[str, ...]
"""Arguments of one run of pytest."""

FORKED = ("-k", "not spawn and not forkserver")
QUICK, SLOW = ("-m", "not slow"), ("-m", "slow")
MACHINES, SHELL, POOL = "tests/machines", "tests/shell", "tests/behaviour"
EXPLORED, RUNS, INTERLEAVED = "tests/checks/conformance", "tests/simulated", "tests/checks/interleavings"

MACHINE = MACHINES, EXPLORED, RUNS, SHELL, POOL
FAST = SHELL, INTERLEAVED, POOL
BY_FILE = {
    "_core/manager.py": MACHINE,
    "_core/worker_record.py": MACHINE,
    "_core/tables.py": MACHINE,
    "_fast/quick_rules.py": MACHINE,
    "_fast/dispatch_rules.py": MACHINE,
}


def targets() -> Iterator[Path]:
    """The machines, the worker, and every fast room."""
    yield from (PACKAGE / name for name in BY_FILE)
    yield PACKAGE / "_worker/worker.py"
    yield from sorted(path for path in PACKAGE.glob("_fast/*.py") if str(path.relative_to(PACKAGE)) not in BY_FILE)


def rungs(target: Path) -> tuple[Rung, ...]:
    """The checks that look at this file, folder by folder: what says its name, the others; then all that is slow."""
    folders = BY_FILE.get(str(target.relative_to(PACKAGE)), FAST)
    quick: list[Rung] = []
    for folder in folders:
        own = tuple(
            str(test.relative_to(ROOT)) for test in sorted(ROOT.glob(f"{folder}/test_*.py")) if _names(test, target)
        )
        quick += [(*own, *FORKED, *QUICK)] if own else []
        quick.append((folder, *(f"--ignore={ROOT / test}" for test in own), *FORKED, *QUICK))
    return (*quick, *((folder, *FORKED, *SLOW) for folder in folders))


def _names(test: Path, target: Path) -> bool:
    module = ".".join(("checkedpool", *target.relative_to(PACKAGE).with_suffix("").parts))
    package, _, name = module.rpartition(".")
    source = test.read_text(encoding="utf-8")
    return f"from {module} import" in source or f"from {package} import {name}" in source
