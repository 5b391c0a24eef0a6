"""A free-threaded build of Python: the executor refuses it, with the reason and the way out."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests import limits

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import multiprocessing
import sys
sys.version = {version!r}

from checkedpool import ProcessPoolExecutor

if __name__ == "__main__":
    try:
        with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:  # no server outlives the program
            print(pool.submit(pow, 2, 5).result(60))
    except RuntimeError as error:
        print(error)
"""


LOCKED, FREE = "3.14.1 (main, Jan  1 2026)", "3.14.1 free-threading build (main, Jan  1 2026)"


@pytest.mark.parametrize(
    ("version", "variables", "says"),
    [
        (FREE, {}, "this is a free-threaded build of Python"),
        (FREE, {}, "Use a build that has the lock"),
        (LOCKED, {}, "32\n"),
        (FREE, {"CHECKEDPOOL_FREE_THREADS": "1"}, "32\n"),
    ],
)
def test_a_free_threaded_build_is_refused(tmp_path: Path, version: str, variables: dict[str, str], says: str) -> None:
    """Unless whoever works on it says so."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(version=version))
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CHECKEDPOOL")}
    command = [sys.executable, str(program)]
    ended = subprocess.run(
        command, env=clean | variables, capture_output=True, text=True, check=True, timeout=limits.HANG
    )
    assert says in ended.stdout
    assert not ended.stderr
