"""Tickets on a scheduler do what the contract says: what each state is to a caller; scopes with counts; mutants.

Decides: the mapping, which rules of the contract each action may stand for, how much is explored, and what must be
found broken.  Must not know: how a refinement is checked (``checker.refinement``).

A task is RUNNING to the contract from the moment at which the scheduler grants its ticket; the word of it comes later
to the client, which is what ``docs/cluster.md`` calls a delay.  Its end is when the client hears of it.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from checkedpool_model.checker.explore import Verdict, explore
from checkedpool_model.checker.refinement import Steps, asked_once, check_refinement, story
from checkedpool_model.checker.system import Action, Conjunct, Effect, Fair, Seen, System
from checkedpool_model.cluster import tickets
from checkedpool_model.cluster.tickets import ACTIONS, Bounds, Cluster
from checkedpool_spec import contract
from checkedpool_spec.contract import Asked, Contract, Future, Rule
from checkedpool_spec.contract import State as End
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel

__all__ = ["LONG", "MUTANTS", "SCOPES", "SMALLER", "Found", "Mutant", "Scope", "ask", "broken_as_said", "gaps"]

Table: TypeAlias = tuple[Action[Bounds, Cluster], ...]

# --- the mapping ------------------------------------------------------------------------------------------------------


def as_contract(_k: Bounds, s: Cluster) -> Contract:
    """What a caller could know of this state, if the word of a begin came at once."""
    return Contract(
        futures=tuple(Future(Asked.RETURNED, _state(task)) for task in s.tasks),
        waiting=(),
        closed=s.level != ShutdownLevel.OPEN,
        level=s.level,
        broken=s.client_knows,
        over=s.over,
        deaths=s.deaths,
        defects=s.cuts,
        policy=DeathPolicy.REPLACE,
    )


def _read(s: Cluster) -> Hashable:
    """What the mapping reads of a state."""
    return s.tasks, s.level, s.client_knows, s.over, s.deaths, s.cuts


def _state(task: tickets.Task) -> End:
    return task.future if task.future > End.RUNNING else End.RUNNING if task.runs else End.PENDING


def contract_of(system: System[Bounds, Cluster]) -> System[None, Contract]:
    """The contract for these tasks."""
    k = system.constants
    return System(
        f"the contract of {system.name}",
        None,
        as_contract(k, system.initial),
        tuple(_action(rule) for rule in contract.RULES),
        {"future": k.tasks, "caller": 0, "level": len(ShutdownLevel)},
        lambda _k, c: contract.is_over(c),
    )


def _action(rule: Rule) -> Action[None, Contract]:
    fair = Fair.WEAK if rule.owed else Fair.NONE
    effect = rule.effect
    guard = tuple(_conjunct(holds) for holds in rule.guard)
    return Action(rule.name, rule.over, guard, lambda _k, c, i: effect(c, i), fair, Seen.OBSERVABLE, rule.clauses[0])


def _conjunct(guard: contract.Guard) -> Conjunct[None, Contract]:
    def holds(_k: None, c: Contract, index: int) -> bool:
        return guard(c, index)

    holds.__name__ = guard.__name__
    return holds


SEEN: dict[str, tuple[tuple[str, ...], ...]] = {
    "ClientDrains": (("Closes", "Requests"),),
    "ClientShutsDownCancelling": (("Closes", "Requests"),),
    "ClientHears": ((), ("Succeeds",), ("Cancels",), ("Charges",)),
    "ClientMissesScheduler": (("Breaks",), ("Breaks", "BreaksOff"), ("Breaks", "BreaksOff", "BreaksOff")),
    "ClientIsDone": (("Ends",),),
    "SchedulerDecides": ((), ("Begins",)),
    "WorkerDies": (("Dies",),),
    "ConnectionIsCut": (("Defects",),),
}
"""What a caller could notice. Of an action that is not here he notices nothing."""
STEPS: Steps = {action.name: SEEN.get(action.name, ((),)) for action in ACTIONS}

# --- how much is explored ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scope:
    """One size, and how many states and steps it has."""

    name: str
    bounds: Bounds
    states: int
    transitions: int


SCOPES = (
    Scope("cluster-one", Bounds(tasks=1, workers=2, deaths=1, cuts=1, again=1), 43_641, 164_474),
    Scope("cluster-two", Bounds(tasks=2, workers=1, deaths=0, cuts=0, again=0, slots=3, ahead=2), 36_878, 124_418),
)
LONG = (
    Scope("cluster-death", Bounds(tasks=2, workers=2, deaths=1, cuts=0, again=0), 492_131, 1_931_762),
    Scope("cluster-again", Bounds(tasks=2, workers=1, deaths=0, cuts=0, again=1, slots=4), 67_605, 230_423),
)
"""Asked by the larger verifications: what is small in `make verify-long`, both in `make verify-all`."""
SMALLER = (
    Scope("cluster-cut", Bounds(tasks=1, workers=2, deaths=1, cuts=1, again=0), 11_045, 37_505),
    Scope("cluster-slots", Bounds(tasks=2, workers=1, deaths=0, cuts=0, again=0, slots=3), 15_619, 50_623),
)
"""In these, too, faults are found: the others have all that these have, and more."""


@dataclass(frozen=True, slots=True)
class Found:
    """What asking a scope has come to."""

    verdict: Verdict
    claim: str
    """The one that fails; "" if none does."""
    states: int
    transitions: int
    happened: frozenset[str] = frozenset()
    """Actions that were taken, and claims whose witness was seen."""
    story: tuple[str, ...] = ()


def ask(scope: Scope, actions: Table = ACTIONS) -> Found:
    """Explore it: the claims, what must happen at last, and the contract."""
    system = tickets.system(scope.bounds, actions)
    explored = explore(system, keep=True)
    if explored.counterexample is not None:
        failed = explored.counterexample
        return Found(explored.verdict, failed.claim, explored.states, explored.transitions)
    seen = asked_once(as_contract, _read)
    refined = check_refinement(system, contract_of(system), seen, STEPS, graph=explored.kept)
    claim = refined.counterexample.claim if refined.counterexample is not None else ""
    happened = frozenset(explored.fired) | explored.seen
    return Found(refined.verdict, claim, explored.states, explored.transitions, happened, tuple(story(refined)))


def gaps(found: Iterable[Found]) -> Iterator[str]:
    """What is in the table or claimed, and was never seen to happen: nothing was shown of it."""
    claims = dict.fromkeys(claim for scope in SCOPES for claim in tickets.system(scope.bounds).claims())
    happened = frozenset[str]().union(*(one.happened for one in found))
    for name in (*(action.name for action in ACTIONS), *claims):
        if name not in happened:
            yield f"{name} was never seen to happen"


# --- what must be found broken ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mutant:
    """A fault of the engine's own executor, or of a table that is not careful enough."""

    name: str
    scope: str
    claim: str
    """Which claim fails."""
    change: Callable[[Table], Table]


def _effect(action: str, effect: Effect[Bounds, Cluster]) -> Callable[[Table], Table]:
    return lambda table: tuple(replace(row, effect=effect) if row.name == action else row for row in table)


def _begins_again(_k: Bounds, s: Cluster, w: int) -> Cluster:
    """What the engine starts runs, whatever had begun before."""
    return tickets.granted(s, w, 0)


def _hears_late(_k: Bounds, s: Cluster, w: int) -> Cluster:
    """A worker begins that the scheduler has missed already: nobody will hear of its end."""
    t = tickets.first_that_waits(s)
    return tickets.idle(s, w) if t == tickets.NONE else tickets.granted(s, w, t)


def _grants_the_last(k: Bounds, s: Cluster, w: int) -> Cluster:
    """Whoever asks gets some ticket."""
    waits = [t for t, task in enumerate(s.tasks) if task.ticket == "waits"]
    if s.workers[w].missed or not waits:
        return tickets.scheduler_decides(k, s, w)
    return tickets.granted(s, w, waits[-1])


def _refuses_in_silence(k: Bounds, s: Cluster, w: int) -> Cluster:
    """A slot that asks in vain is nobody's news, so the client counts on it."""
    after = tickets.scheduler_decides(k, s, w)
    return after._replace(to_client=tuple(word for word in after.to_client if word[0] != "spent"))


def _counts_what_has_begun(k: Bounds, s: Cluster, i: int) -> Cluster:
    """The client counts on a slot to ask that has asked."""
    what, t, _ = s.to_client[0]
    if what != "begun":
        return tickets.client_hears(k, s, i)
    heard = s.tasks[t]._replace(future=tickets.TOLD[what])
    return tickets.with_task(s._replace(to_client=s.to_client[1:]), t, heard)


def _revokes_what_runs(k: Bounds, s: Cluster, i: int) -> Cluster:
    """A cancel of a running task says True."""
    what, t, _ = s.to_scheduler[0]
    if what == "revoke" and s.tasks[t].ticket == "begun":
        s = s._replace(to_scheduler=s.to_scheduler[1:])
        return tickets.taken(s, t, "revoked")
    return tickets.scheduler_hears(k, s, i)


def _blames_who_waits(k: Bounds, s: Cluster, w: int) -> Cluster:
    """A death is blamed on what a slot there would have got, which had not begun."""
    t = tickets.first_that_waits(s)
    innocent = s.workers[w].does == "asks" and t != tickets.NONE
    s = tickets.scheduler_misses_worker(k, s, w)
    return tickets.taken(s, t, "lost") if innocent else s


def _merges_equal_calls(k: Bounds, s: Cluster, w: int) -> Cluster:
    """An answer is that of every equal call."""
    after = tickets.scheduler_takes_answer(k, s, w)
    for t, task in enumerate(after.tasks):
        if task.ticket == "waits" and after.to_client != s.to_client:
            after = tickets.taken(after, t, "answered")
    return after


def _keeps_tickets(_k: Bounds, s: Cluster, _i: int) -> Cluster:
    """A client that is gone leaves its tickets."""
    return s._replace(scheduler_knows=True)


def _forgets_answers_of_the_dead(k: Bounds, s: Cluster, w: int) -> Cluster:
    """A death is no news to those whose task had begun there."""
    return tickets.scheduler_misses_worker(k, s, w)._replace(tasks=s.tasks, to_client=s.to_client)


def _forgets_slots_of_the_dead(k: Bounds, s: Cluster, w: int) -> Cluster:
    """What was about to ask at a worker that died is started nowhere else."""
    return tickets.scheduler_misses_worker(k, s, w)._replace(slots=s.slots)


MUTANTS = (
    Mutant("begun tasks run again", "cluster-one", "none_runs_twice", _effect("SchedulerDecides", _begins_again)),
    Mutant("cancel of a running task says True", "cluster-one", "what_is_cancelled_has_not_run",
           _effect("SchedulerHears", _revokes_what_runs)),
    Mutant("blame on the innocent", "cluster-one", "who_succeeds_or_is_blamed_has_run",
           _effect("SchedulerMissesWorker", _blames_who_waits)),
    Mutant("equal calls are merged", "cluster-slots", "who_succeeds_or_is_blamed_has_run",
           _effect("SchedulerTakesAnswer", _merges_equal_calls)),
    Mutant("tickets of a lost client are kept", "cluster-one", "no_ticket_of_a_lost_client_waits",
           _effect("SchedulerMissesClient", _keeps_tickets)),
    Mutant("a worker begins that was missed", "cluster-cut", "fair_to_Succeeds",
           _effect("SchedulerDecides", _hears_late)),
    Mutant("a death is nobody's news", "cluster-cut", "fair_to_Succeeds",
           _effect("SchedulerMissesWorker", _forgets_answers_of_the_dead)),
    Mutant("a slot is lost with its worker", "cluster-cut", "fair_to_Begins",
           _effect("SchedulerMissesWorker", _forgets_slots_of_the_dead)),
    Mutant("another than the first begins", "cluster-two", "none_is_overtaken",
           _effect("SchedulerDecides", _grants_the_last)),
    Mutant("a slot in vain is nobody's news", "cluster-slots", "fair_to_Begins",
           _effect("SchedulerDecides", _refuses_in_silence)),
    Mutant("a slot that has asked is counted on", "cluster-slots", "fair_to_Begins",
           _effect("ClientHears", _counts_what_has_begun)),
)  # fmt: skip
"""Each is found by the claim that it names, in the scope that it names."""


def broken_as_said(mutant: Mutant) -> bool:
    """Whether it is found, by the claim that it names."""
    (scope,) = [scope for scope in (*SCOPES, *SMALLER) if scope.name == mutant.scope]
    return ask(scope, mutant.change(ACTIONS)).claim == mutant.claim
