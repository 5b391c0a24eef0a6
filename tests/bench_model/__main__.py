"""``make bench-model``: the pool explored by our checker, by a plain loop, by TLC and by SPIN, in one run.

Decides: the sizes, the rounds and the table. Must not know: how anything is run (``main``). ``--print`` shows the text
to which the pool's table is compiled; with a scope's name the text of its first graph.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from checkedpool_model.checker.compile import inlined
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.verify.address import system_at
from tests.bench_model.main import Measured, NotRun, Size, differ, ours, plain_loop, spin, tlc
from tests.bench_model.pool import system

Program = Callable[[], Measured | NotRun]


def programs(size: Size, folder: Path) -> tuple[dict[str, Program], dict[str, Program]]:
    """What explores every state, and what explores those that stand for others."""
    whole: dict[str, Program] = {
        "TLC, one worker": partial(tlc, size, symmetry=False, folder=folder),
        "SPIN": partial(spin, size, folder),
        "a plain loop": partial(plain_loop, size),
        "ours, functions called": partial(ours, size, without=("PAYS", "LARGE")),
        "ours, compiled": partial(ours, size, without=("LARGE",)),
        "ours": partial(ours, size),
    }
    merged: dict[str, Program] = {
        "TLC, one worker, symmetry": partial(tlc, size, symmetry=True, folder=folder),
        "ours, symmetry": partial(ours, size, symmetry=True),
    }
    return whole, merged


def shortest(programs: dict[str, Program], rounds: int) -> dict[str, Measured | NotRun]:
    """Each once a round, one after the other; of each the shortest."""
    found: dict[str, Measured | NotRun] = {}
    for _ in range(rounds):
        for name, program in programs.items():
            one, before = program(), found.get(name)
            if not (isinstance(one, Measured) and isinstance(before, Measured) and before.seconds <= one.seconds):
                found[name] = one
    return found


def shown(size: Size, rounds: int, console: Console) -> bool:
    """The table of one size. False: not all have explored the same graph, and nothing is compared."""
    with TemporaryDirectory() as folder:
        whole, merged = (shortest(some, rounds) for some in programs(size, Path(folder)))
    for some in (whole, merged):
        if differ([one for one in some.values() if isinstance(one, Measured)]):
            console.print(f"the counts differ: {some}")
            return False
    base = next(iter(whole.values()))
    table = Table("", "states", "transitions", "s", "s of processor", "times TLC", box=None, header_style="dim")
    for name, one in {**whole, **merged}.items():
        if isinstance(one, NotRun):
            table.add_row(name, str(one))
            continue
        times = f"{base.seconds / one.seconds:.1f}" if isinstance(base, Measured) else "–"
        table.add_row(
            name, f"{one.states:,}", f"{one.transitions:,}", f"{one.seconds:.1f}", f"{one.processor:.1f}", times
        )
    console.print(f"[bold]{size[0]} workers, {size[1]} tasks[/], rounds: {rounds}", table, sep="\n")
    return True


def main() -> int:
    """The command. Its status is 1 if counts differ."""
    asked = ArgumentParser(prog="make bench-model", description=__doc__)
    asked.add_argument("--size", action="append", help="workers and tasks, 3x4; as often as wanted (2x3, 2x4, 3x4)")
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--print", dest="text", nargs="?", const="", help="show the compiled table, of a scope")
    given = asked.parse_args()
    if given.text is not None:
        print(inlined(system_at(given.text, 0, ACTIONS))[1] if given.text else inlined(system(2, 2))[1])  # noqa: T201
        return 0
    console = Console(highlight=False)
    sizes = [tuple(map(int, size.split("x"))) for size in given.size or ("2x3", "2x4", "3x4")]
    equal = [shown((workers, tasks), given.rounds, console) for workers, tasks in sizes]
    return int(not all(equal))


if __name__ == "__main__":
    sys.exit(main())
