"""What a round is: frozen data, decided before anything runs.

It must not know how a plan is drawn (generate.py), carried out (rounds.py) or judged (oracle.py). A plan holds no
pool, no future and no clock, so that equal plans are equal values and one can be printed.
"""

from dataclasses import dataclass
from enum import StrEnum


class Method(StrEnum):
    """How worker processes are started."""

    FORK = "fork"
    SPAWN = "spawn"
    FORKSERVER = "forkserver"


class Policy(StrEnum):
    """What a worker's death costs."""

    BREAK = "break"
    REPLACE = "replace"


class Work(StrEnum):
    """What a task does; in brackets where it goes wrong."""

    QUICK = "quick"
    SPINS = "spins"
    STUBBORN = "stubborn"  # spins, and ignores SIGTERM meanwhile
    BIG_ARGUMENT = "big-argument"
    BIG_RESULT = "big-result"
    HUGE_ARGUMENT = "huge-argument"  # a few of them exceed any budget for what waits
    RAISES = "raises"
    EXITS_SOFTLY = "exits-softly"  # sys.exit
    INTERRUPTS = "interrupts"  # KeyboardInterrupt
    EXCEPTION_UNBUILDABLE = "exception-unbuildable"  # (parent) pickles, but cannot be rebuilt
    ARGUMENT_UNPICKLABLE = "argument-unpicklable"  # (parent)
    ARGUMENT_UNLOADABLE = "argument-unloadable"  # (worker)
    RESULT_UNPICKLABLE = "result-unpicklable"  # (worker)
    RESULT_UNLOADABLE = "result-unloadable"  # (parent)
    GRANDCHILD = "grandchild"  # forks a process that keeps every inherited descriptor and outlives the worker
    POOL_INSIDE = "pool-inside"  # uses a pool of its own in the worker
    ORPHANS = "orphans"  # kills itself while a pool of its own is busy
    EXITS_HARD = "exits-hard"  # os._exit
    KILLS_ITSELF = "kills-itself"  # SIGKILL


DEADLY = frozenset({Work.EXITS_HARD, Work.KILLS_ITSELF, Work.ORPHANS})
NESTED = frozenset({Work.POOL_INSIDE, Work.ORPHANS})


class Hook(StrEnum):
    """What a done-callback does besides being counted."""

    NOTHING = "nothing"
    RAISES = "raises"
    RAISES_BASE = "raises-base"  # a BaseException that is no Exception
    SUBMITS = "submits"
    CANCELS = "cancels"
    WAITS = "waits"  # for another future
    SHUTS_DOWN = "shuts-down"  # wait=True, from within the pool


class Blow(StrEnum):
    """The signal that strikes a worker."""

    KILL = "SIGKILL"
    TERMINATE = "SIGTERM"
    INTERRUPT = "SIGINT"  # an exception in the task, if one runs; nothing else


class Waiting(StrEnum):
    """How a thread waits for futures."""

    ALL = "wait-all"
    FIRST = "wait-first"
    AS_COMPLETED = "as-completed"
    RESULTS = "results"


class Closing(StrEnum):
    """How a pool is asked to end."""

    DRAIN = "shutdown(wait=False)"
    DRAIN_WAIT = "shutdown(wait=True)"
    CANCEL = "shutdown(wait=False, cancel_futures=True)"
    CANCEL_WAIT = "shutdown(wait=True, cancel_futures=True)"
    CONTEXT = "leave the with block"
    TERMINATE = "terminate_workers()"
    KILL = "kill_workers()"
    DROP = "drop the last reference"


CANCELLING = frozenset({Closing.CANCEL, Closing.CANCEL_WAIT, Closing.TERMINATE, Closing.KILL})
FORCED = frozenset({Closing.TERMINATE, Closing.KILL})
WAITING = frozenset({Closing.DRAIN_WAIT, Closing.CANCEL_WAIT, Closing.CONTEXT})


class Initializer(StrEnum):
    """What runs in a worker before its first task."""

    NONE = "none"
    SETS = "sets"  # a value that quick tasks add to their result
    FAILS = "fails"


@dataclass(frozen=True, slots=True)
class Callback:
    """A done-callback; `slot` is the future it cancels or waits for, or the new one it submits."""

    hook: Hook
    slot: int = -1


@dataclass(frozen=True, slots=True)
class Task:
    """One call; `number` is its argument."""

    work: Work
    number: int


@dataclass(frozen=True, slots=True)
class Submit:
    """submit(), then add_done_callback() for each callback."""

    slot: int
    task: Task
    callbacks: tuple[Callback, ...] = ()


@dataclass(frozen=True, slots=True)
class Map:
    """map() over `items` calls in chunks, of which the caller takes the first `take` results and closes the rest."""

    slot: int
    work: Work
    items: int
    chunk: int
    take: int
    buffer: int | None = None


@dataclass(frozen=True, slots=True)
class Cancel:
    """cancel() of a future, if it has been submitted by then."""

    slot: int


@dataclass(frozen=True, slots=True)
class Await:
    """Wait for futures that the main script has submitted or will submit."""

    how: Waiting
    slots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Gate:
    """Go on when so many of the main script's submits are over: future done, or refused."""

    done: int


@dataclass(frozen=True, slots=True)
class Look:
    """running(), done() and cancelled() of a future, if it has been submitted by then."""

    slot: int


@dataclass(frozen=True, slots=True)
class Strike:
    """A signal for one living worker (victim modulo their number)."""

    victim: int
    blow: Blow = Blow.KILL


@dataclass(frozen=True, slots=True)
class Fork:
    """The user's own fork: a process that keeps every inherited descriptor and outlives the pool."""


@dataclass(frozen=True, slots=True)
class Steal:
    """The user's own waitpid(-1), so many times: it takes exit statuses that the pool would like to have."""

    times: int


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another pool beside the first, from its start to its end, with so many quick tasks."""

    slot: int
    items: int


@dataclass(frozen=True, slots=True)
class Close:
    """Ask the pool to end."""

    how: Closing


Step = Submit | Map | Cancel | Look | Await | Gate | Strike | Fork | Steal | Sibling | Close
Script = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole round. The first script is the main one; each script is one thread."""

    seed: int
    method: Method
    number: int
    workers: int
    max_tasks: int | None
    policy: Policy
    initializer: Initializer
    terminate_limit: float
    switch_interval: float
    deaf: bool  # SIGCHLD is ignored: the kernel keeps no exit status
    scripts: tuple[Script, ...]

    @property
    def name(self) -> str:
        """What --replay takes."""
        return f"{self.seed}:{self.method}:{self.number}"

    def steps(self) -> tuple[Step, ...]:
        """The steps of all scripts."""
        return tuple(step for script in self.scripts for step in script)

    def submits(self) -> tuple[Submit, ...]:
        """All submits of scripts, those from within callbacks excepted."""
        return tuple(step for step in self.steps() if isinstance(step, Submit))

    def maps(self) -> tuple[Map, ...]:
        """All maps."""
        return tuple(step for step in self.steps() if isinstance(step, Map))

    def siblings(self) -> tuple[Sibling, ...]:
        """All other pools."""
        return tuple(step for step in self.steps() if isinstance(step, Sibling))

    @property
    def has_one_pool(self) -> bool:
        """Whether every worker that is seen belongs to the pool under test."""
        nested = any(task.work in NESTED for task in self.tasks().values())
        return not nested and not self.siblings()

    @property
    def loses_statuses(self) -> bool:
        """Whether exit statuses may be lost to the pool."""
        return self.deaf or any(isinstance(step, Steal) for step in self.steps())

    def tasks(self) -> dict[int, Task]:
        """Every slot that may hold a future, with its task."""
        tasks = {step.slot: step.task for step in self.submits()}
        for step in self.submits():
            for callback in step.callbacks:
                if callback.hook is Hook.SUBMITS:
                    tasks[callback.slot] = nested_task(callback.slot)
        return tasks


def nested_task(slot: int) -> Task:
    """What a callback submits."""
    return Task(Work.QUICK, slot)


def describe(plan: Plan) -> str:
    """A plan for the eye, one step a line."""
    head = (
        f"round {plan.name}: {plan.workers} workers, max_tasks_per_child={plan.max_tasks}, "
        f"on_worker_death={plan.policy}, initializer {plan.initializer}, terminate_limit={plan.terminate_limit}, "
        f"switch interval {plan.switch_interval}, SIGCHLD ignored: {plan.deaf}"
    )
    lines = [head]
    for index, script in enumerate(plan.scripts):
        lines.append(f"  thread {index}")
        lines += [f"    {step}" for step in script]
    return "\n".join(lines)
