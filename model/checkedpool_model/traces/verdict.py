"""What a trace comes to: accepted and complete, accepted so far, diverged, or not finished.

Decides: the verdicts and their exit statuses; what is missing of a trace that is not complete; how a divergence is told
and drawn. Must not know: which event is which step.
"""

from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from time import perf_counter

from checkedpool_model.checker.explore import Counterexample, Move
from checkedpool_model.checker.membership import DEFAULT_LIMIT, Found, Outcome, follow
from checkedpool_model.checker.sequence import diagram
from checkedpool_model.checker.show.drawing_text import WIDTH, drawn
from checkedpool_model.checker.system import System
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.properties import terminal
from checkedpool_model.protocol.state import Manager, State, Step
from checkedpool_model.traces.making import made
from checkedpool_model.traces.reading import DivergedError, Facts, facts_of
from checkedpool_model.traces.record import Record
from checkedpool_spec.trace import E
from checkedpool_spec.trace_files import BadTraceError, Files, read

__all__ = ["Followed", "Report", "Verdict", "followed", "judge", "judge_files"]

LINE = 100
"""Letters of an error that are told."""
SHOWN = 24
"""Steps that a drawing shows, the last ones."""


class Verdict(Enum):
    """What is said of a trace."""

    COMPLETE = "accepted and complete"
    INCOMPLETE = "accepted so far, incomplete"
    DIVERGED = "diverged"
    NOT_FINISHED = "not finished"
    BAD = "no trace"

    @property
    def exit_status(self) -> int:
        """0 only for what is accepted and complete."""
        return {"COMPLETE": 0, "DIVERGED": 1, "BAD": 2, "NOT_FINISHED": 3, "INCOMPLETE": 4}[self.name]


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict, and why."""

    verdict: Verdict
    path: str
    lines: int = 0
    events: int = 0
    """What is a step of the model, or several."""
    tasks: int = 0
    workers: int = 0
    killed: int = 0
    """Workers that wrote a fault before it was injected and nothing after it."""
    widest: int = 0
    """States kept at a time, at most."""
    looked_at: int = 0
    seconds: float = 0.0
    why: tuple[str, ...] = ()
    drawing: str = field(default="", repr=False)

    def plain(self) -> dict[str, object]:
        """For JSON."""
        names = ("path", "lines", "events", "tasks", "workers", "killed", "widest", "looked_at", "seconds")
        return {
            "verdict": self.verdict.value, "exit_status": self.verdict.exit_status, "why": list(self.why),
            **{name: getattr(self, name) for name in names},
        }  # fmt: skip


def judge(path: Path, *, limit: int = DEFAULT_LIMIT, width: int = WIDTH, draw: bool = True) -> Report:
    """Read a trace and follow it."""
    try:
        return judge_files(str(path), read(path), limit=limit, width=width, draw=draw)
    except BadTraceError as error:
        return Report(Verdict.BAD, str(path), why=(str(error),))


def judge_files(
    name: str, files: Files, *, limit: int = DEFAULT_LIMIT, width: int = WIDTH, draw: bool = True
) -> Report:
    """Follow a trace that was read."""
    begun = perf_counter()
    all_files = (files.parent, *files.workers.values())
    report = Report(
        Verdict.DIVERGED,
        name,
        lines=sum(len(file.lines) + 1 for file in all_files),
        workers=len(files.workers),
        killed=sum(bool(file.lines) and file.lines[-1].e is E.FAULT for file in all_files),
    )
    try:
        run = followed(name, files, limit=limit)
    except DivergedError as error:
        return replace(report, seconds=perf_counter() - begun, why=(str(error),))
    verdict, why, system, record, found = run.verdict, run.why, run.system, run.record, run.found
    drawing = ""
    if draw and found.outcome is not Outcome.FOLLOWED:
        drawing = _drawing(system, found, why[0], width)
    return replace(
        report, verdict=verdict, events=len(record.occurrences), tasks=len(record.numbers.tasks), widest=found.widest,
        looked_at=found.looked_at, seconds=perf_counter() - begun, why=why, drawing=drawing,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Followed:
    """A trace and the run of the protocol that it is, as far as it is one."""

    verdict: Verdict
    why: tuple[str, ...]
    system: System[Bounds, State]
    record: Record
    found: Found[State]


def followed(name: str, files: Files, *, limit: int = DEFAULT_LIMIT) -> Followed:
    """Follow a trace that was read; DivergedError if no pool has written it: it may come from anywhere."""
    try:
        facts = facts_of(files)
        system, record = made(name, facts)
        found = follow(
            system, record.occurrences, limit=limit,
            ends_well=lambda s: not facts.ended or terminal(system.constants, s),
        )  # fmt: skip
        return Followed(*_verdict(facts, system, record, found), system, record, found)
    except BadTraceError:
        raise
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
        text = f"{type(error).__name__}: {error}"[:LINE]
        raise DivergedError(name, f"no pool writes what is in it ({text})") from error


def _verdict(
    facts: Facts, system: System[Bounds, State], record: Record, found: Found[State]
) -> tuple[Verdict, tuple[str, ...]]:
    if found.at is not None:
        one = record.occurrences[found.at]
        if found.outcome is Outcome.NOT_FINISHED:
            return Verdict.NOT_FINISHED, (f"{one.where}: {one.text}: more states than the limit are possible here",)
        return Verdict.DIVERGED, tuple(_why_not(one.where, one.text, found))
    missing = _missing(facts, system, found.states)
    if missing:
        return Verdict.INCOMPLETE, missing
    wrong = _claims_that_fail(system, found.states)
    return (Verdict.DIVERGED, wrong) if wrong else (Verdict.COMPLETE, ())


def _why_not(where: str, text: str, found: Found[State]) -> list[str]:
    lines = [f"{where}: {text}"]
    never = found.never
    if never is None:
        return [*lines, "what has to come before it did not come"]
    if never.step:
        return [*lines, f"{never.step} was not possible: {', '.join(never.false)} did not hold"]
    return [*lines, *never.false]


def _missing(facts: Facts, system: System[Bounds, State], states: tuple[State, ...]) -> tuple[str, ...]:
    """What there would be more if the run had ended and all were settled."""
    missing = [f"call {call.line.number('call')}, {call.does}, has not returned ({call.line.where})"
               for call in facts.calls if call.returned is None]  # fmt: skip
    if not facts.rounds:
        started = any(call.post is not None for call in facts.calls)
        ended = bool(facts.calls) and not started and not missing
        return () if ended else (*missing, "the manager has not begun")
    if not facts.ended:
        missing.append("the manager has not ended")
    if facts.files.parent.torn:
        missing.append(f"{facts.files.parent.name}: its last line is torn")
    if not missing and not any(system.terminal(system.constants, s) for s in states):
        missing += _unsettled(states[0])
    return tuple(missing)


def _unsettled(s: State) -> list[str]:
    open_ = [f"client {c} is {client.step.name}" for c, client in enumerate(s.clients) if client.step != Step.FINISHED]
    return open_ or [f"the manager is {Manager(s.manager).name}"]


def _claims_that_fail(system: System[Bounds, State], states: tuple[State, ...]) -> tuple[str, ...]:
    """The model's claims about every state, asked of where the run has led."""
    k = system.constants
    ends = [s for s in states if system.terminal(k, s)]
    failing = [[claim.name for claim in system.always if not claim.holds(k, s)] for s in ends]
    if not failing or any(not names for names in failing):
        return ()
    return tuple(f"the claim {name} fails at the end" for name in failing[0])


def _drawing(system: System[Bounds, State], found: Found[State], claim: str, width: int) -> str:
    """The last steps of a run that leads to the divergence."""
    state = system.initial
    states = [state]
    table = {action.name: action for action in system.actions}
    for move in found.moves:
        state = table[move.action].effect(system.constants, state, move.index)
        states.append(state)
    moves: tuple[Move, ...] = found.moves[-SHOWN:]
    shown = Counterexample(f"what the trace says next ({claim})", moves, tuple(states[-len(moves) - 1 :]))
    return drawn(diagram(system, shown), width=width)
