"""What each kind of task must give: the call that a submit makes, and the outcome that is right for it.

The only place that ties Work to functions. It knows nothing of pools, deaths or cancellation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tests.checks.stress import tasks
from tests.checks.stress.plan import NESTED, Initializer, Task, Work

SET_BY_INITIALIZER = 1000


class Kind(StrEnum):
    """How a submit ended."""

    VALUE = "value"
    ERROR = "error"
    CANCELLED = "cancelled"
    BROKEN = "broken"
    REFUSED = "refused"  # submit() raised
    SKIPPED = "skipped"  # the executor had been dropped
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How, and what precisely: a value's summary, or an exception's type and text."""

    kind: Kind
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.detail}".strip()


FUNCTIONS: dict[Work, Callable[..., object]] = {
    Work.QUICK: tasks.quick,
    Work.SPINS: tasks.spins,
    Work.STUBBORN: tasks.stubborn,
    Work.BIG_ARGUMENT: tasks.big_argument,
    Work.BIG_RESULT: tasks.big_result,
    Work.HUGE_ARGUMENT: tasks.big_argument,
    Work.RAISES: tasks.raises,
    Work.EXITS_SOFTLY: tasks.exits_softly,
    Work.INTERRUPTS: tasks.interrupts,
    Work.EXCEPTION_UNBUILDABLE: tasks.exception_unbuildable,
    Work.ARGUMENT_UNPICKLABLE: tasks.takes_anything,
    Work.ARGUMENT_UNLOADABLE: tasks.takes_anything,
    Work.RESULT_UNPICKLABLE: tasks.result_unpicklable,
    Work.RESULT_UNLOADABLE: tasks.result_unloadable,
    Work.GRANDCHILD: tasks.grandchild,
    Work.POOL_INSIDE: tasks.pool_inside,
    Work.ORPHANS: tasks.orphans,
    Work.EXITS_HARD: tasks.exits_hard,
    Work.KILLS_ITSELF: tasks.kills_itself,
}


def arguments(task: Task, executor: Callable[..., object]) -> tuple[object, ...]:
    """What the function gets besides journal and mark."""
    if task.work in NESTED:
        return task.number, executor
    return (_argument(task),)


def _argument(task: Task) -> object:
    match task.work:
        case Work.HUGE_ARGUMENT:
            return tasks.pattern(task.number, tasks.HUGE)
        case Work.BIG_ARGUMENT:
            return tasks.pattern(task.number)
        case Work.ARGUMENT_UNPICKLABLE:
            return tasks.Unpicklable()
        case Work.ARGUMENT_UNLOADABLE:
            return tasks.Unloadable()
        case _:
            return task.number


def error(exception: BaseException) -> str:
    """An exception in a line."""
    return f"{type(exception).__name__}: {exception!s:.300}"


def expected(task: Task, initializer: Initializer) -> Outcome | None:
    """The right outcome of an undisturbed task; None for a deadly one, which has none."""
    value = _value(task, initializer)
    if value is not None:
        return Outcome(Kind.VALUE, tasks.summary(value))
    raised = _error(task)
    return None if raised is None else Outcome(Kind.ERROR, raised)


def _value(task: Task, initializer: Initializer) -> object:
    match task.work:
        case Work.QUICK:
            return task.number**2 + 1 + (SET_BY_INITIALIZER if initializer is Initializer.SETS else 0)
        case Work.SPINS | Work.STUBBORN | Work.POOL_INSIDE:
            return task.number // 2
        case Work.BIG_ARGUMENT | Work.HUGE_ARGUMENT:
            return tasks.summary(_argument(task))
        case Work.BIG_RESULT:
            return tasks.pattern(task.number)
        case Work.GRANDCHILD:
            return task.number
        case _:
            return None


def _error(task: Task) -> str | None:
    """The start of the error's line: type, and text where the task chose it."""
    own: dict[Work, BaseException] = {
        Work.RAISES: tasks.StressError(f"task {task.number}"),
        Work.EXITS_SOFTLY: SystemExit(task.number),
        Work.INTERRUPTS: KeyboardInterrupt(task.number),
        Work.ARGUMENT_UNPICKLABLE: tasks.StressError("cannot be pickled"),
        Work.RESULT_UNPICKLABLE: tasks.StressError("cannot be pickled"),
        Work.ARGUMENT_UNLOADABLE: tasks.StressError("cannot be unpickled"),
        Work.RESULT_UNLOADABLE: tasks.StressError("cannot be unpickled"),
    }
    if task.work is Work.EXCEPTION_UNBUILDABLE:
        return "TypeError: "
    return error(own[task.work]) if task.work in own else None


def never_begins(work: Work) -> bool:
    """Whether the function is never entered."""
    return work in {Work.ARGUMENT_UNPICKLABLE, Work.ARGUMENT_UNLOADABLE}
