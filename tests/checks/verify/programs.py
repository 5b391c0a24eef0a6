"""The checks that are programs of their own: mypy, import-linter and the demonstration.

Decides: how each is run, how long it may take, how its output becomes rows. Must not know: what the programs look at.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tests.checks.verify.report import Row, Say, Verdict

__all__ = ["demonstration", "layers", "row_of", "rows_of_the_demonstration", "run", "types"]

ROOT = Path(__file__).parents[3]
BESIDE = Path(sys.executable).parent
LIMIT = 600.0  # seconds that one program may take
POOL = "Real pool"
SHOWN = 12  # lines of a failed program's output that the page shows

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Ended:
    """What a program did. No status: it did not end within the limit."""

    status: int | None
    seconds: float
    output: str
    errors: str

    def last_line(self) -> str:
        """The line in which a program sums up."""
        lines = [line.strip() for line in self.output.splitlines() if line.strip()]
        return lines[-1] if lines else "no output"

    def trouble(self) -> tuple[str, ...]:
        """What it said, from its end: enough to see what and where."""
        return tuple(f"{self.output}\n{self.errors}".strip().splitlines()[-SHOWN:])

    def report(self) -> Json | None:
        """What it wrote as JSON; None if that is none, or does not name the status with which it ended."""
        try:
            report = cast("Json", json.loads(self.output))
        except ValueError:
            return None
        return report if report["exit_status"] == self.status else None


def run(command: Sequence[str | Path], limit: float = LIMIT) -> Ended:
    """Run a program to its end or its limit."""
    begun = time.perf_counter()
    try:
        done = subprocess.run(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=limit, check=False,
            process_group=0,  # what a terminal sends on Ctrl-C is our business
        )  # fmt: skip
    except subprocess.TimeoutExpired as late:
        said = [
            part.decode(errors="replace") if isinstance(part, bytes) else part for part in (late.stdout, late.stderr)
        ]
        return Ended(None, time.perf_counter() - begun, said[0] or "", said[1] or "")
    return Ended(done.returncode, time.perf_counter() - begun, done.stdout, done.stderr)


def types(say: Say) -> Iterator[Row]:
    """Mypy, strict, over everything."""
    say("types: mypy")
    yield row_of("types", run([sys.executable, "-m", "mypy"]), "make types")


def layers(say: Say) -> Iterator[Row]:
    """Import-linter: who may import whom."""
    say("layers: import-linter")
    yield row_of("layers", run([BESIDE / "lint-imports"]), "make layers")


def row_of(name: str, ended: Ended, again: str) -> Row:
    """A program that says by its status whether it is content."""
    verdict = _verdict(ended.status)
    return Row(
        section="Code",
        name=name,
        verdict=verdict,
        seconds=ended.seconds,
        seen=ended.last_line().removeprefix("Success: "),
        trouble=() if verdict is Verdict.HOLDS else ended.trouble(),
        again=again,
    )


def _verdict(status: int | None) -> Verdict:
    if status is None:
        return Verdict.NOT_FINISHED
    return Verdict.HOLDS if status == 0 else Verdict.VIOLATED


# --- The demonstration ------------------------------------------------------------------------------------------------


def demonstration(say: Say) -> Iterator[Row]:
    """The real pool, undisturbed and with a worker killed: one row per run."""
    say("the real pool: checkedpool demo")
    yield from rows_of_the_demonstration(run([BESIDE / "checkedpool", "demo", "--json"]))


def rows_of_the_demonstration(ended: Ended) -> Iterator[Row]:
    """Its report as rows; one row that says why if there is none, or if it does not say what the exit status says."""
    report = _report_of(ended)
    if report is None:
        yield Row(
            section=POOL,
            name="demonstration",
            verdict=Verdict.VIOLATED if ended.status else Verdict.NOT_FINISHED,
            seconds=ended.seconds,
            seen="no report",
            trouble=ended.trouble(),
            again="make demo",
        )
        return
    calm = cast("Json", report["calm"])
    seen = f"{report['files']} files, {report['workers']} workers"
    yield _run_of_the_demonstration("undisturbed", calm, cast("float", calm["pool_seconds"]), seen)
    for death in cast("Sequence[Json]", report["deaths"]):
        outcomes = cast("Mapping[str, int]", death["outcomes"])
        seen = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items())
        name = f"a death: {death['policy']}"
        yield _run_of_the_demonstration(name, death, cast("float", death["seconds"]), seen)


def _report_of(ended: Ended) -> Json | None:
    try:
        report = cast("Json", json.loads(ended.output))
    except ValueError:
        return None
    return report if report["held"] is (ended.status == 0) else None


def _run_of_the_demonstration(name: str, part: Json, seconds: float, seen: str) -> Row:
    checks = cast("Sequence[Json]", part["checks"])
    trouble = tuple(f"{check['name']}: {check['seen']}" for check in checks if check["held"] is not True)
    verdict = Verdict.HOLDS if checks and not trouble else Verdict.VIOLATED
    seen = f"{part['start_method']}: {seen}"
    return Row(section=POOL, name=name, verdict=verdict, seconds=seconds, seen=seen, trouble=trouble, again="make demo")
