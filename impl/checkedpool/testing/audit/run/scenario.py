"""A scenario: what is done to one executor, as a line of text that can be read, kept and run again.

Decides: which steps there are and how a line is read.  Must not know: how a step is carried out (``driver``), which
scenarios are worth it (``generate``).

    2: submit held; submit quick; settle; cancel 1; drain wait &; open 0

The number is max_workers.  Tasks are numbered from 0 in the order of the submits.  `&` goes on without waiting for the
call; `settle` waits until all has happened that the contract says must.
"""

from dataclasses import dataclass
from enum import StrEnum

from checkedpool.testing.audit.judge.events import Work
from checkedpool_spec.vocabulary import ShutdownLevel

__all__ = ["LEVELS", "Do", "Scenario", "Step"]


class Do(StrEnum):
    """The steps."""

    SUBMIT = "submit"
    CANCEL = "cancel"
    LOOK = "look"
    """Ask running() and done()."""
    OPEN = "open"
    STRIKE = "strike"
    """Kill the worker that is inside a held task."""
    SIGNAL = "signal"
    """Send SIGINT to the worker that has run a task, and is inside none now."""
    DRAIN = "drain"
    CANCEL_ALL = "cancel-all"
    TERMINATE = "terminate"
    KILL = "kill"
    SETTLE = "settle"


LEVELS = {
    Do.DRAIN: ShutdownLevel.DRAIN,
    Do.CANCEL_ALL: ShutdownLevel.CANCEL,
    Do.TERMINATE: ShutdownLevel.TERMINATE,
    Do.KILL: ShutdownLevel.KILL,
}
NEEDS = {
    Do.CANCEL_ALL: "shutdown(cancel_futures)",
    Do.TERMINATE: "terminate_workers",
    Do.KILL: "kill_workers",
    Do.CANCEL: "Future.cancel",
    Do.LOOK: "Future.running",
}
"""What a step calls that not every executor has."""
ON_A_TASK = {Do.CANCEL, Do.LOOK, Do.OPEN, Do.STRIKE, Do.SIGNAL}
MAY_WAIT = {Do.DRAIN, Do.CANCEL_ALL}
FROM = "from"
"""Before a task: the request is made in its done-callback."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is done."""

    do: Do
    work: Work | None = None
    task: int = -1
    wait: bool = False
    beside: bool = False

    def __str__(self) -> str:
        words: list[str] = [self.do]
        words += [self.work] if self.work else []
        words += [str(self.task)] if self.do in ON_A_TASK else []
        words += ["wait"] if self.wait else []
        words += [FROM, str(self.task)] if self.is_from_callback else []
        words += ["&"] if self.beside else []
        return " ".join(words)

    @property
    def is_from_callback(self) -> bool:
        """Whether the request is made in the done-callback of a task."""
        return self.do in LEVELS and self.task >= 0

    @classmethod
    def parse(cls, text: str) -> "Step":
        """The step that the words say; ValueError if they say none."""
        words = text.split()
        beside = words[-1:] == ["&"]
        name, *rest = words[: len(words) - beside] or [""]
        do = Do(name)
        if do is Do.SUBMIT:
            (work,) = rest or [Work.QUICK]
            return cls(do, work=Work(work), beside=beside)
        if do in ON_A_TASK:
            (number,) = rest
            return cls(do, task=int(number), beside=beside)
        task = -1
        if rest[-2:-1] == [FROM] and do in MAY_WAIT:
            *rest, _, number = rest
            task = int(number)
        if rest and not (do in MAY_WAIT and rest == ["wait"]):
            raise ValueError(f"{text!r}: nothing goes with {do}")
        return cls(do, task=task, wait=bool(rest), beside=beside)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Steps for one executor with so many workers."""

    workers: int
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return f"{self.workers}: {'; '.join(map(str, self.steps))}"

    @classmethod
    def parse(cls, text: str) -> "Scenario":
        """The scenario that the line says; ValueError, with the reason, if it says none."""
        workers, colon, steps = text.partition(":")
        try:
            if not colon:
                raise ValueError("it has to begin with the number of workers and a colon")  # noqa: TRY301 - one message
            return cls(int(workers), tuple(Step.parse(step) for step in steps.split(";") if step.strip()))
        except ValueError as error:
            raise ValueError(f"not a scenario: {text!r}: {error}") from error

    def needs(self) -> list[str]:
        """What it calls that not every executor has."""
        waits = {"shutdown(wait=False)" for step in self.steps if step.do in MAY_WAIT and not step.wait}
        return sorted(waits | {NEEDS[step.do] for step in self.steps if step.do in NEEDS})
