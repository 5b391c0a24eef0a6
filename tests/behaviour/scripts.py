"""Programs of their own, for what happens to a whole interpreter: its exit, its death, its signals.

Decides: how such a program is started, watched and cleaned up. Each is the leader of a session of its own: by the
session's number all its descendants are found, whoever their parent is by then.
Must not know: any single behaviour.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests import leaks
from tests.behaviour.gates import eventually
from tests.behaviour.kinds import LIMIT, Kind

ROOT = Path(__file__).resolve().parent.parent.parent

PRELUDE = """\
import sys
from tests import leaks
from tests.behaviour import tasks
from tests.behaviour.gates import Door, Journal
from tests.behaviour.kinds import LIMIT, Kind
make = Kind.parse(sys.argv[1]).make
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended, and what it wrote."""

    code: int
    out: str
    err: str


class Script:
    """One program. Its source sees `make` (an executor of the kind), `tasks`, and its arguments from `sys.argv[2]`."""

    def __init__(self, directory: Path, kind: Kind, source: str) -> None:
        number = len(list(directory.glob("program*.py")))
        self._source = directory / f"program{number}.py"
        self._source.write_text(PRELUDE + textwrap.dedent(source))
        self._out = self._source.with_suffix(".out")
        self._err = self._source.with_suffix(".err")
        self._kind = kind
        self._temporary = ""
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: object, options: tuple[str, ...] = ()) -> int:
        """Start it; its pid."""
        self._temporary = tempfile.mkdtemp()  # what a killed program's fork server leaves there is not the pool's
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        # Files, not pipes: the end of a pipe would be seen only when the last worker is gone.
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(
                [sys.executable, *options, str(self._source), str(self._kind), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env={**os.environ, "PYTHONPATH": path, "TMPDIR": self._temporary},
                start_new_session=True,
            )
        return self._process.pid

    def wait(self, limit: float = LIMIT) -> Ended:
        """Wait for its end; fail when it hangs, or when anything that it started outlives it."""
        process = self._process
        if process is None:
            raise AssertionError("start it first")
        trouble = ""
        try:
            process.wait(limit)
            eventually(lambda: not self._remaining(process.pid), "everything the program started has ended", limit)
        except subprocess.TimeoutExpired:
            trouble = f"the program did not end within {limit} seconds"
        except AssertionError:
            trouble = "\n  ".join(["the program left behind:", *map(str, self._remaining(process.pid))])
        if trouble:
            self._abort(process.pid)
        self._process = None
        process.wait(LIMIT)
        self._reap(process.pid)
        shutil.rmtree(self._temporary)
        if trouble:
            raise AssertionError(f"{trouble}{self._story()}")
        return Ended(process.returncode, self._out.read_text(), self._err.read_text())

    def abandon(self) -> str:
        """End it, if its test did not come to that; what it has written."""
        process, self._process = self._process, None
        if process is None:
            return ""
        self._abort(process.pid)
        process.wait(LIMIT)
        self._reap(process.pid)
        shutil.rmtree(self._temporary)
        return self._story()

    def run(self, *arguments: object, options: tuple[str, ...] = (), limit: float = LIMIT) -> Ended:
        """Start it and wait for its end."""
        self.start(*arguments, options=options)
        return self.wait(limit)

    def output(self, *arguments: object) -> list[str]:
        """Run it to its normal end; the words it printed."""
        ended = self.run(*arguments)
        assert ended.code == 0, self._story()
        return ended.out.split()

    # -------------------------------------------------------------------------------------------- inside

    def _story(self) -> str:
        return f"\n--- its output\n{self._out.read_text()}\n--- its errors\n{self._err.read_text()}"

    @staticmethod
    def _members(session: int) -> list[leaks.Process]:
        return [process for process in leaks.processes().values() if process.session == session]

    def _remaining(self, session: int) -> list[leaks.Process]:
        return [process for process in self._members(session) if not process.is_zombie]

    def _reap(self, session: int) -> None:
        """Take the exit status of those that became our children when their parent died."""
        eventually(lambda: not self._remaining(session), "all have ended")
        for process in self._members(session):
            with suppress(ChildProcessError):
                os.waitpid(process.pid, 0)

    def _abort(self, session: int) -> None:
        """Make all of them write their stacks, then kill them."""
        for number in (signal.SIGABRT, signal.SIGKILL):
            for process in self._remaining(session):
                with suppress(ProcessLookupError):
                    os.kill(process.pid, number)
            if number == signal.SIGABRT:
                time.sleep(0.5)
