"""The contract machine by itself, with a bound on deaths, troubles and defects: what is asked of it here and in TLA+.

Decides: the bounds, the claims. Must not know: the protocol. That the protocol refines the contract is asked by our
checker alone (``verify.refines_contract``): a step of the one may be several of the other, which TLA+ cannot say
without more variables.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from time import process_time

from checkedpool_model.checker.explore import NO_DEADLOCK, Verdict, explore
from checkedpool_model.checker.liveness import check_leads_to
from checkedpool_model.checker.system import Action, Always, Conjunct, Fair, LeadsTo, OnStep, Seen, System
from checkedpool_spec.contract import RULES, Asked, Contract, Future, Outcome, Rule, State, is_over
from checkedpool_spec.vocabulary import STARTS_BEFORE_GIVING_UP, DeathPolicy, ShutdownLevel
from tests.checks.tlc.compared import Found

__all__ = ["AT_LAST", "BOUNDS", "NOT_SAID", "ON_STEPS", "Bounds", "ours"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of everything there is."""

    name: str
    futures: int
    callers: int
    callbacks: tuple[int, ...]
    deaths: int
    troubles: int
    defects: int = 0
    errors: tuple[int, ...] = ()
    unpicklable: tuple[int, ...] = ()
    policy: DeathPolicy = DeathPolicy.BREAK
    patience: int = STARTS_BEFORE_GIVING_UP
    restarts: int | None = None
    live: bool = False
    claims: tuple[str, ...] = ()
    """What is asked; nothing: all that is true."""

    @property
    def asked(self) -> tuple[str, ...]:
        """The names of all that is asked."""
        return self.claims or (*CLAIMS, *ON_STEPS, *(AT_LAST if self.live else ()))

    @property
    def constants(self) -> dict[str, str]:
        """The same for ``Contract.tla``, where futures are counted from 1."""
        return {
            "Futures": str(self.futures),
            "Callers": str(self.callers),
            "Callbacks": _set(self.callbacks),
            "Errors": _set(self.errors),
            "Unpicklable": _set(self.unpicklable),
            "BreakPolicy": str(self.policy is DeathPolicy.BREAK).upper(),
            "Restarts": str(-1 if self.restarts is None else self.restarts),
            "Patience": str(self.patience),
            "MostDeaths": str(self.deaths),
            "MostTroubles": str(self.troubles),
            "MostDefects": str(self.defects),
        }

    def outcome(self, number: int) -> Outcome:
        """What this future comes to."""
        if number in self.unpicklable:
            return Outcome.UNPICKLABLE
        return Outcome.ERROR if number in self.errors else Outcome.VALUE


def _set(numbers: tuple[int, ...]) -> str:
    return "{" + ", ".join(str(number + 1) for number in numbers) + "}"


NOT_SAID = "a_wait_returns_when_all_is_over"
"""It is clause C-48, and the machine does not say it: a submit() under way is accepted although all is over."""

BOUNDS = (
    Bounds("2 futures, 1 caller", 2, 1, (0,), 1, 0, errors=(1,)),
    Bounds("2 futures, replace", 2, 1, (), 1, 1, unpicklable=(1,), policy=DeathPolicy.REPLACE, patience=2),
    Bounds("1 future, deaths in a row", 1, 1, (), 2, 0, policy=DeathPolicy.REPLACE, restarts=1),
    Bounds("1 future, 2 callers, at last", 1, 2, (0,), 1, 1, defects=1, live=True),
    Bounds("1 future that cannot be pickled, at last", 1, 1, (), 0, 0, unpicklable=(0,), live=True),
    Bounds("1 future, 1 caller: what it does not say", 1, 1, (), 1, 0, claims=(NOT_SAID,)),
)


def ours(bounds: Bounds) -> Found:
    """What our checker says."""
    begun, system = process_time(), _system(bounds)
    found = explore(system, keep=bounds.live)
    if found.counterexample:
        return Found(found.counterexample.claim, steps=len(found.counterexample.moves))
    if bounds.live and check_leads_to(system, graph=found.kept).verdict is not Verdict.HOLDS:
        return Found("violated at last")
    return Found("holds", found.states, found.transitions, found.depth, seconds=process_time() - begun)


def _system(bounds: Bounds) -> System[None, Contract]:
    sizes = {"future": bounds.futures, "caller": bounds.callers, "level": len(ShutdownLevel)}
    futures = tuple(
        Future(has_callback=number in bounds.callbacks, outcome=bounds.outcome(number))
        for number in range(bounds.futures)
    )
    return System(
        bounds.name,
        None,
        Contract(
            futures, (False,) * bounds.callers, policy=bounds.policy, patience=bounds.patience, restarts=bounds.restarts
        ),
        tuple(_action(rule, bounds) for rule in RULES),
        sizes,
        lambda _k, c: is_over(c),
        tuple(Always(holds.__name__, holds, _ever) for holds in ALWAYS if holds.__name__ in bounds.asked),
        tuple(OnStep(name, rule.name, holds) for name, holds in STEPS if name in bounds.asked for rule in RULES),
        tuple(_leads_to(bounds)),
    )


def _action(rule: Rule, bounds: Bounds) -> Action[None, Contract]:
    most = {"Dies": ("deaths", bounds.deaths), "Troubles": ("troubles", bounds.troubles),
            "Defects": ("defects", bounds.defects)}  # fmt: skip

    def allowed(_k: None, c: Contract, index: int) -> bool:
        return all(guard(c, index) for guard in rule.guard)

    def is_bounded(_k: None, c: Contract, _index: int) -> bool:
        field, limit = most.get(rule.name, ("deaths", bounds.deaths + 1))
        return bool(getattr(c, field) < limit)

    guard: tuple[Conjunct[None, Contract], ...] = (allowed, is_bounded)
    fair = Fair.WEAK if rule.owed else Fair.NONE
    return Action(
        rule.name, rule.over, guard, lambda _k, c, i: rule.effect(c, i), fair, Seen.OBSERVABLE, rule.clauses[0]
    )


# --- what follows -----------------------------------------------------------------------------------------------------


def _ever(_k: None, _c: Contract) -> bool:
    return True


def _has_end(future: Future) -> bool:
    return future.state > State.RUNNING


def refused_task_has_no_end(_k: None, c: Contract) -> bool:
    """C-18."""
    return all(future.state == State.PENDING for future in c.futures if future.asked == Asked.RAISED)


def called_back_after_its_end(_k: None, c: Contract) -> bool:
    """C-13."""
    return all(_has_end(future) for future in c.futures if future.called)


def broken_off_only_if_broken(_k: None, c: Contract) -> bool:
    """C-82."""
    return c.broken or all(future.state != State.BROKEN for future in c.futures)


def one_blamed_for_a_death(_k: None, c: Contract) -> bool:
    """C-79."""
    blamed = sum(future.state == State.BLAMED for future in c.futures)
    return c.level >= ShutdownLevel.TERMINATE or blamed <= c.deaths


ALWAYS = (refused_task_has_no_end, called_back_after_its_end, broken_off_only_if_broken, one_blamed_for_a_death)


def _end_is_for_ever(_k: None, before: Contract, after: Contract, _i: int) -> bool:
    pairs = zip(before.futures, after.futures, strict=True)
    return all(then.state == now.state for now, then in pairs if _has_end(now))


def _cancelled_had_not_begun(_k: None, before: Contract, after: Contract, _i: int) -> bool:
    pairs = zip(before.futures, after.futures, strict=True)
    cancelled = (now for now, then in pairs if then.state == State.CANCELLED)
    return all(now.state in (State.PENDING, State.CANCELLED) for now in cancelled)


def _returns_when_over(_k: None, before: Contract, after: Contract, _i: int) -> bool:
    returns = before.over and sum(before.waiting) > sum(after.waiting)
    return not returns or all(_has_end(future) for future in before.futures if future.asked == Asked.RETURNED)


def _add_up(_k: None, before: Contract, after: Contract, _i: int) -> bool:
    return after.level >= before.level and after.closed >= before.closed and after.broken >= before.broken


STEPS = (
    ("an_end_is_for_ever", _end_is_for_ever),
    ("a_cancelled_task_had_not_begun", _cancelled_had_not_begun),
    (NOT_SAID, _returns_when_over),
    ("requests_add_up", _add_up),
)


def _leads_to(bounds: Bounds) -> Iterator[LeadsTo[None, Contract]]:
    for t in range(bounds.futures):
        yield _accepted_ends(t)
        yield _call_ends(t)
    for caller in range(bounds.callers):
        yield _wait_ends(caller)


def _accepted_ends(t: int) -> LeadsTo[None, Contract]:
    return LeadsTo(
        f"accepted_ends_{t}",
        lambda _k, c: c.futures[t].asked == Asked.RETURNED,
        lambda _k, c: _has_end(c.futures[t]),
    )


def _call_ends(t: int) -> LeadsTo[None, Contract]:
    return LeadsTo(
        f"a_call_ends_{t}",
        lambda _k, c: c.futures[t].asked == Asked.UNDER_WAY,
        lambda _k, c: c.futures[t].asked != Asked.UNDER_WAY,
    )


def _wait_ends(caller: int) -> LeadsTo[None, Contract]:
    return LeadsTo(
        f"a_wait_ends_{caller}",
        lambda _k, c: c.waiting[caller] and c.level >= ShutdownLevel.DRAIN,
        lambda _k, c: not c.waiting[caller],
    )


CLAIMS = ("TypeOK", NO_DEADLOCK, *(holds.__name__ for holds in ALWAYS))
ON_STEPS = tuple(name for name, _ in STEPS if name != NOT_SAID)
AT_LAST = ("accepted_ends", "a_call_ends", "a_wait_ends")
