"""`python -m tests.repo.platforms`: the pool, type-checked as Windows and macOS would see it.

Decides: which names of the standard library the pool uses that one of these systems has not, and whether each stands
behind a guard that ``foreign_names.toml`` names. Must not know: what the guard does; who adds a name there has read it.

The pool cannot be run on these systems here. mypy knows by system which names the library has: what it misses is a name
that would be an AttributeError there, or one that is never come to.
"""

from __future__ import annotations

import re
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from subprocess import run
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ROOT = Path(__file__).parents[2]
POOL = Path("impl/checkedpool")
ELSEWHERE = POOL / "testing"
"""The simulated system, the schedules, the audit: tools, which say themselves where they run."""
LIST = Path(__file__).with_name("foreign_names.toml")
SYSTEMS = "win32", "darwin"
OPTIONS = "--no-warn-unreachable", "--no-error-summary", "--hide-error-context", "--no-color-output"
ERROR = re.compile(r"(?P<file>[^:]+):\d+: error: (?P<says>.*)  \[(?P<code>[\w-]+)\]")
MISSING = re.compile(r'(?:has no attribute|Name) "(?P<name>[\w.]+)"')
FOLLOWS = "no-any-return"
"""What mypy finds besides a name that is missing: its value has no type."""


@dataclass(frozen=True, slots=True, order=True)
class Foreign:
    """A name that a system has not, in a file of the pool."""

    system: str
    file: str
    name: str

    def __str__(self) -> str:
        return f"{self.system}: {self.file} uses {self.name}"


def found(system: str, report: str) -> Iterator[Foreign]:
    """What mypy misses; ValueError if it says anything else."""
    for line in report.splitlines():
        error = ERROR.fullmatch(line)
        if error is None or Path(error["file"]).is_relative_to(ELSEWHERE) or error["code"] == FOLLOWS:
            continue
        missing = MISSING.search(error["says"])
        if missing is None:
            msg = f"{system}: {line}"
            raise ValueError(msg)
        yield Foreign(system, Path(error["file"]).relative_to(POOL).as_posix(), missing["name"])


def listed(guards: Iterable[Mapping[str, object]]) -> Iterator[Foreign]:
    """What stands behind the guards; ValueError if one has no reason."""
    for guard in guards:
        match guard:
            case {"file": str(file), "systems": [*systems], "names": [*names], "because": str(because)} if because:
                for system in systems:
                    yield from (Foreign(str(system), file, str(name)) for name in names)
            case _:
                msg = f"a guard has a file, systems, names, and says because of what they are never come to: {guard}"
                raise ValueError(msg)


def complaints(missed: set[Foreign], guarded: set[Foreign]) -> list[str]:
    """What is wrong with the list, or with the pool."""
    return [
        *(f"{one}, which is not there: guard it, and say so in {LIST.name}" for one in sorted(missed - guarded)),
        *(f"{one}: nothing misses it any more, so {LIST.name} is stale" for one in sorted(guarded - missed)),
    ]


def _report(system: str) -> str:
    cache = f".mypy_cache/{system}"
    asked = [sys.executable, "-m", "mypy", "--platform", system, "--cache-dir", cache, *OPTIONS, str(POOL)]
    ended = run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode not in (0, 1):
        sys.exit(f"mypy did not get to its end for {system}:\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def main() -> int:
    """Ask for each system; print what is wrong."""
    with ThreadPoolExecutor(len(SYSTEMS)) as both:
        reports = dict(zip(SYSTEMS, both.map(_report, SYSTEMS), strict=True))
    missed = {one for system, report in reports.items() for one in found(system, report)}
    guarded = set(listed(tomllib.loads(LIST.read_text())["guard"]))
    wrong = complaints(missed, guarded)
    sys.stdout.writelines(f"{line}\n" for line in wrong)
    if not wrong:
        counts = ", ".join(f"{sum(one.system == system for one in missed)} that {system} has not" for system in SYSTEMS)
        sys.stdout.write(f"names behind guards: {counts}\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
