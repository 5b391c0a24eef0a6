"""Explore the real code, a line for each family: ``python -m tests.checks.conformance [--long] [--all] [WORDS]``.

``--tables`` explores the tables of allowed actions instead (``tables``). ``--write`` writes the counts of what was
explored to ``counts.toml``. ``--tied`` follows by steps of the
proof only (``tied``), which takes half as long again. WORDS choose the families with these in their names. The exit
status is 0 if all hold and, unless they are written, the counts are those of the file; else 1.
"""

# ruff: noqa: T201 - a program that prints

import argparse
import sys

from tests.checks.conformance import counts, tables
from tests.checks.conformance.families import Explored, explore_all
from tests.checks.conformance.gaps import gaps_of
from tests.checks.conformance.scopes import FAMILIES
from tests.checks.size import Size
from tests.checks.verify.model import pool


def main() -> int:
    """Explore, print, write."""
    parser = argparse.ArgumentParser(prog="python -m tests.checks.conformance", description=__doc__)
    parser.add_argument("words", nargs="*", help="explore the families that have these in their names")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--long", dest="size", action="store_const", const=Size.LONG, help="those too that take long")
    size.add_argument("--all", dest="size", action="store_const", const=Size.ALL, help="every family")
    parser.set_defaults(size=Size.QUICK)
    parser.add_argument("--tied", action="store_true", help="follow by steps of the proof only")
    parser.add_argument("--write", action="store_true", help="write the counts to counts.toml")
    parser.add_argument("--tables", action="store_true", help="explore the tables of allowed actions instead")
    asked = parser.parse_args()
    if asked.tables:
        return _tables(asked.size, write=asked.write)
    chosen = [
        family for family in FAMILIES
        if family.size in asked.size.within and all(word in family.name for word in asked.words)
    ]  # fmt: skip
    with pool() as executor:
        explored = explore_all(executor, chosen, lambda _: None, tied=asked.tied)
    for family in explored:
        _show(family)
    if not asked.words:
        print(*gaps_of(what for family in explored for what in family.covered), sep="\n")
    if asked.write:
        _write([family.count for family in explored])
    other = list(counts.differences([family.count for family in explored], counts.read()))
    print(*other, sep="\n", end="\n" * bool(other))
    return int(bool(other) or any(family.wrong for family in explored))


def _show(explored: Explored) -> None:
    count = explored.count
    print(
        f"{count.name:28} {count.graphs:3} graphs {count.states:10,} states {count.edges:10,} edges "
        f"depth {count.depth:3} {explored.seconds:6.1f} s"
    )
    for one in explored.wrong:
        print(f"  {one.name}: {one.verdict.value}", *one.story, sep="\n    ")


def _tables(size: Size, *, write: bool) -> int:
    came = [(table, tables.asked(table.name, size=size)) for table in tables.TABLES]
    problems = [problem for table, one in came for problem in tables.problems_of(table, one)]
    for _, one in came:
        count = one.count
        print(f"{count.name:28} {count.graphs:3} graphs {count.states:10,} states {count.edges:10,} edges")
    print(*problems, sep="\n")
    if write:
        _write([one.count for _, one in came])
    return int(bool(problems))


def _write(made: list[counts.Count]) -> None:
    known = {count.name: count for count in counts.read()} if counts.FILE.exists() else {}
    known.update((count.name, count) for count in made)
    shares = (table.counted_as(size) for table in tables.TABLES for size in (Size.LONG, Size.QUICK))
    order = [*(family.name for family in FAMILIES), *shares]
    counts.FILE.write_text(counts.write(known[name] for name in order if name in known))


if __name__ == "__main__":
    sys.exit(main())
