"""What a system is, for the checker: constants, an initial state, guarded actions, properties.

Decides: the form in which a model and its claims are written down. Must not know: any particular model; how the states
are explored (``explore``).

An action has one parameter, an index that ranges over one of the system's index sets (``over``); an action without a
parameter gets 0. A guard is a tuple of conjuncts, which are named functions: what is printed,
dropped by a mutant or counted is a conjunct by its name; a parameter that a conjunct does not read begins with an
underscore. A claim carries its witness: what must be reached for the claim
to be about something.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Generic, TypeVar

K = TypeVar("K")
S = TypeVar("S")

Conjunct = Callable[[K, S, int], bool]
Effect = Callable[[K, S, int], S]
Predicate = Callable[[K, S], bool]


class Fair(Enum):
    """What may be assumed of an action for claims that something happens at last."""

    NONE = "none"
    """It need never happen: the choices of clients and of the environment."""
    WEAK = "weak"
    """It happens at last if it stays enabled."""
    STRONG = "strong"
    """It happens at last if it is enabled again and again."""


class Seen(Enum):
    """Whether an outside observer can see that it happened."""

    HIDDEN = "hidden"
    OBSERVABLE = "observable"


@dataclass(frozen=True, slots=True)
class Action(Generic[K, S]):
    """One row of the table of actions."""

    name: str
    """The actor first: ``ManagerTakesAnswer``."""
    over: str
    """The index set of its parameter; "" if it has none."""
    guard: tuple[Conjunct[K, S], ...]
    effect: Effect[K, S]
    fair: Fair
    seen: Seen
    clause: str
    """The clause of the protocol's text that it stands for."""
    by: str = ""
    """Who does it, for drawings: "manager", or "worker {i}" with the index in it."""
    to: str = ""
    """Who gets something by it; "": nobody but the one who does it."""

    def without(self, conjunct: str) -> "Action[K, S]":
        """The action with one conjunct of its guard dropped."""
        kept = tuple(holds for holds in self.guard if holds.__name__ != conjunct)
        if len(kept) != len(self.guard) - 1:
            names = ", ".join(holds.__name__ for holds in self.guard)
            raise ValueError(f"{self.name} has no single conjunct {conjunct!r}; it has: {names}")
        return replace(self, guard=kept)

    def enabled(self, constants: K, state: S, index: int) -> bool:
        """Whether every conjunct holds."""
        for holds in self.guard:  # noqa: SIM110 - asked millions of times: a generator would be half of the work
            if not holds(constants, state, index):
                return False
        return True


def none_of(actions: tuple[Action[K, S], ...], holds: Conjunct[K, S]) -> Conjunct[K, S]:
    """A conjunct that says that none of these actions is possible: where that is known it need not be asked."""
    vars(holds)["none_of"] = actions
    return holds


def forbidden_by(holds: Conjunct[K, S]) -> tuple[Action[K, S], ...]:
    """The actions of which a conjunct says that none is possible."""
    actions: tuple[Action[K, S], ...] = getattr(holds, "none_of", ())
    return actions


@dataclass(frozen=True, slots=True)
class Always(Generic[K, S]):
    """A claim about every state, with its witness: a state in which the claim is about something must be reached."""

    name: str
    holds: Predicate[K, S]
    sometimes: Predicate[K, S]
    reads: tuple[str, ...] = ()
    """The fields of the state that claim and witness read: asked once for each value of these. (): all of them."""


@dataclass(frozen=True, slots=True)
class OnStep(Generic[K, S]):
    """A claim about every step that some action makes: (constants, before, after, index). Witness: one such step."""

    name: str
    action: str
    holds: Callable[[K, S, S, int], bool]


@dataclass(frozen=True, slots=True)
class LeadsTo(Generic[K, S]):
    """A claim about every fair run: whenever ``when`` holds, ``then`` holds at that moment or some later one.

    Its witness: a state in which ``when`` holds and ``then`` does not.
    """

    name: str
    when: Predicate[K, S]
    then: Predicate[K, S]


@dataclass(frozen=True, slots=True)
class System(Generic[K, S]):
    """A model in one scope: all that is needed to explore it."""

    name: str
    constants: K
    initial: S
    actions: tuple[Action[K, S], ...]
    sizes: Mapping[str, int]
    """How large each index set is."""
    terminal: Predicate[K, S]
    """Where it is right that nothing happens any more."""
    always: tuple[Always[K, S], ...] = ()
    on_step: tuple[OnStep[K, S], ...] = ()
    leads_to: tuple[LeadsTo[K, S], ...] = ()
    """Asked by ``liveness``, not by ``explore``."""
    canonical: Callable[[S], S] | None = None
    """Which state stands for all that differ from it by a renaming. Only for a system that does not mind the renaming:
    guards, effects and claims must commute with it. It stands for itself."""
    found: Callable[[S], list[tuple[int, S]]] | None = None
    """All steps of a state at once, as (number of the move, state after it), where the table is read off something else
    that finds them so. It must say what the table says."""

    def __post_init__(self) -> None:
        """Refuse a system that would be explored vacuously: claims about actions or index sets that do not exist."""
        names = [action.name for action in self.actions]
        doubled = sorted(name for name, count in Counter(names).items() if count > 1)
        if doubled:
            raise ValueError(f"actions are named twice: {', '.join(doubled)}")
        for action in self.actions:
            if action.over and action.over not in self.sizes:
                raise ValueError(f"{action.name} ranges over {action.over!r}, which has no size")
        for claim in self.on_step:
            if claim.action not in names:
                raise ValueError(f"{claim.name} is about {claim.action}, which is no action")

    def indices(self, action: Action[K, S]) -> range:
        """What the action's parameter ranges over."""
        return range(self.sizes[action.over] if action.over else 1)

    def without_claims(self) -> "System[K, S]":
        """The same graph, of which nothing is claimed, not even that it has no deadlock."""
        return replace(self, always=(), on_step=(), leads_to=(), terminal=_everywhere)

    def claims(self) -> tuple[str, ...]:
        """The names of all that is claimed beside freedom from deadlock."""
        return (*(claim.name for claim in self.always), *(claim.name for claim in self.on_step))


def _everywhere(_k: object, _s: object) -> bool:
    return True
