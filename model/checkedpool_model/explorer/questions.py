"""What may be asked of a graph: predicates by name, each of which is a function of the model or one written here.

Decides: which questions the page offers. Must not know: the answers; how they are found.

A claim's witness is a question ("is it ever so?"), and so is the opposite of a claim ("does it ever fail?").
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from checkedpool_model.checker.system import Always, System
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.properties import accepted_future_ends_with_the_pool
from checkedpool_model.protocol.state import Manager, State, alive

__all__ = ["OF_THE_POOL", "Question", "questions_of"]

K = TypeVar("K")
S = TypeVar("S")

FAILS, MEETS, OFTEN = "a claim fails", "a claim is about something", "of the pool"


@dataclass(frozen=True, slots=True)
class Question(Generic[K, S]):
    """Something that is so in a state or not."""

    name: str
    says: str
    group: str
    is_so: Callable[[K, S], bool]


def questions_of(system: System[K, S], others: tuple[Question[K, S], ...] = ()) -> tuple[Question[K, S], ...]:
    """The questions of a system: those given first, then of each claim whether it fails, and whether it is met."""
    names: dict[str, Question[K, S]] = {}
    for question in (*others, *(_fails(claim) for claim in system.always), *_meets(system)):
        names.setdefault(question.name, question)
    return tuple(names.values())


def _fails(claim: Always[K, S]) -> Question[K, S]:
    return Question(f"{_words(claim.name)}: fails", _doc(claim.holds), FAILS, lambda k, s: not claim.holds(k, s))


def _meets(system: System[K, S]) -> Iterator[Question[K, S]]:
    for claim in system.always:
        yield Question(_words(_name(claim.sometimes)), _doc(claim.sometimes), MEETS, claim.sometimes)
    for last in system.leads_to:
        yield Question(_words(_name(last.then)), f"What {_words(last.name)} waits for.", MEETS, last.then)


def _words(name: str) -> str:
    return name.strip("_").replace("_", " ")


def _name(what: object) -> str:
    return str(getattr(what, "__name__", "it"))


def _doc(what: object) -> str:
    return " ".join((getattr(what, "__doc__", None) or "").split())


# --- of the pool ------------------------------------------------------------------------------------------------------


def _a_future_is_lost(k: Bounds, s: State) -> bool:
    """The manager has ended, and a future that was handed out has no end."""
    return not accepted_future_ends_with_the_pool(k, s)


def _two_workers_are_busy(_k: Bounds, s: State) -> bool:
    """Two workers run a task at the same time."""
    return sum(lane.running >= 0 and alive(lane) for lane in s.lanes) > 1


def _no_worker_is_left(_k: Bounds, s: State) -> bool:
    """The manager lives, and no worker does."""
    return s.manager < Manager.ENDED and not any(alive(lane) for lane in s.lanes)


def _the_pool_is_broken(_k: Bounds, s: State) -> bool:
    """The pool is broken."""
    return s.broken


def _it_sleeps_on_a_full_inbox(_k: Bounds, s: State) -> bool:
    """The manager sleeps, something is in its inbox, and nobody has woken it yet."""
    return s.manager == Manager.ASLEEP and bool(s.inbox) and not s.wakeup


def _everything_is_over(_k: Bounds, s: State) -> bool:
    """The manager has ended, in peace."""
    return s.manager == Manager.ENDED and not s.broken


OF_THE_POOL: tuple[Question[Bounds, State], ...] = (
    Question("a future is lost", _doc(_a_future_is_lost), OFTEN, _a_future_is_lost),
    Question("two workers are busy", _doc(_two_workers_are_busy), OFTEN, _two_workers_are_busy),
    Question("no worker is left", _doc(_no_worker_is_left), OFTEN, _no_worker_is_left),
    Question("the pool is broken", _doc(_the_pool_is_broken), OFTEN, _the_pool_is_broken),
    Question("the manager sleeps on a full inbox", _doc(_it_sleeps_on_a_full_inbox), OFTEN, _it_sleeps_on_a_full_inbox),
    Question("the pool ended in peace", _doc(_everything_is_over), OFTEN, _everything_is_over),
)
