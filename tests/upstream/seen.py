"""Runs the programs and writes down what was seen: docs/upstream/seen.json.

    python -m tests.upstream.seen [--python PYTHON] [--executor MODULE] [--limit SECONDS] [--jobs N] [NAME...]

Decides: what is asked of which interpreter, and under which name it is written down.  Must not know: pages.  What was
seen before with this executor of this version is replaced, and nothing else.  The interpreter that is asked needs
nothing of this project.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from checkedpool.testing.audit.run import process_group
from checkedpool_model.museum.program import Seen, Shows, run
from tests.repo.tree import ROOT
from tests.upstream.bugs import LOKY, STANDARD, Bug, bugs, given

__all__ = ["FILE", "Table", "read", "shown"]

FILE = ROOT / "docs" / "upstream" / "seen.json"
ASK = """
import platform, sys
name = sys.argv[1]
print(platform.python_version())
if name:
    from importlib import metadata
    print(metadata.version(name))
"""

Table = dict[str, dict[str, str]]
"""By the bug's name, and by the executor with its versions: what its program has shown, as ``noted``."""


def read() -> Table:
    """What is written down."""
    found: Table = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def label(python: str, executor: str) -> str:
    """The executor that this interpreter has, with its versions."""
    module = "" if executor == STANDARD else executor
    asked = subprocess.run([python, "-c", ASK, module], capture_output=True, text=True, check=True).stdout.split()
    return f"CPython {asked[0]}" if len(asked) == 1 else f"{executor} {asked[1]}, CPython {asked[0]}"


def asked(names: Sequence[str], executor: str) -> list[Bug]:
    """The bugs that this executor is asked for: those of multiprocessing.Pool come with the standard one."""
    own = {STANDARD, "multiprocessing.Pool"} if executor == STANDARD else {executor}
    return [bug for bug in bugs() if own & set(bug.executors) and (not names or bug.name in names)]


def noted(seen: Seen) -> str:
    """What a run has shown, as it is written down; where that is neither, with the error."""
    name = seen.shows.name.lower()
    return f"{name}: {seen.error}" if seen.shows is Shows.UNKNOWN and seen.error else name


def shown(note: str) -> Shows:
    """The same, read back."""
    return Shows[note.partition(":")[0].upper()]


def seen(bug: Bug, python: str, executor: str, limit: float) -> Seen:
    """A run of its program."""
    text = given(bug.text, executor) if executor == LOKY else bug.text
    return run(text, limit, python, process_group.run)


def main() -> None:
    """Ask, and write down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="which bugs; all, if none is named")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--executor", default=STANDARD)
    parser.add_argument("--limit", type=float, default=30.0, help="seconds after which a program counts as hanging")
    parser.add_argument("--jobs", type=int, default=4, help="programs at a time; most of them wait")
    wanted = parser.parse_args()
    name, asking = label(wanted.python, wanted.executor), asked(wanted.names, wanted.executor)
    with ThreadPoolExecutor(wanted.jobs) as threads:
        runs = list(threads.map(lambda bug: seen(bug, wanted.python, wanted.executor, wanted.limit), asking))
    table = read() if FILE.exists() else {}
    for bug, done in zip(asking, runs, strict=True):
        table.setdefault(bug.name, {})[name] = noted(done)
        sys.stdout.write(f"{name}: {bug.name}: {noted(done)}\n")
    FILE.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
