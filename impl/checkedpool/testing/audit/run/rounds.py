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

from checkedpool.testing.audit.judge.check import Checker, Difference, TooManyError
from checkedpool.testing.audit.judge.events import Event, Kind, parse
from checkedpool.testing.audit.run import process_group
from checkedpool.testing.audit.run.child import NOT_OFFERED, UNDECIDED, Order, found
from checkedpool.testing.audit.run.scenario import Scenario
from checkedpool_spec.vocabulary import DeathPolicy

__all__ = ["Audit", "Options", "Round", "Verdict", "audit", "judged"]

START = "from checkedpool.testing.audit.run.child import main; main()"
GRACE = 45.0
"""Seconds beyond its own limits after which a child is given up."""


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
    limit: float = 5.0
    """Seconds that are waited for what the contract says must come."""
    method: str | None = None
    policy: DeathPolicy = DeathPolicy.BREAK
    parallel: int = 2
    seconds: float = 600.0
    """After so many no further round is begun."""


@dataclass(frozen=True, slots=True)
class Round:
    """One scenario and what became of it."""

    scenario: Scenario
    verdict: Verdict
    events: tuple[Event, ...] = ()
    difference: Difference | None = None
    note: str = ""
    """Stacks, or what the process wrote last."""


@dataclass(slots=True)
class Audit:
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

    def shortest(self) -> dict[str, list[Round]]:
        """By the clause that is broken first: the rounds that show it, the shortest history first."""
        by_clause: dict[str, list[Round]] = {}
        for one in self.rounds:
            if one.difference is not None:
                by_clause.setdefault(one.difference.clauses[0], []).append(one)
        return {
            clause: sorted(by_clause[clause], key=lambda one: (len(one.events), len(one.scenario.steps)))
            for clause in sorted(by_clause)
        }


def audit(options: Options, wanted: Sequence[Scenario], say: Callable[[str], object] = lambda _: None) -> Audit:
    """Run the scenarios; CannotImportError if there is nothing to run them on."""
    found(options.target)
    done, begun = Audit(options), time.monotonic()

    def one(scenario: Scenario) -> Round:
        if time.monotonic() - begun > options.seconds:
            return Round(scenario, Verdict.NOT_FINISHED, note=f"not begun within {options.seconds:g} s")
        return _round(options, scenario)

    with ThreadPoolExecutor(options.parallel) as threads:
        for result in threads.map(one, wanted):
            done.rounds.append(result)
            say(f"{len(done.rounds)} of {len(wanted)}: {result.verdict.value}: {result.scenario}")
    done.seconds = time.monotonic() - begun
    return done


def _round(options: Options, scenario: Scenario) -> Round:
    """Run one scenario in a child, and judge what it wrote."""
    with tempfile.TemporaryDirectory(prefix="audit", ignore_cleanup_errors=True) as directory:
        log = Path(directory) / "history"
        order = Order(options.target, str(scenario), str(log), options.limit, options.method, options.policy.value)
        command = [sys.executable, "-c", START, json.dumps(asdict(order))]
        status = process_group.run(command, Path(directory) / "output", 4 * options.limit + GRACE)
        stacks = Path(f"{log}.stacks")
        texts = [path.read_text(errors="replace") for path in (stacks, Path(directory) / "output") if path.exists()]
        note = "\n".join(text.strip() for text in texts if text.strip())
        if status == NOT_OFFERED:
            return Round(scenario, Verdict.NOT_OFFERED, note=Path(f"{log}.lacks").read_text(encoding="utf-8"))
        if status == UNDECIDED:
            return Round(scenario, Verdict.NOT_FINISHED, note="too many possibilities to carry along")
        history = read(log) if log.exists() else []
        hangs = status is None or status == 1
        return judged(scenario, history, options.policy, hangs=hangs, failed=status not in (0, None, 1), note=note)


def read(log: Path) -> list[Event]:
    """The whole lines of a history."""
    *lines, _ = log.read_text(encoding="utf-8").split("\n")
    return [parse(line) for line in lines]


def judged(  # noqa: PLR0913 - what is known of a round
    scenario: Scenario,
    history: Sequence[Event],
    policy: DeathPolicy = DeathPolicy.BREAK,
    *,
    hangs: bool = False,
    failed: bool = False,
    note: str = "",
) -> Round:
    """The verdict on a history; a round whose process hung was quiet at its end."""
    checker = Checker(scenario.workers, policy)
    try:
        for event in [*history, *([Event(Kind.QUIET)] if hangs and history else [])]:
            checker.feed(event)
    except TooManyError as error:
        return Round(scenario, Verdict.NOT_FINISHED, tuple(checker.events), note=str(error))
    events = tuple(checker.events)
    if checker.difference is not None:
        events = events[: checker.difference.number + 1]
        return Round(scenario, Verdict.DIFFERS, events, checker.difference, note)
    if hangs or failed or not history:
        return Round(scenario, Verdict.NOT_FINISHED, events, note=note or "its process ended without a word")
    return Round(scenario, Verdict.AGREES, events)
