"""What is run, one after the other, and how it is told.

Decides: which programs explore the pool, what of each is measured, what is a ratio. Must not know: how any of them
explores.

Each is a process of its own and is measured whole, with its start: that is what somebody waits for. Each is run once a
round, the others in between, and the shortest time counts. Java's other threads (its compiler's, its collector's) run
on the other core; the processor time of each is given too.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from tests.checks.tlc.referee import NotRunError, find_referee, read
from tests.processor_time import of_children

__all__ = ["HERE", "Measured", "NotRun", "differ", "measured", "ours", "plain_loop", "spin", "tlc"]

HERE = Path(__file__).parent
SAID = 4000
"""Characters of what a program said last that an error shows: SPIN's verdict stands above its statistics."""

Size = tuple[int, int]
"""Workers and tasks."""


@dataclass(frozen=True)
class Measured:
    """One exploration by one program."""

    seconds: float
    states: int
    transitions: int
    processor: float = 0.0
    """Seconds of processor time."""


@dataclass(frozen=True)
class NotRun:
    """Why a program was not run. That is no result."""

    why: str

    def __str__(self) -> str:
        return f"not run: {self.why}"


def differ(found: Sequence[Measured]) -> bool:
    """Whether not all have explored the same graph."""
    return len({(one.states, one.transitions) for one in found}) > 1


def measured(command: Sequence[str], read: Callable[[str], tuple[int, int]], folder: Path | None = None) -> Measured:
    """Run the command; what it says of states and transitions."""
    begun, used = perf_counter(), of_children()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    seconds, processor = perf_counter() - begun, of_children() - used
    return Measured(seconds, *read(done.stdout), processor)


def _two_numbers(text: str) -> tuple[int, int]:
    states, transitions = map(int, text.split())
    return states, transitions


def _python(program: str) -> Measured:
    return measured([sys.executable, "-c", program], _two_numbers)


def ours(size: Size, *, symmetry: bool = False, without: Sequence[str] = ()) -> Measured:
    """Our checker as it is used, or ``without`` what begins at one of these numbers of states: PAYS, LARGE."""
    program = (
        "from checkedpool_model.checker import explore as e; from tests.bench_model.pool import system;"
        f"{''.join(f' e.{begins} = 10**9;' for begins in without)}"
        f" found = e.explore(system(*{size}, symmetry={symmetry}));"
        " assert found.verdict is e.Verdict.HOLDS; print(found.states, found.transitions)"
    )
    return _python(program)


def plain_loop(size: Size) -> Measured:
    """The loop of ``naive``."""
    return _python(f"from tests.bench_model.naive import count; print(*count(*{size}))")


# --- TLC --------------------------------------------------------------------------------------------------------------

CONFIGURATION = """\
SPECIFICATION Spec
INVARIANTS {invariants}
CONSTANTS
  Tasks = {{{tasks}}}
  Workers = {{{workers}}}
  Idle = Idle  Exited = Exited  Dead = Dead  None = None  NotYet = NotYet  NoWait = NoWait  Wait = Wait
"""
INVARIANTS = "WorkersRunTheirOwn WhatIsRunHasBegun QueueIsBounded TheEndLeavesNothingOpen AWaitReturnsAfterTheEnd"
JVM = ("-Xmx2g", "-XX:+UseParallelGC")


def tlc(size: Size, *, symmetry: bool, folder: Path) -> Measured | NotRun:
    """TLC with one worker. Deadlock is not asked, which some of its ends would be; that is in TLC's favour."""
    try:
        referee = find_referee()
    except NotRunError as missing:
        return NotRun(str(missing))
    workers, tasks = (
        ", ".join(f"{letter}{at}" for at in range(count)) for letter, count in zip("wt", size, strict=True)
    )
    configuration = CONFIGURATION.format(tasks=tasks, workers=workers, invariants=INVARIANTS)
    (folder / "Pool.tla").write_text((HERE / "Pool.tla").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "Pool.cfg").write_text(configuration + ("SYMMETRY Symmetry\n" if symmetry else ""), encoding="utf-8")
    return measured(referee.command(folder, "Pool", JVM), _said_by_tlc, folder)


def _said_by_tlc(output: str) -> tuple[int, int]:
    found = read(output)
    if found.states is None or found.transitions is None:
        raise ValueError(f"TLC has not ended well: {output[-SAID:]}")
    return found.states, found.transitions


# --- SPIN -------------------------------------------------------------------------------------------------------------

BUILT = "spin -DWORKERS={0} -DTASKS={1} -a Pool.pml && cc -O2 -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -E -m1000000"
"""No reduction by partial order, which leaves out states; no question about deadlock (-E), as of TLC."""


def spin(size: Size, folder: Path) -> Measured | NotRun:
    """SPIN, its compiler included: it writes a program in C for each model."""
    if missing := [program for program in ("spin", "cc") if shutil.which(program) is None]:
        return NotRun(f"no {missing[0]} here (Debian: apt-get install spin gcc)")
    (folder / "Pool.pml").write_text((HERE / "Pool.pml").read_text(encoding="utf-8"), encoding="utf-8")
    return measured(["sh", "-c", BUILT.format(*size)], said_by_spin, folder)


def said_by_spin(output: str) -> tuple[int, int]:
    """States and transitions; the step into the first state, which SPIN counts, is none."""
    found = re.search(r"errors: 0\n\s*(\d+) states, stored\n.*\n\s*(\d+) transitions", output)
    if found is None or "search depth too small" in output:
        raise ValueError(f"SPIN has not ended well: {output[-SAID:]}")
    return int(found[1]), int(found[2]) - 1
