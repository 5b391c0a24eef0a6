"""Decides: how the suite's result is said, to people and as JSON. Must not know: how it was found."""

import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from .deviations import Deviation
from .verdict import Judged, Verdict

SHOWN = dict.fromkeys(Verdict, "!!") | {
    Verdict.OK: "ok",
    Verdict.DEVIATES: "dev",
    Verdict.SKIPPED: "skip",
}


@dataclass(frozen=True)
class Result:
    """Everything about one run of the suite."""

    interpreter: str
    python: str
    executor: str
    judged: list[Judged]
    unmatched: list[Deviation]
    unknown: list[str]
    filtered: bool
    finished: bool
    seconds: float

    @property
    def bad(self) -> list[Judged]:
        return [one for one in self.judged if not one.verdict.good]

    @property
    def good(self) -> bool:
        return self.finished and bool(self.judged) and not (self.bad or self.unmatched or self.unknown)


def say(text: str, stream: TextIO | None = None) -> None:
    """Write a line at once: a run takes minutes, and its output may go through a pipe."""
    stream = stream or sys.stdout
    stream.write(f"{text}\n")
    stream.flush()


def line(judged: Judged) -> str:
    """One test, one line."""
    run, verdict = judged.run, judged.verdict
    why = "" if verdict is Verdict.OK else f"  {verdict.value}: {judged.why.splitlines()[0] if judged.why else ''}"
    return f"{SHOWN[verdict]:>4} {run.seconds:6.1f}s  {run.test}{why}"


def details(judged: Judged) -> str:
    """The whole story of a test that is bad."""
    text = "\n".join("    " + row for row in judged.run.detail.strip().splitlines())
    return f"\n{judged.run.test}: {judged.verdict.value} ({judged.why})\n{text}"


def summary(result: Result) -> str:
    """The last lines: counts, and what is wrong with the list itself."""
    counts = Counter(one.verdict for one in result.judged)
    idle = sum(one.verdict is Verdict.OK and not one.run.trail.work for one in result.judged)
    built = sum(one.run.trail.ours for one in result.judged)
    lines = [
        "",
        f"CPython {result.python} ({result.interpreter}), its tests of the process pool against {result.executor}",
        ", ".join(f"{count} {verdict.value}" for verdict in Verdict if (count := counts[verdict])) or "no test ran",
        f"the executor was built {built} times; {idle} tests that passed build it without giving it work",
    ]
    lines += [f"bad: the list names `{row.pattern}`, and there is no such test" for row in result.unmatched]
    lines += [f"bad: is {name} a test of the process pool? add it to inside/" for name in result.unknown]
    if result.filtered:
        lines.append("only the tests chosen with -k")
    if not result.finished:
        lines.append("NOT FINISHED")
    lines.append(f"{'passed' if result.good else 'FAILED'} in {result.seconds:.0f} s")
    return "\n".join(lines)


def write_json(result: Result, path: Path) -> None:
    """The same for programs."""
    data: dict[str, Any] = asdict(result)
    data["good"] = result.good
    text = json.dumps(data, indent=1)
    if str(path) == "-":
        say(text)
    else:
        path.write_text(text + "\n", encoding="utf-8")
