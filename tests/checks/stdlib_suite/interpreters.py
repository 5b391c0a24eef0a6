"""Decides: which interpreter runs the suite, and how our class takes the standard one's name in it.

The interpreter gets a throw-away virtual environment without pip; nothing is installed, so no network is needed. A
`.pth` file there puts the project's packages on the path and starts `inside/`, in every
interpreter of that environment: `-I` does not switch `.pth` files off.
Must not know: tests, verdicts.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[2]
ROOTS = (PROJECT / "spec", PROJECT / "model", PROJECT / "impl", HERE / "inside")
PROBE = "import test.test_concurrent_futures.test_process_pool, sys; assert sys.version_info >= (3, 11)"


def candidates() -> Iterator[Path]:
    """The interpreter that runs this, then pyenv's 3.13, newest first."""
    yield Path(getattr(sys, "_base_executable", None) or sys.executable)
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [path for path in versions.glob("3.13.*/bin/python3.13") if path.is_file()]
    yield from sorted(found, key=_patch_level, reverse=True)


def _patch_level(path: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in path.parents[1].name.split(".") if part.isdigit())


def has_the_tests(interpreter: Path) -> bool:
    """Can it import CPython's test package? Most distributions leave it out."""
    try:
        probe = subprocess.run(
            [interpreter, "-I", "-c", PROBE], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return probe.returncode == 0


def make_environment(interpreter: Path, where: Path, executor: str) -> Path:
    """Make the environment in which `executor` is the ProcessPoolExecutor; return its interpreter."""
    start = f"import stdlib_suite_inside.startup as it; it.install({executor!r})"
    return environment_with([*map(str, ROOTS), start], interpreter, where)


def environment_with(lines: list[str], interpreter: Path, where: Path) -> Path:
    """Make an environment each of whose interpreters reads these lines of a `.pth` file; return its interpreter."""
    subprocess.run(
        [interpreter, "-I", "-m", "venv", "--without-pip", where],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    python = where / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    answer = subprocess.run([python, "-I", "-c", ask], stdin=subprocess.DEVNULL, capture_output=True, check=True)
    packages = Path(os.fsdecode(answer.stdout).strip())
    (packages / "stdlib_suite.pth").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return python


def clean_environment() -> dict[str, str]:
    """The caller's variables without those that change how Python starts."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV_", "COVERAGE"))}
