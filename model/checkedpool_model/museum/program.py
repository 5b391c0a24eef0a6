"""An exhibit's program: it shows the bug in the real executor, by itself.

Decides: which exhibits have one, when a run of it shows the bug, that what hangs is ended. Must not know: any exhibit;
how anything is shown.

A program is what anybody would send to those who wrote the executor: a file of at most 30 lines that imports nothing
of this project. Its docstring says what one sees. What ends a process with all that it has started belongs to the
implementation, which the model may not know: so it is found by an entry point.
"""

import os
import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from importlib import resources
from importlib.metadata import entry_points
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import NamedTuple, Protocol

__all__ = ["GROUP", "Ending", "NoProgramError", "Seen", "Shows", "has_program", "judged", "program_of", "run", "said"]

GROUP = "checkedpool.watchdogs"
LONGEST = 30
"""Lines of a program."""
_SAYS = re.compile(r"It (?:hangs|ends with '([^']+)') where the bug is, and (?:ends )?with '([^']+)' elsewhere\.")


class Watchdog(Protocol):
    """What runs a command and then ends all that it has left; None if the command did not end in time."""

    def __call__(
        self, command: list[str], output: Path, limit: float, environment: Mapping[str, str], errors: Path
    ) -> int | None:
        """Run it, its output and its errors in files."""


class NoProgramError(LookupError):
    """There is no such program, or nothing that could run it."""


class Ending(NamedTuple):
    """What a program says of itself: how its last line ends."""

    with_bug: str
    """"" means that it hangs."""
    without: str


class Shows(Enum):
    """What a run of it has shown."""

    BUG = "the bug shows"
    HANG = "the bug shows: it hangs"
    NONE = "the bug does not show"
    UNKNOWN = "it ended in another way"


@dataclass(frozen=True, slots=True)
class Seen:
    """A run of it."""

    shows: Shows
    printed: tuple[str, ...]
    error: str = ""
    """The last line of its errors, if there were any."""


def has_program(name: str) -> bool:
    """Whether the exhibit of this name has one."""
    return _file(name).is_file()


def program_of(name: str) -> str:
    """The text of the program of the exhibit of this name."""
    if not has_program(name):
        raise NoProgramError(f"no program shows {name!r} in an executor that could be installed")
    return _file(name).read_text(encoding="utf-8")


def _file(name: str) -> Traversable:
    return resources.files(__package__) / "programs" / f"{name.replace('-', '_')}.py"


def said(text: str) -> Ending:
    """What its docstring says; ValueError if it says nothing of the kind."""
    found = _SAYS.search(" ".join(text.split()))
    if found is None:
        raise ValueError("a program's docstring says: It hangs|ends with '…' where the bug is, and with '…' elsewhere.")
    return Ending(found[1] or "", found[2])


def judged(ending: Ending, printed: tuple[str, ...], *, hung: bool) -> Shows:
    """What a run shows that has printed this."""
    (last,) = printed[-1:] or ("",)
    if ending.with_bug and last.endswith(ending.with_bug):
        return Shows.BUG
    if last.endswith(ending.without):
        return Shows.UNKNOWN if hung else Shows.NONE
    return Shows.HANG if hung and not ending.with_bug else Shows.UNKNOWN


def run(text: str, limit: float, python: str = sys.executable, watchdog: Watchdog | None = None) -> Seen:
    """Run it in a folder of its own; what has not ended after so many seconds hangs, and is ended."""
    watched = watchdog or _watchdog()
    with tempfile.TemporaryDirectory(prefix="museum", ignore_cleanup_errors=True) as directory:
        file, output, errors = (Path(directory, name) for name in ("program.py", "output", "errors"))
        file.write_text(text, encoding="utf-8")
        found = {**os.environ, "TMPDIR": directory}  # what is ended where it hangs tidies nothing up
        status = watched([python, "-u", str(file)], output, limit, found, errors)
        printed, wrong = (path.read_text(encoding="utf-8", errors="replace").splitlines() for path in (output, errors))
    (error,) = wrong[-1:] or ("",)
    return Seen(judged(said(text), tuple(printed), hung=status is None), tuple(printed), error)


def _watchdog() -> Watchdog:
    for entry in entry_points(group=GROUP, name="default"):
        found: Watchdog = entry.load()
        return found
    raise NoProgramError(f"nothing is installed that ends what hangs: the entry point {GROUP} names nobody")
