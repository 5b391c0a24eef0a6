"""The programs of the page on shutdown (``docs/shutdown.md``), and one run of one of them.

Decides: how a program is given another executor, and when it hangs.  Must not know: how anything is shown.
"""

import os
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from checkedpool.testing.audit.run import process_group

__all__ = ["OURS", "STANDARD", "Program", "Seen", "lessons", "programs"]

OURS, STANDARD = "checkedpool", "concurrent.futures"
"""The modules of the two executors."""
IMPORT = "from {} import ProcessPoolExecutor"
ERROR = re.compile(r"[\w.]*(?:Error|Exception|Pool|Interrupt)(?::|$)")
"""The line of a traceback that names the exception."""
SETTING = "setting"
"""What every program begins with."""


@dataclass(frozen=True, slots=True)
class Program:
    """One program of the page."""

    number: int
    title: str
    name: str
    text: str
    prints: tuple[str, ...]
    """By the page, with this project's executor."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run of it came to."""

    printed: tuple[str, ...]
    raised: str = ""
    """The last line of its traceback, if there was one."""
    hung: bool = False

    def lines(self, limit: float) -> list[str]:
        """In words; `limit`: the seconds after which it counted as hanging."""
        ends = [f"hangs: it was ended after {limit:g} s"] if self.hung else []
        return [*self.printed, *([self.raised] if self.raised else []), *ends]


@cache
def _written() -> tuple[str, tuple[Program, ...]]:
    """What all begin with, and all."""
    read = tomllib.loads((resources.files(__package__) / "programs.toml").read_text(encoding="utf-8"))
    return read[SETTING], tuple(
        Program(number, one["title"], one["name"], one["text"], tuple(one["prints"].splitlines()))
        for number, one in enumerate(read["program"], 1)
    )


def programs() -> tuple[Program, ...]:
    """All of the page, in its order."""
    return _written()[1]


def lessons(wanted: tuple[Program, ...], limit: float) -> Iterator[tuple[Program, dict[str, Seen]]]:
    """Each of these programs with both executors at a time."""
    with ThreadPoolExecutor(2) as threads:
        for program in wanted:
            runs = {name: threads.submit(_run, program, name, limit) for name in (OURS, STANDARD)}
            yield program, {name: run.result() for name, run in runs.items()}


def _run(program: Program, executor: str, limit: float) -> Seen:
    """One run, in a folder of its own, with all that it starts."""
    with tempfile.TemporaryDirectory(prefix="lesson", ignore_cleanup_errors=True) as directory:
        folder = Path(directory)
        for name, text in ((SETTING, _written()[0]), (program.name, program.text)):
            given = text.replace(IMPORT.format(OURS), IMPORT.format(executor))
            (folder / f"{name}.py").write_text(given, encoding="utf-8")
        output, errors = folder / "output", folder / "errors"
        command = [sys.executable, str(folder / f"{program.name}.py")]
        found = {**os.environ, "TMPDIR": directory}  # what is ended where it hangs tidies nothing up
        status = process_group.run(command, output, limit, found, errors=errors)
        printed = tuple(output.read_text(encoding="utf-8", errors="replace").splitlines())
        said = errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raised = next((line for line in reversed(said) if ERROR.match(line)), "")
        return Seen(printed, raised, hung=status is None)
