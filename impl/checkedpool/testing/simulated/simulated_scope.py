"""The bounds of one simulated run: what clients call, how large the pool is, what the environment may do and how often.

Decides: which calls there are, which budgets. Must not know: what any of it leads to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from checkedpool._core.by_priority import Ranked
from checkedpool._core.messages import TaskId, Verdict
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel

__all__ = ["NOBODY", "Budget", "Call", "Scope", "Script", "cancel", "resize", "shutdown", "stop", "submit"]

NOBODY = -1
"""Where the number of a task, a lane or a client could stand."""


class Call(NamedTuple):
    """One call of a client: submit, cancel or stop a task, resize, or shut down."""

    what: str
    task: int = NOBODY
    level: ShutdownLevel = ShutdownLevel.DRAIN
    wait: bool = False
    keep: bool = False
    """Of submit: the budget for pickles is spent, a user-code thread pickles the call later."""
    body: bytes | None = None
    """Of submit: the pickled call, where it is not one of ``payload``; b"": it cannot be pickled, now or later."""
    priority: int = 0
    """Of submit."""
    limit: bool = False
    """Of submit: how long a worker may run the task is limited."""
    retries: int = 0
    """Of submit: the attempts that may follow are the tasks with the next numbers."""
    workers: int = 0
    """Of resize."""

    @property
    def id(self) -> TaskId:
        """The task as the manager knows it."""
        return Ranked(self.task, self.priority) if self.priority else self.task

    def __str__(self) -> str:
        if self.what == "shutdown":
            return f"shutdown {self.level.name}{' (wait)' if self.wait else ''}"
        if self.what == "resize":
            return f"resize {self.workers}"
        more = (
            [f"priority {self.priority}"] * bool(self.priority)
            + ["a limit"] * self.limit
            + [f"retries {self.retries}"] * bool(self.retries)
        )
        return " with ".join((f"{self.what} {self.task}", *more))


Script = tuple[Call, ...]


def submit(  # noqa: PLR0913 - all that may be special of a call
    task: int, *, keep: bool = False, body: bytes | None = None, priority: int = 0, limit: bool = False,
    retries: int = 0,
) -> Call:  # fmt: skip
    """Submit this task."""
    return Call("submit", task, keep=keep, body=body, priority=priority, limit=limit, retries=retries)


def cancel(task: int) -> Call:
    """Cancel this task, once its future is there."""
    return Call("cancel", task)


def stop(task: int) -> Call:
    """Terminate this task, once its future is there."""
    return Call("stop", task)


def resize(workers: int) -> Call:
    """Allow so many workers from now on."""
    return Call("resize", workers=workers)


def shutdown(level: ShutdownLevel, *, wait: bool = True) -> Call:
    """Ask the pool to end."""
    return Call("shutdown", level=level, wait=wait)


class Budget(NamedTuple):
    """How often the environment may still do it."""

    kills: int = 0
    """SIGKILL from outside, to any worker at any moment, in the middle of a write too."""
    bad_starts: int = 0
    """A start that fails, or an initializer that raises."""
    hangs: int = 0
    """A start that does not come to an end."""
    haste: int = 0
    """A limit in seconds runs out although something else could still happen."""
    deaf: int = 0
    """A process that ignores SIGTERM."""
    grandchildren: int = 0
    """A task leaves a process behind that holds its worker's ends of the pipes."""
    thefts: int = 0
    """The user's program takes the exit status of a worker."""
    stubborn: int = 0
    """A process that SIGKILL has not ended when its limit runs out."""
    bugs: int = 0
    """A step of the manager raises: its own failure, which no clause provides for but C-89."""
    servers: int = 0
    """The forkserver dies: of the processes that it has made nobody learns the exit status."""
    throws: int = 0
    """A signal handler interrupts a client in a ``cancel()``, or in what makes up for that."""
    fills: int = 0
    """After a task its worker's memory is over the limit; ``Scope.window`` is 1 then."""
    delays: int = 0
    """A task that has a limit has run for so long."""


NO_BUDGET = Budget()


@dataclass(frozen=True, slots=True)
class Scope:
    """The bounds of one simulation."""

    scripts: tuple[Script, ...]
    workers: int = 1
    policy: DeathPolicy = DeathPolicy.BREAK
    on_demand: bool = False
    """Workers are started when they are needed (spawn, forkserver); else all exist from the start (fork)."""
    window: int = 64
    task_limit: int | None = None
    budget: Budget = NO_BUDGET
    call_pipe: int | None = None
    """Bytes that a call pipe holds; None: as many as there are."""
    result_pipe: int | None = None
    chunk: int | None = None
    """Bytes that one read returns at most."""
    callbacks: bool = False
    """Every future has a callback."""
    verdict: Verdict = Verdict.PLAIN
    """What tasks answer with, where ``Call.body`` does not say more."""
    interrupts: bool = False
    """Signal handlers may interrupt clients, between any two steps, any number of times.

    What makes up for it is one step then; with ``Budget.throws`` a client may be interrupted in that too.
    """
    late_ends: bool = False
    """A process's ends close before the system says that it has ended: two moments instead of one."""
    fine: bool = False
    """Every access is a step of its own: do not fuse what nobody else can see."""
    restarts: int | None = None
    """So many deaths in a row are survived under "replace"; None: any number."""
    idle_timeout: float | None = None
    """Seconds after which an idle worker leaves; they pass when nothing is left that must happen, or with ``haste``."""
    min_workers: int = 0
    plain: bool = False
    """The plain pool: without direct dispatch."""

    @property
    def calls(self) -> Script:
        """All calls of all clients."""
        return tuple(call for script in self.scripts for call in script)

    @property
    def limited(self) -> tuple[int, ...]:
        """The tasks that have a limit."""
        return tuple(call.task + more for call in self.calls if call.limit for more in range(call.retries + 1))

    @property
    def attempts(self) -> tuple[int, ...]:
        """The attempts of the call that may be tried again; there is one such call at most."""
        call = next((call for call in self.calls if call.retries), None)
        return () if call is None else tuple(range(call.task, call.task + call.retries + 1))

    @property
    def threads(self) -> tuple[Script, ...]:
        """What clients call; then what user-code threads do as they do: at a limit, and when an attempt has ended."""
        stops, ends = (stop(t) for t in self.limited), (Call("again", t) for t in self.attempts)
        return (*self.scripts, *((call,) for call in (*stops, *ends)))

    @property
    def tasks(self) -> int:
        """How many tasks the scripts name."""
        return max((call.task + call.retries for call in self.calls), default=NOBODY) + 1

    @property
    def most(self) -> int:
        """Workers that are ever allowed."""
        return max((self.workers, *(call.workers for call in self.calls)))

    def priority(self, task: int) -> int:
        """Of this task."""
        return max((call.priority for call in self.calls if call.task == task), key=abs, default=0)

    @property
    def are_left(self) -> bool:
        """Calls may be left by an exception."""
        return self.interrupts or self.budget.throws > 0

    @property
    def in_order(self) -> bool:
        """One client submits all tasks, in their order; nothing is pickled later, or claimed by a call interrupted."""
        submitters = sum(any(call.what == "submit" for call in script) for script in self.scripts)
        usual = not any(call.keep or call.retries for call in self.calls)
        return submitters == 1 and not self.are_left and usual

    def __str__(self) -> str:
        return " | ".join(", ".join(map(str, script)) for script in self.scripts)
