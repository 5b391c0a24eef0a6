"""The page about other executors: each is audited with the same scenarios, and the reports are put side by side.

    python -m tests.audit.page [NAME...] [--reports FOLDER] [--write PAGE]

Decides: which executors, with which scenarios, and what stands on the page.  Must not know: how an audit is made.  A
report that lies in the folder is not made again, so an interrupted run goes on where it was.  What cannot be run, for
want of the package or of that Python, is *not run*.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, cast

from checkedpool_spec.clauses import sentence
from tests.repo.tree import ROOT

__all__ = ["EXECUTORS", "NOT_RUN", "Found", "Report", "page"]

HEAD = """\
# Executors held against the contract

Made by `make audits`; [audit.md](../audit.md) says how. Each executor had the same {rounds} scenarios, with {limit}
seconds for what must come. A number is in how many scenarios that clause was the first that a difference broke. Some
depend on chance. A hang ends its scenario, so a zero says little beside many hangs.

*Replace* is a pool that by its documents replaces a worker that has died; it is judged by that policy.
"""
ROUNDS, SEED, LIMIT, JOBS = 60, 1, 20, 4
"""Most of the time something is waited for: so many at a time, and so long that a slow start is no hang."""
NOT_RUN = "not run"
ASK = """
import platform, sys
from importlib import metadata
name = sys.argv[1]
print(platform.python_version(), metadata.version(name) if name else "")
"""
"""Asked of the interpreter in which an executor lives: its version, and that of the package."""


class Found(TypedDict):
    """One clause of a report."""

    clause: str
    rounds: int
    contract: str
    drawing: list[str]
    again: str


class Report(TypedDict):
    """What ``checkedpool audit --json`` prints."""

    verdict: str
    policy: str
    rounds: dict[str, int]
    not_offered: list[str]
    differences: list[Found]


@dataclass(frozen=True, slots=True)
class Executor:
    """What is audited, and where."""

    target: str
    package: str = ""
    """Its distribution; none if it is a part of Python."""
    environment: str = ""
    """The virtual environment in which it is; the one of this program, if none is named."""
    within: tuple[str, ...] = ()
    """The command that enters the system in which that environment is, if it is another one."""

    @property
    def bin(self) -> Path:
        """Where its interpreter and its command are."""
        return ROOT / self.environment / "bin" if self.environment else Path(sys.executable).parent

    def command(self, program: str, *words: str) -> list[str]:
        """A program of its environment, with these arguments."""
        return [*self.within, str(self.bin / program), *words]

    def name(self) -> str | None:
        """With its versions; None if it is not here."""
        ask = self.command("python", "-c", ASK, self.package)
        try:
            said = subprocess.run(ask, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
        except (OSError, subprocess.CalledProcessError):
            return None
        python, version = f"CPython {said[0]}", said[1:]
        if self.target == "standard":
            return python
        return f"{self.target} {version[0]}, {python}" if version else f"{self.target}, {python}"


NEWEST = (str(ROOT / ".ci" / "pythons"), "run")
EXECUTORS = {
    "3.11": Executor("standard"),
    "3.12": Executor("standard", environment=".venv-3.12"),
    "3.13": Executor("standard", environment=".venv-3.13"),
    "3.14": Executor("standard", environment="/venvs/.venv-3.14", within=NEWEST),
    "3.15": Executor("standard", environment="/venvs/.venv-3.15", within=NEWEST),
    "multiprocessing.Pool": Executor("multiprocessing.Pool"),
    "loky": Executor("loky", "loky"),
    "joblib": Executor("joblib", "joblib"),
    "pebble": Executor("pebble", "Pebble"),
    "mpire": Executor("mpire", "mpire"),
    "deadpool": Executor("deadpool", "deadpool-executor"),
    "checkedpool": Executor("checkedpool", "checkedpool"),
}


def audited(executor: Executor) -> Report | None:
    """Its report; None if there was none to be had."""
    options = ["--rounds", str(ROUNDS), "--seed", str(SEED), "--limit", str(LIMIT), "--jobs", str(JOBS), "--json"]
    done = subprocess.run(
        executor.command("checkedpool", "audit", executor.target, *options),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return cast("Report", json.loads(done.stdout)) if done.stdout else None


def page(reports: dict[str, Report | None]) -> str:
    """The page as Markdown."""
    ran = {name: report for name, report in reports.items() if report is not None}
    parts = [HEAD.format(rounds=ROUNDS, limit=LIMIT), *_table(reports), ""]
    for clause in _clauses(ran):
        parts += [f"## {clause} {sentence(clause)}", "", *_shown(clause, ran), ""]
    return "\n".join(parts)


def _clauses(ran: dict[str, Report]) -> list[str]:
    return sorted({found["clause"] for report in ran.values() for found in report["differences"]})


def _shown(clause: str, ran: dict[str, Report]) -> Iterator[str]:
    """The shortest history of all, and the command that shows it with each executor."""
    found = {name: one for name, report in ran.items() for one in report["differences"] if one["clause"] == clause}
    name, shortest = min(found.items(), key=lambda pair: len(pair[1]["drawing"]))
    yield from (
        f"{name}:",
        "",
        "```",
        *shortest["drawing"],
        "```",
        "",
        f"The contract says: {shortest['contract']}.",
        "",
    )
    program = Path("tests/audit/programs") / f"{clause.lower().replace('-', '_')}.py"
    if (ROOT / program).exists():
        yield from (f"By itself, with the standard executor: [{program.name}](../../{program}).", "")
    yield from ("```console", *dict.fromkeys(f"$ {one['again']}" for one in found.values()), "```")


def _table(reports: dict[str, Report | None]) -> list[str]:
    """A row for each executor: a column for each clause would be as wide as there are clauses, and there are many."""
    ran = {name: report for name, report in reports.items() if report is not None}
    clauses = _clauses(ran)
    rows = [
        ["executor", *clauses, "agree", "differ", "not finished", "not offered"],
        ["---", *["---:"] * (len(clauses) + 3), "---"],
    ]
    for name, report in reports.items():
        if report is None:
            rows.append([name, *[NOT_RUN] * (len(clauses) + 3), ""])
            continue
        counts = {found["clause"]: str(found["rounds"]) for found in report["differences"]}
        numbers = (str(report["rounds"].get(verdict, 0)) for verdict in ("agrees", "differs", "not finished"))
        title = f"{name} (*replace*)" if report["policy"] == "replace" else name
        lacks = ", ".join(f"`{one}`" for one in report["not_offered"])
        rows.append([title, *(counts.get(clause, "·") for clause in clauses), *numbers, lacks])
    return [f"| {' | '.join(row)} |" for row in rows]


def gathered(names: Sequence[str], folder: Path) -> dict[str, Report | None]:
    """The reports of these executors, by their whole names; those that are not there are made."""
    folder.mkdir(parents=True, exist_ok=True)
    reports: dict[str, Report | None] = {}
    for short in names:
        file, name = folder / f"{short}.json", EXECUTORS[short].name()
        if not file.exists() and name is not None:
            sys.stderr.write(f"{name}\n")
            report = audited(EXECUTORS[short])
            if report is not None:
                file.write_text(json.dumps({"name": name, "report": report}), encoding="utf-8")
        if file.exists():
            kept = json.loads(file.read_text(encoding="utf-8"))
            reports[kept["name"]] = kept["report"]
        else:
            reports[name or short] = None
    return reports


def main() -> None:
    """Make what is missing, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*EXECUTORS, []], help="which executors; all, if none is named")
    parser.add_argument("--reports", type=Path, default=ROOT / "build" / "audits", help="where reports lie")
    parser.add_argument("--write", type=Path, help="the page; without it, it is printed")
    wanted = parser.parse_args()
    text = page(gathered(wanted.names or [*EXECUTORS], wanted.reports))
    if wanted.write is None:
        sys.stdout.write(text)
    else:
        wanted.write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
