"""``python -m tests.checks.verify.pretended FOLDER``: a verification that looks at nothing, to test how it is watched.

Decides: what is pretended: two rows that are done, then on each track a check that never ends by itself, one in a
pool's worker, one in a program with a grandchild in a session of its own. Each writes the numbers of its processes into
a pipe in FOLDER once it is busy. Must not know: what is asked of it.
"""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.checks.verify import programs
from tests.checks.verify.__main__ import leave, main
from tests.checks.verify.model import pool
from tests.checks.verify.report import Check, Row, Say, Verdict

__all__ = ["POOL", "PROGRAM", "checks", "row"]

POOL, PROGRAM = "pool.pids", "program.pids"
PROGRAMS = """
import os, subprocess, sys
command = [sys.executable, "-c", "import signal; signal.pause()"]
other = subprocess.Popen(command, start_new_session=True)
with open(sys.argv[1], "w") as file:
    print(os.getpid(), other.pid, file=file)
other.wait()
"""


def row(name: str, verdict: Verdict = Verdict.HOLDS, trouble: tuple[str, ...] = ()) -> Row:
    """Of a check that looked at nothing."""
    return Row(
        section="Pretended: without looking", name=name, verdict=verdict, seconds=1.5, seen="nothing", trouble=trouble,
        again="make it",
    )  # fmt: skip


def checks(folder: Path) -> tuple[Check, ...]:
    """All of them."""

    def done(say: Say) -> Iterator[Row]:
        say("what is done at once")
        yield from (row("first"), row("second"))

    def pooled(_: Say) -> Iterator[Row]:
        with pool() as executor:
            yield row(f"never {executor.submit(busy, folder / POOL).result()}")

    def program(_: Say) -> Iterator[Row]:
        yield row(f"never {programs.run([sys.executable, '-c', PROGRAMS, folder / PROGRAM])}")

    return (
        Check("Done", done, "make done"), Check("Pool", pooled, "make pool"),
        Check("Program", program, "make program", beside=True),
    )  # fmt: skip


def busy(file: Path) -> None:
    """In a worker."""
    file.write_text(f"{os.getpid()}\n", encoding="utf-8")
    signal.pause()


if __name__ == "__main__":
    leave(main([], checks(Path(sys.argv[1])), Path(sys.argv[1])))
