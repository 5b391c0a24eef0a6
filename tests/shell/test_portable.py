"""The portable kind, as Windows has it, under every start method: a pool works, and nobody is warned of anything."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from checkedpool._os.system import Socket
from tests import limits

LIMIT = limits.HANG
PROGRAM = """
import sys
from multiprocessing import get_context

from checkedpool import ProcessPoolExecutor

if __name__ == "__main__":
    with ProcessPoolExecutor(2, get_context(sys.argv[1])) as pool:
        print(*pool.map(abs, range(-3, 0)))
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_pool_of_the_portable_kind_works_and_leaves_no_socket_open(method: str, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-W", "always::ResourceWarning", program, method],
        env={**os.environ, "CHECKEDPOOL_PORTABLE": "1"}, capture_output=True, text=True, timeout=LIMIT, check=False,
    )  # fmt: skip
    assert (ended.stdout, ended.stderr, ended.returncode) == ("3 2 1\n", "", 0)


class Sends(Socket):
    """Takes a tenth of it."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[int] = []

    def send(self, data: Any) -> int:  # type: ignore[override]  # of one argument
        self.given.append(len(data))
        return len(data) // 10


def test_what_follows_a_large_part_is_not_copied_for_each_write_of_a_few_bytes() -> None:
    with closing(Sends()) as end:
        write = end.writer()
        assert write([b"head", b"body"]) == 0
        assert write([bytes(1 << 20), b"head", bytes(1 << 20)]) == (1 << 20) // 10
        assert end.given == [8, 1 << 20]
