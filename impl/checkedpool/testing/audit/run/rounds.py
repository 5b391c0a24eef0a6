"""An audit: many scenarios, each in a process of its own, and what became of each.

Decides: what is run beside what, what counts as a hang, and the verdict of one round: it reads the history that the
round has left and has it checked anew, whatever the round's own process thought.  Must not know: how anything is shown.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from checkedpool.testing.adapters import KNOWN
from checkedpool.testing.audit.judge.check import Checker, Difference, TooManyError
from checkedpool.testing.audit.judge.events import Event, Kind, parse
from checkedpool.testing.audit.run import process_group
from checkedpool.testing.audit.run.child import (
    FAILED,
    LACKS,
    LEFT,
    NOT_OFFERED,
    STACKS,
    UNMADE,
    WHY,
    NoExecutorError,
    Order,
)
from checkedpool.testing.audit.run.scenario import Scenario
from checkedpool_spec.vocabulary import DeathPolicy

__all__ = ["Finding", "Options", "Round", "Rounds", "Say", "Verdict", "judged", "run"]

START = "from checkedpool.testing.audit.run.child import main; main()"
GRACE = 20.0
"""Seconds beyond its own after which a child is given up."""
HANGS = 1
"""How faulthandler ends a process."""

Say = Callable[["Round", int], object]
"""What is told of each round when it is over, and how many are."""


class Verdict(Enum):
    """What became of a round, or of all."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NOT_OFFERED = "not offered"
    """It would call what the executor does not have."""
    NOT_FINISHED = "not finished"


@dataclass(frozen=True, slots=True)
class Options:
    """How an executor is audited."""

    target: str
    """MODULE:CLASS, or a short name of ``checkedpool.testing.adapters``."""
    limit: float = 5.0
    """Seconds that are waited for what the contract says must come."""
    method: str | None = None
    policy: DeathPolicy | None = None
    """What a death costs; None: what the short name says, or that it breaks the pool."""
    parallel: int = 2
    seconds: float = 600.0
    """After so many no further round is begun."""
    allowed: tuple[str, ...] = ()
    """Clauses that it breaks on purpose."""

    @property
    def judged_by(self) -> DeathPolicy:
        """The policy by which it is judged."""
        return self.policy or (KNOWN[self.target].policy if self.target in KNOWN else DeathPolicy.BREAK)


@dataclass(frozen=True, slots=True)
class Round:
    """One scenario and what became of it."""

    scenario: Scenario
    verdict: Verdict
    events: tuple[Event, ...] = ()
    differences: tuple[Difference, ...] = ()
    """One for each clause that is the first to be broken, as they came."""
    note: str = ""
    """Stacks, or what the process wrote last."""
    excused: tuple[Difference, ...] = ()
    """Those that are allowed."""
    left: tuple[str, ...] = ()
    """The processes that it left in sessions of their own, and that were ended."""

    @property
    def difference(self) -> Difference | None:
        """The first one."""
        return self.differences[0] if self.differences else None


class Finding(NamedTuple):
    """One difference, and the round that shows it."""

    round: Round
    difference: Difference

    @property
    def events(self) -> tuple[Event, ...]:
        """The history up to the difference."""
        return self.round.events[: self.difference.number + 1]


@dataclass(slots=True)
class Rounds:
    """All rounds."""

    options: Options
    rounds: list[Round] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def verdict(self) -> Verdict:
        """A difference that was found stands, however much was not finished."""
        seen = {one.verdict for one in self.rounds}
        if Verdict.DIFFERS in seen:
            return Verdict.DIFFERS
        if Verdict.NOT_FINISHED in seen or Verdict.AGREES not in seen:
            return Verdict.NOT_FINISHED
        return Verdict.AGREES

    def shortest(self) -> dict[str, list[Finding]]:
        """By the clause that is broken first: what shows it, the shortest history first."""
        by_clause: dict[str, list[Finding]] = {}
        for one in self.rounds:
            for difference in one.differences:
                by_clause.setdefault(difference.clauses[0], []).append(Finding(one, difference))
        return {
            clause: sorted(by_clause[clause], key=lambda found: (len(found.events), len(found.round.scenario.steps)))
            for clause in sorted(by_clause)
        }


def run(options: Options, wanted: Sequence[Scenario], say: Say = lambda *_: None) -> Rounds:
    """Run the scenarios; NoExecutorError if there is nothing to run them on, which is tried first."""
    done, begun = Rounds(options), time.monotonic()
    _make_one(options)

    def one(scenario: Scenario) -> Round:
        if time.monotonic() - begun > options.seconds:
            return Round(scenario, Verdict.NOT_FINISHED, note=f"not begun within {options.seconds:g} s")
        return _round(options, scenario)

    with ThreadPoolExecutor(options.parallel) as threads:
        try:
            for result in threads.map(one, wanted):
                done.rounds.append(result)
                say(result, len(done.rounds))
        finally:  # whoever interrupts this waits for those under way, and for no other
            threads.shutdown(wait=False, cancel_futures=True)
    done.seconds = time.monotonic() - begun
    return done


class _Left(NamedTuple):
    """What a child has left behind."""

    status: int | None
    files: dict[str, str]
    """By the end of its name, what each file beside the history says; "" is the history."""

    @property
    def note(self) -> str:
        """What its threads were doing, and what it wrote."""
        texts = (self.files.get(name, "").strip() for name in (STACKS, OUTPUT))
        return "\n".join(filter(None, texts))


OUTPUT = ".output"


def _child(options: Options, scenario: Scenario) -> _Left:
    """Run one scenario in a child."""
    with tempfile.TemporaryDirectory(prefix="audit", ignore_cleanup_errors=True) as directory:
        log, policy = Path(directory) / "history", options.judged_by.value
        order = Order(options.target, str(scenario), str(log), options.limit, options.method, policy, options.allowed)
        command = [sys.executable, "-c", START, json.dumps(asdict(order))]
        status = process_group.run(command, Path(f"{log}{OUTPUT}"), order.longest + GRACE)
        paths = {name: Path(f"{log}{name}") for name in ("", STACKS, OUTPUT, LACKS, WHY, LEFT)}
        return _Left(
            status,
            {name: path.read_text(encoding="utf-8", errors="replace") for name, path in paths.items() if path.exists()},
        )


def _make_one(options: Options) -> None:
    """Have an executor made and nothing more, so that it is known at once, and said once, if there is none."""
    left = _child(options, Scenario(1, ()))
    if left.status == UNMADE:
        raise NoExecutorError(left.files[WHY])
    if left.status in (None, HANGS):
        raise NoExecutorError(f"{options.target} cannot be made: no executor after {options.limit:g} s (--limit)")
    if left.status not in (0, NOT_OFFERED):
        *_, last = left.note.splitlines() or ["without a word"]
        raise NoExecutorError(f"{options.target} cannot be made: its process ended, status {left.status}: {last}")


def _round(options: Options, scenario: Scenario) -> Round:
    """Run one scenario in a child, and judge what it wrote."""
    status, files = left = _child(options, scenario)
    if status == NOT_OFFERED:
        return Round(scenario, Verdict.NOT_OFFERED, note=files[LACKS])
    if status == UNMADE:
        return Round(scenario, Verdict.NOT_FINISHED, note=files[WHY])
    return judged(
        scenario,
        read(files.get("", "")),
        options,
        hangs=status in (None, HANGS),
        failed=status == FAILED,
        note=left.note,
        left=tuple(json.loads(files.get(LEFT, "[]"))),
    )


def read(history: str) -> list[Event]:
    """The whole lines of a history."""
    *lines, _ = history.split("\n")
    return [parse(line) for line in lines]


def judged(  # noqa: PLR0913 - what is known of a round
    scenario: Scenario,
    history: Sequence[Event],
    options: Options,
    *,
    hangs: bool = False,
    failed: bool = False,
    note: str = "",
    left: tuple[str, ...] = (),
) -> Round:
    """The verdict on a history; a round whose process hung was quiet at its end."""
    checker, why = Checker(scenario.workers, options.judged_by, frozenset(options.allowed)), ""
    try:
        for event in [*history, *([Event(Kind.QUIET)] if hangs and history else [])]:
            checker.feed(event)
    except TooManyError as error:
        why = str(error)
    events, differences, excused = tuple(checker.events), tuple(checker.differences), tuple(checker.excused)
    if differences:
        return Round(scenario, Verdict.DIFFERS, events, differences, note, excused, left)
    if why or hangs or failed or not history:
        why = why or note or "its process ended without a word"
        return Round(scenario, Verdict.NOT_FINISHED, events, (), why, excused, left)
    return Round(scenario, Verdict.AGREES, events, (), "", excused, left)
