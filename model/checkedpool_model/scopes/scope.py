"""What a scope is, and how the scripts of its clients are made.

Decides: the calls that scripts are made of, that every program ends. Must not know: which scopes there are.

In every script the first thread's last call is a shutdown that waits: the interpreter's exit, which comes to every
program, or a stronger one. So every run can come to an end. Collection of the executor is a drain without wait.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

from checkedpool_model.protocol.bounds import Bounds, Call, Cancel, Script, Shutdown, Start, Submit
from checkedpool_model.protocol.state import Budget
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel

__all__ = [
    "CANCEL",
    "CRASH",
    "DRAIN",
    "EXIT",
    "KILL",
    "SHUTDOWNS",
    "TERMINATE",
    "WAITED",
    "Scope",
    "beside",
    "every_order",
    "one_after_another",
    "singles",
    "submits",
]

DRAIN = Shutdown(ShutdownLevel.DRAIN)
CANCEL = Shutdown(ShutdownLevel.CANCEL)
TERMINATE = Shutdown(ShutdownLevel.TERMINATE)
KILL = Shutdown(ShutdownLevel.KILL)
EXIT = Shutdown(ShutdownLevel.DRAIN, wait=True)

SHUTDOWNS = (DRAIN, CANCEL, TERMINATE, KILL)
WAITED = tuple(replace(call, wait=True) for call in SHUTDOWNS)
CRASH = Budget(crashes=1)


@dataclass(frozen=True, slots=True)
class Scope:
    """A named set of graphs, one for each of its scripts."""

    name: str
    note: str
    """What it looks at."""
    bounds: Bounds
    scripts: tuple[Script, ...]
    live: bool = False
    """Whether what must happen at last is asked too. Such a graph has every state, none stands for others."""
    long: bool = False
    """Whether it takes longer than everybody may be asked to wait."""

    def bounds_of(self, script: Script) -> Bounds:
        """The bounds of one graph: a task that the script submits is not given, nor is any after it."""
        submitted = [call.task for calls in script for call in calls if isinstance(call, Submit)]
        return replace(self.bounds, script=script, given=min((self.bounds.given, *submitted)))

    @property
    def leaves_out(self) -> tuple[str, ...]:
        """What other scopes have and this one has not."""
        k = self.bounds
        called = {type(call) for script in self.scripts for calls in script for call in calls}
        there = {
            "a death": k.budget.crashes or k.budget.tears,
            "a manager that sleeps": k.sleeps,
            "a second worker": k.most > 1,
            "a second thread": any(len(script) > 1 for script in self.scripts),
            "submit": Submit in called,
            "cancel": Cancel in called,
            "workers started on demand": k.start is Start.ON_DEMAND,
            "replace": k.policy is DeathPolicy.REPLACE,
            "user code": k.has_user_code,
            "what must happen at last": self.live,
        }
        return tuple(what for what, is_there in there.items() if not is_there)


# --- scripts ----------------------------------------------------------------------------------------------------------

Calls = tuple[Call, ...]


def _ending(calls: Calls) -> Calls:
    """The calls, the last of them a shutdown that waits: the interpreter's exit where there is none."""
    last = calls[-1] if calls else None
    return (*calls[:-1], replace(last, wait=True)) if isinstance(last, Shutdown) else (*calls, EXIT)


def beside(first: Calls, others: Iterable[Calls]) -> tuple[Script, ...]:
    """One script for each of the others: this thread calls the first and exits, a second thread calls the other."""
    return tuple((_ending(first), other) for other in others)


def one_after_another(*rows: Calls) -> tuple[Script, ...]:
    """One script for each row: a single thread calls it."""
    return tuple((_ending(row),) for row in rows)


def submits(tasks: int) -> Calls:
    """Every task is submitted."""
    return tuple(Submit(task) for task in range(tasks))


def singles(calls: Calls) -> tuple[Calls, ...]:
    """Each call by itself."""
    return tuple((call,) for call in calls)


# --- every call that a client can make, in every order ----------------------------------------------------------------

SUBMIT_ONE, CANCEL_ONE = Submit(-1), Cancel(-1)
"""A call about a task that is not chosen yet."""

EVERY_CALL: Calls = (CANCEL_ONE, SUBMIT_ONE, *SHUTDOWNS, *WAITED)


def every_order(calls: int, tasks: int) -> tuple[Script, ...]:
    """Every sequence of so many calls in one thread: cancel, submit, each shutdown, with and without wait.

    Left out are those that submit more tasks than there are, those that cancel where none was handed out yet, and of
    two that come to the same, since the last shutdown waits in any case, the second.
    """
    rows = (_about_tasks(row, tasks) for row in product(EVERY_CALL, repeat=calls))
    return tuple(dict.fromkeys(one_after_another(*(row for row in rows if row is not None))))


def _about_tasks(calls: Calls, tasks: int) -> Calls | None:
    """The calls, each about a task; None: there is no such task.

    Submits are of the last tasks. A cancel is of the last one handed out so far that was not cancelled, or of the last
    one if all were.
    """
    handed = tasks - sum(call == SUBMIT_ONE for call in calls)
    cancelled: set[int] = set()
    made: list[Call] = []
    for call in calls:
        if call == SUBMIT_ONE:
            made.append(Submit(handed))
            handed += 1
        elif call == CANCEL_ONE:
            task = max((t for t in range(handed) if t not in cancelled), default=handed - 1)
            cancelled.add(task)
            made.append(Cancel(task))
        else:
            made.append(call)
    tasks_named = [call.task for call in made if isinstance(call, Submit | Cancel)]
    return tuple(made) if min(tasks_named, default=0) >= 0 else None
