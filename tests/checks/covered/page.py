"""The page: of each file of the executor how many lines exploration executes, how many tests alone, how many nobody.

Decides: how it reads. Must not know: how lines are noted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import NamedTuple

from tests.checks.covered.explored import SAYS
from tests.checks.covered.lines import FILES, lines_of

__all__ = ["PAGE", "Row", "page", "rows"]

PAGE = "docs/generated/covered.md"
Lines = Mapping[str, frozenset[int]]

HEAD = """\
# Which lines exploration executes

Made by `python -m tests.checks.covered` ({python}, {date}). A test compares its files, not its numbers.

- Of {lines} lines of the executor's functions **exploration executes {explored}** ({share} of 100), tests alone
  {tested}, nobody {never}.
- Of the plain pool (`_core`, `_os`, `_payload`, `_pool`, `_worker`) these are {plain}.
- Of the fast rooms (`_fast`) these are {fast}.

*Exploration* is a share: {says}. It calls machines and tables on the simulated system, and the real client calls, rooms
and loops at every interleaving. *Tests alone* is what these execute besides: {tests}. Workers count if they are forked.
Only lines of functions count: the others are executed when a file is imported.

| file | lines | explored | tests alone | never |
| --- | ---: | ---: | ---: | ---: |
"""


class Row(NamedTuple):
    """Of a file, or of several."""

    name: str
    lines: int
    explored: int
    tested: int
    never: int


def rows(explored: Lines, tested: Lines) -> Iterator[Row]:
    """One for each file."""
    for file in FILES:
        lines, first, then = lines_of(file), explored[file], tested[file]
        yield Row(file, len(lines), len(first), len(then - first), len(lines - first - then))


def _sum(name: str, some: Iterable[Row]) -> Row:
    numbers = [row[1:] for row in some]
    return Row(name, *(sum(column) for column in zip(*numbers, strict=True)))


def page(made: Iterable[Row], tests: str, python: str, date: str) -> str:
    """All of it."""
    every = list(made)
    whole = _sum("all", every)
    plain = _sum(
        "", (row for row in every if row.name.startswith(("_core/", "_os/", "_payload/", "_pool/", "_worker/")))
    )
    fast = _sum("", (row for row in every if row.name.startswith("_fast/")))
    head = HEAD.format(
        **whole._asdict() | {"lines": f"{whole.lines:,}"}, share=round(100 * whole.explored / whole.lines), says=SAYS,
        tests=tests, python=python, date=date, plain=_told(plain), fast=_told(fast),
    )  # fmt: skip
    return head + "\n".join(_table(every, whole)) + "\n"


def _told(row: Row) -> str:
    return f"{row.explored} of {row.lines:,}, {row.tested} and {row.never}"


def _table(every: list[Row], whole: Row) -> Iterator[str]:
    for folder, some in groupby(every, lambda row: row.name.rpartition("/")[0]):
        own = list(some)
        yield from map(_line, own)
        if folder:
            yield _line(_sum(f"**{folder}**", own))
    yield _line(whole._replace(name="**all**"))


def _line(row: Row) -> str:
    return f"| {row.name} | {row.lines} | {row.explored} | {row.tested} | {row.never} |"
