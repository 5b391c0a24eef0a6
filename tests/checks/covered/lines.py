"""Which lines the executor's functions have, and which of them were executed, by any thread or forked process.

Decides: which files and lines count: those of functions, since the rest of a file is executed when it is imported.
Must not know: who executes them.

A line that is executed for the first time in a process is noted in a file that all processes have mapped; it costs
nothing from then on. So a worker that was forked notes its lines, too, whatever it ends by. One that is spawned does
not.
"""

from __future__ import annotations

import mmap
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any

__all__ = ["FILES", "ROOT", "can_watch", "executed", "lines_of", "watched"]

ROOT = Path(__file__).parents[3]
EXECUTOR = ROOT / "impl/checkedpool"
APART = ("testing", "demo", "lesson")
"""Folders that are no part of the executor."""
FILES = tuple(
    str(path.relative_to(EXECUTOR))
    for path in sorted(EXECUTOR.rglob("*.py"))
    if path.relative_to(EXECUTOR).parts[0] not in APART and path.name != "__init__.py"
)
MOST = 2000
"""Lines of a file; a file has fewer."""


def can_watch() -> bool:
    """Python tells of lines without slowing everything down since 3.12."""
    return hasattr(sys, "monitoring")


def lines_of(file: str) -> frozenset[int]:
    """The lines of its functions that can be executed."""
    path = EXECUTOR / file
    return frozenset(_lines(compile(path.read_text(encoding="utf-8"), str(path), "exec"), within=False))


def _lines(code: CodeType, *, within: bool) -> Iterator[int]:
    """``within``: a function, or what is in one; else the body of a module or of a class."""
    within = within or bool(code.co_flags & 0x2)  # CO_NEWLOCALS: a function
    if within:
        yield from (line for _, _, line in code.co_lines() if line is not None and line != code.co_firstlineno)
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _lines(part, within=within)


@contextmanager
def watched(note: Path) -> Iterator[None]:
    """Note what is executed meanwhile, beside what is noted there already."""
    if not note.exists():
        note.write_bytes(bytes(MOST * len(FILES)))
    places = {str(EXECUTOR / file): MOST * number for number, file in enumerate(FILES)}
    monitoring: Any = sys.monitoring  # type: ignore[attr-defined, unused-ignore]
    tool = monitoring.COVERAGE_ID
    with note.open("r+b") as file, mmap.mmap(file.fileno(), 0) as seen:

        def line(code: CodeType, number: int) -> Any:
            place = places.get(code.co_filename)
            if place is not None:
                seen[place + number] = 1
            return monitoring.DISABLE

        monitoring.use_tool_id(tool, "covered")
        monitoring.register_callback(tool, monitoring.events.LINE, line)
        monitoring.set_events(tool, monitoring.events.LINE)
        monitoring.restart_events()  # also of what another one has noted
        try:
            yield
        finally:
            monitoring.set_events(tool, 0)
            monitoring.free_tool_id(tool)


def executed(note: Path) -> dict[str, frozenset[int]]:
    """Of each file the lines of functions that were noted."""
    content = note.read_bytes()
    return {
        file: frozenset(line for line in lines_of(file) if content[MOST * number + line])
        for number, file in enumerate(FILES)
    }
