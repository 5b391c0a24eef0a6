"""The two tables of actions beside the model's, explored themselves under all of its claims.

Decides: in which scopes, for which of them everybody waits, which claims each table keeps, why a claim that it does not
keep is no loss. Must not know: how the code or a trace is followed.

What is followed by a table is what the table allows. So a claim that the table keeps is kept by whatever is followed by
it, in scopes as small as these; one that it does not keep has to be asked of the code itself.

``CODES`` is the table by which the code's graphs are followed, at every interleaving. It keeps every claim of the
model. ``TRACES`` is the one by which traces of real runs are followed. A trace does not say in which order two threads
posted, so a message may be taken that is not the first; what that costs is listed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from checkedpool_model.checker.explore import END_IN_REACH, Verdict, explore, no_garbage_collection
from checkedpool_model.checker.graph import Graph, Move, trapped
from checkedpool_model.checker.system import OnStep, System
from checkedpool_model.protocol.actions.client import task_of
from checkedpool_model.protocol.bounds import Bounds, Cancel, Kind, Resize, Script, Start, Stop, Submit, initial, spell
from checkedpool_model.protocol.properties import ALWAYS, ON_STEP, terminal
from checkedpool_model.protocol.state import Budget, End, Message, Note, State
from checkedpool_model.protocol.symmetry import canonical
from checkedpool_model.scopes.scope import (
    CANCEL,
    CRASH,
    SHUTDOWNS,
    TERMINATE,
    Scope,
    beside,
    one_after_another,
    singles,
    submits,
)
from checkedpool_model.traces.rules import TraceAction, table
from checkedpool_spec.vocabulary import DeathPolicy
from tests.checks.conformance.allowed import allowed
from tests.checks.conformance.counts import Count
from tests.checks.size import Size

__all__ = ["CLAIMS", "CODES", "LATER", "TABLES", "TRACES", "Asked", "Table", "asked", "problems_of", "together"]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of actions, and what it is known to break."""

    name: str
    rows: Callable[[Bounds], tuple[TraceAction, ...]]
    scopes: tuple[Scope, ...]
    not_kept: Mapping[str, str] = field(default_factory=dict)
    """Claims that it does not keep, each with the reason why nothing is lost by that."""
    unused: Mapping[str, str] = field(default_factory=dict)
    """Rows that no step in these scopes is, and claims that none is about, each with the reason."""

    def scopes_of(self, size: Size) -> tuple[Scope, ...]:
        """Those that are asked at this size; whatever is claimed of all of them is claimed of the share too."""
        return tuple(scope for scope in self.scopes if size is not Size.QUICK or scope.name not in LATER)

    def counted_as(self, size: Size) -> str:
        """Its line in the list of counts."""
        return f"{self.name}, a share" if size is Size.QUICK else self.name


@dataclass(frozen=True, slots=True)
class Asked:
    """What exploring a table, or a scope of it, came to."""

    verdict: Verdict = Verdict.HOLDS
    count: Count = Count("", 0, 0, 0, 0)  # noqa: RUF009 - it is frozen
    seconds: float = 0.0
    broken: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of each claim that is not kept: the shortest run that shows it, in the first graph that does."""
    happened: frozenset[str] = frozenset()
    """Rows that some step was, and claims that some state or step was about."""


# --- what is claimed --------------------------------------------------------------------------------------------------


CLAIMS = {*(claim.name for claim in ALWAYS), *(claim.name for claim in ON_STEP)}
"""What the model claims of every state and step."""


def cancel_has_a_reason(k: Bounds, before: State, _after: State, c: int) -> bool:
    """When cancel() gives up, a worker has begun the task, or its future has ended (C-05)."""
    task = before.tasks[task_of(k, before, c)]
    return bool(task.begun) or task.end != End.OPEN


LIKE = {"ManagerBreaks": ("ManagerBreaksLate", "ManagerBreaksWhatIsHeld")}
"""Rows that are asked what the model's action of that name is asked."""


def _claims(rows: tuple[TraceAction, ...]) -> Iterator[OnStep[Bounds, State]]:
    """The model's claims about steps, of every row that does the like."""
    names = {row.name for row in rows}
    for claim in ON_STEP:
        yield claim
        for name in LIKE.get(claim.action, ()):
            if name in names:
                yield replace(claim, name=f"{claim.name}, {name}", action=name)
    for name in sorted(names):
        if name.startswith("ClientLooksInVain"):
            yield OnStep("cancel_has_a_reason", name, cancel_has_a_reason)


# --- how it is asked --------------------------------------------------------------------------------------------------


def asked(name: str, scope: str = "", size: Size = Size.LONG) -> Asked:
    """Explore every graph of a table's scopes of this size, or of the one of this name, and ask everything of it."""
    (table,) = (table for table in TABLES if table.name == name)
    chosen = [one for one in table.scopes_of(size) if scope in ("", one.name)]
    parts = (_ask(table, _system(table, one, script)) for one in chosen for script in one.scripts)
    return together(table.counted_as(size), parts)


def together(name: str, parts: Iterable[Asked]) -> Asked:
    """What the parts of a table came to."""
    found = list(parts)
    wrong = [one.verdict for one in found if one.verdict is not Verdict.HOLDS]
    counts = [one.count for one in found]
    return Asked(
        Verdict.VIOLATED if Verdict.VIOLATED in wrong else wrong[0] if wrong else Verdict.HOLDS,
        Count(
            name, sum(one.graphs for one in counts), sum(one.states for one in counts),
            sum(one.edges for one in counts), max(one.depth for one in counts),
        ),
        sum(one.seconds for one in found),
        {claim: way for one in reversed(found) for claim, way in one.broken.items()},
        frozenset().union(*(one.happened for one in found)),
    )  # fmt: skip


def _system(table: Table, scope: Scope, script: Script) -> System[Bounds, State]:
    k = scope.bounds_of(script)
    rows = table.rows(k)
    sizes = {"": 1, "lane": k.lanes, "task": k.tasks, "client": len(script), "thread": k.threads,
             "message": max(k.tasks, 5, k.lanes)}  # fmt: skip
    return System(
        f"{scope.name}: {spell(script)}", k, initial(k), rows, sizes, terminal, ALWAYS, tuple(_claims(rows)),
        canonical=canonical,
    )  # fmt: skip


@no_garbage_collection()
def _ask(table: Table, system: System[Bounds, State]) -> Asked:
    """What the table is listed not to keep is looked for in the same graph."""
    listed = table.not_kept
    explored = explore(
        replace(
            system,
            always=tuple(claim for claim in system.always if claim.name not in listed),
            on_step=tuple(claim for claim in system.on_step if claim.name not in listed),
        ),
        keep=True,
    )
    graph, found = explored.kept, explored.counterexample
    ways = {claim: [graph.moves[move] for move, _ in graph.steps(way)] for claim, way in _broken(system, graph, listed)}
    if found is not None:
        ways.setdefault(found.claim, list(found.moves))
    not_finished = explored.verdict is Verdict.NOT_FINISHED
    return Asked(
        explored.verdict if not_finished or ways.keys() - listed.keys() else Verdict.HOLDS,
        Count("", 1, explored.states, explored.transitions, explored.depth),
        explored.seconds,
        {claim: (system.name, *_told(moves)) for claim, moves in ways.items()},
        explored.seen | {name for name, count in explored.fired.items() if count},
    )


def _told(moves: Iterable[Move]) -> Iterator[str]:
    return (f"  {number}. {move.action} {move.index}" for number, move in enumerate(moves, 1))


def _broken(
    system: System[Bounds, State], graph: Graph[State], claims: Collection[str]
) -> Iterator[tuple[str, list[int]]]:
    """Each of these claims that is not kept, where it is seen first, with the run that leads there."""
    k = system.constants
    for claim in system.always:
        if claim.name in claims:
            wrong = (at for at, s in enumerate(graph.states) if not claim.holds(k, s))
            yield from ((claim.name, graph.way_to(at)) for at in islice(wrong, 1))
    for step in system.on_step:
        if step.name in claims:
            wrong_steps = (
                [*graph.way_to(at), target]
                for at in range(graph.expanded)
                for move, target in graph.edges(at)
                if graph.moves[move].action == step.action
                and not step.holds(k, graph.states[at], graph.states[target], graph.moves[move].index)
            )
            yield from ((step.name, way) for way in islice(wrong_steps, 1))
    if END_IN_REACH in claims and graph.expanded == len(graph.states):  # else the search has stopped at another claim
        ends = [at for at, s in enumerate(graph.states) if system.terminal(k, s)]
        if (trap := trapped(len(graph.states), graph.targets, ends)) is not None:
            yield END_IN_REACH, graph.way_to(trap)


def problems_of(table: Table, came: Asked) -> Iterator[str]:
    """A sentence for each claim that is broken or kept other than it is listed, and for each gap."""
    for claim, (graph, *steps) in came.broken.items():
        if claim not in table.not_kept:
            yield f"{table.name} does not keep {claim}, in {graph}"
            yield from steps
    if came.verdict is not Verdict.HOLDS:
        return
    for claim in sorted(table.not_kept.keys() - came.broken.keys()):
        yield f"{table.name} is listed as not keeping {claim}, and keeps it"
    claims = CLAIMS - table.not_kept.keys()
    rows = {row.name for scope in table.scopes for row in table.rows(scope.bounds)}
    idle = (claims | rows) - came.happened
    for name in sorted(idle - table.unused.keys()):
        yield f"{name} of {table.name} is about nothing that happens in any scope"
    for name in sorted(table.unused.keys() - idle):
        yield f"{name} of {table.name} is listed as about nothing, and is about something"


# --- the scopes -------------------------------------------------------------------------------------------------------

SCOPES: tuple[Scope, ...] = (
    Scope("one task", "every single call after a submit; a crash", Bounds(budget=CRASH),
          one_after_another((Submit(0),), *((Submit(0), call) for call in (Cancel(0), *SHUTDOWNS)))),
    Scope("a cancel beside a request", "a crash", Bounds(given=1, budget=CRASH), beside((Cancel(0),), ((CANCEL,),))),
    Scope("beside", "a call beside a submit", Bounds(), beside(submits(1), singles((Cancel(0), CANCEL)))),
    Scope("order", "two tasks; a cancel", Bounds(tasks=2), one_after_another(submits(2), (*submits(2), Cancel(0)))),
    Scope("two workers", "two tasks; a cancel", Bounds(allowed=2, tasks=2, given=2), one_after_another((Cancel(0),))),
    Scope("two cancels", "of two tasks, and of one", Bounds(tasks=2, given=2),
          one_after_another((Cancel(1), Cancel(0)), (Cancel(0), Cancel(0)))),
    Scope("one of two dies", "one task; all is cancelled", Bounds(allowed=2, given=1, budget=CRASH),
          one_after_another((CANCEL,))),
    Scope("one of two dies, and a cancel", "one task; it is cancelled", Bounds(allowed=2, given=1, budget=CRASH),
          one_after_another((Cancel(0),))),
    Scope("interrupted", "an exception takes a client out of a call", Bounds(budget=Budget(interrupts=1)),
          one_after_another((Submit(0), Cancel(0)))),
    Scope("values", "an argument that cannot be pickled; an error",
          Bounds(tasks=2, kinds=(Kind.BAD_ARGUMENT, Kind.BAD_RESULT)), one_after_another(submits(2))),
    Scope("rebuilt", "a value that has to be rebuilt, and a callback", Bounds(kinds=(Kind.REBUILT,), callbacks=(0,)),
          one_after_another((Submit(0), Cancel(0)))),
    Scope("late", "deferred pickling, and a callback", Bounds(kinds=(Kind.LATE,), callbacks=(0,)),
          one_after_another((Submit(0), Cancel(0)), (Submit(0), CANCEL))),
    Scope("late, and dies", "deferred pickling, and a crash", Bounds(kinds=(Kind.LATE,), callbacks=(0,), budget=CRASH),
          one_after_another((Submit(0),))),
    Scope("late, and fails", "deferred pickling that fails", Bounds(kinds=(Kind.LATE_BAD,), callbacks=(0,)),
          one_after_another((Submit(0), Cancel(0)))),
    Scope("replaced", "a death; replace",
          Bounds(tasks=2, given=2, sleeps=False, start=Start.ON_DEMAND, policy=DeathPolicy.REPLACE, budget=CRASH),
          one_after_another(())),
    Scope("none in a row", "the first death is too many", Bounds(
        given=1, sleeps=False, start=Start.ON_DEMAND, policy=DeathPolicy.REPLACE, restarts=0, budget=CRASH),
          one_after_another(())),
    Scope("in a row", "a death too many in a row, or a task between two deaths", Bounds(
        tasks=2, given=2, sleeps=False, start=Start.ON_DEMAND, policy=DeathPolicy.REPLACE, restarts=1,
        budget=Budget(crashes=2)), one_after_another(())),
    Scope("priority", "the last task goes before the one that is sent ahead", Bounds(
        tasks=3, given=2, priorities=(0, 0, 1), window=3), one_after_another((Submit(2),))),
    Scope("stopped", "a task is stopped; a crash", Bounds(
        given=1, sleeps=False, start=Start.ON_DEMAND, budget=CRASH), one_after_another((Stop(0),))),
    Scope("bad starts", "a start and an initializer fail", Bounds(
        given=1, start=Start.ON_DEMAND, patience=1, budget=Budget(start_failures=1, boot_failures=1)),
          one_after_another(())),
    Scope("hanging start", "a start hangs; replace", Bounds(
        given=1, start=Start.ON_DEMAND, policy=DeathPolicy.REPLACE, budget=Budget(hangs=1)), one_after_another(())),
    Scope("task limit", "a worker for each task", Bounds(tasks=2, given=2, start=Start.ON_DEMAND, task_limit=1),
          one_after_another(())),
    Scope("memory limit", "a worker is over its limit in memory after a task; a crash", Bounds(
        tasks=2, given=2, window=1, sleeps=False, start=Start.ON_DEMAND, policy=DeathPolicy.REPLACE,
        budget=Budget(crashes=1, fills=1)), one_after_another(())),
    Scope("idle", "a worker is idle for too long, and another one comes", Bounds(
        tasks=2, given=1, sleeps=False, start=Start.ON_DEMAND, budget=Budget(idles=1)),
          one_after_another((Submit(1),))),
    Scope("resized", "one worker less, or refused since the pool is shut", Bounds(allowed=2, sleeps=False),
          one_after_another((Resize(1),), (TERMINATE, Resize(1)))),
    Scope("deaf", "a process ignores SIGTERM, another stalls in its exit handlers",
          Bounds(given=1, budget=Budget(deaf=1, stalls=1)), one_after_another((), (TERMINATE,))),
    Scope("the dead", "a torn answer, a process left behind, a stolen status",
          Bounds(given=1, budget=Budget(crashes=1, tears=1, grandchildren=1, thefts=1)), one_after_another(())),
)  # fmt: skip
"""Small ones: each table has more steps than the model."""
LATER = frozenset({
    "a cancel beside a request", "beside", "two workers", "one of two dies, and a cancel", "replaced", "in a row",
})  # fmt: skip
"""For these nobody waits: the others have each row and each claim, as the check asks."""

WAITS_INSIDE = (
    "ClientDoesNotWaitForItself", "ManagerAddsThread", "only_a_callback_leaves_its_wait",
    "a_thread_is_added_beside_blocked_ones",
)  # fmt: skip
NOT_FOLLOWED = {
    **dict.fromkeys(WAITS_INSIDE, "neither code nor traces have callbacks that wait"),
    **dict.fromkeys(("ParentDies", "WorkerIsOrphaned"), "the parent's death is not followed"),
}

CODES = Table(
    "the code's table",
    lambda k: allowed(k.lanes, k.threads),
    SCOPES,
    not_kept={
        "a_cancel_outlasts_a_death, ManagerBreaksLate": "It is no claim of the model: the row is none of the model's. A"
        " canceller held the future's lock when the pool broke, or a broken pool took in task and request at once. The"
        " end is told after a request that came later. A state does not say which of the two came first, and so the"
        " row allows both orders.",
    },
    unused=NOT_FOLLOWED,
)


def _noted_once(row: TraceAction) -> TraceAction:
    """In a trace each note has its line; here one about a lane waits at a time, or there would be no end of them."""

    def is_not_noted(_k: Bounds, s: State, lane: int) -> bool:
        return Message(Note.LOOK, lane) not in s.inbox

    return replace(row, guard=(*row.guard, is_not_noted)) if row.name == "ClientNotesALook" else row


SLEEPS = (
    "ClientWakesManager", "ClientIssuesAlone", "ManagerPutsUpTheFlag", "ManagerLooksAgain", "ManagerSleeps",
    "ManagerWakes", "no_task_waits_beside_an_idle_worker", "an_end_is_final_at_a_look",
)  # fmt: skip

TRACES = Table(
    "the traces' table",
    lambda k: tuple(map(_noted_once, table(k.lanes, k.threads).values())),
    tuple(replace(scope, bounds=replace(scope.bounds, sleeps=False)) for scope in SCOPES),
    not_kept={
        "one_worker_begins_in_order": "A ticket of a client's own that the system did not take counts as taken back,"
        " with another behind it. In a trace each call is a client of its own, so there the claim is about nothing. The"
        " code's graphs and the histories are asked for the order (C-22).",
        "the_end_stays_in_reach": "Whoever is thrown out of his last call has not asked the pool to end. A trace that"
        " does not come to its end is incomplete, and said to be.",
    },
    unused={**NOT_FOLLOWED, **dict.fromkeys(SLEEPS, "a trace does not tell of sleep")},
)

TABLES = (CODES, TRACES)
"""In the order in which they are shown."""
