"""An executor with a cluster of its own, in programs of their own: its end, and the interpreter's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests import limits

ROOT = Path(__file__).parents[2]
HEAD = """
import os, sys, time, threading
from concurrent.futures import wait
from checkedpool.dask import DaskExecutor
from tests.dask import tasks

def main():
"""
FOOT = """
if __name__ == "__main__":
    main()
"""


def output(tmp_path: Path, body: str, *arguments: object) -> list[str]:
    """What the program prints, line by line."""
    program = tmp_path / "program.py"
    program.write_text(HEAD + "".join(f"    {line}\n" for line in body.strip().splitlines()) + FOOT)
    done = subprocess.run(
        [sys.executable, program, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=False,
        timeout=limits.TEST, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_interpreter_exit_runs_what_was_submitted(engine: Any, tmp_path: Path, journal: str) -> None:
    """C-60, C-61."""
    output(
        tmp_path,
        """
executor = DaskExecutor.local(2)
for number in range(20):
    executor.submit(tasks.noted, sys.argv[1], number, 0.02)
        """,
        journal,
    )
    assert Path(journal).read_text().count("ended") == 20


def test_its_workers_can_be_killed_and_its_end_leaves_nothing(engine: Any, tmp_path: Path) -> None:
    """C-54, C-55, C-56, C-58, C-96."""
    printed = output(
        tmp_path,
        """
executor = DaskExecutor.local(2)
workers = list(executor.map(tasks.pid, range(6)))
begun = [executor.submit(time.sleep, 600) for _ in range(2)]
while not all(future.running() for future in begun):
    time.sleep(0.01)
waiting = executor.submit(abs, -1)
executor.kill_workers()
wait([*begun, waiting])
print([future.exception().ran for future in begun], waiting.cancelled())
executor.shutdown()
print([pid for pid in workers if os.path.exists(f"/proc/{pid}")])
try:
    executor.submit(abs, -1)
except RuntimeError as error:
    print(error)
        """,
    )
    assert printed == ["[True, True] True", "[]", "cannot schedule new futures after shutdown"]


def test_one_that_cannot_be_made_leaves_no_cluster(engine: Any, tmp_path: Path) -> None:
    """C-96: what is made last is refused here."""
    printed = output(
        tmp_path,
        """
import multiprocessing
from checkedpool.dask import executor
def refused(*_):
    raise OSError("no session")
executor.Session = refused
try:
    DaskExecutor.local(1)
except OSError as error:
    print(error, multiprocessing.active_children())
        """,
    )
    assert printed == ["no session []"]
