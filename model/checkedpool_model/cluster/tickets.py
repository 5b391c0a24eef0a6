"""Tickets on a scheduler: a client, the table, an engine that starts slots as it likes, workers that vanish.

Decides: what each of them may do, and what is claimed of all.  Must not know: the engine's reasons; the contract
(``refines``).

What the engine starts is a slot.  It asks for any ticket and gets the first that waits; with its answer it may ask for
another one.  Tasks are numbered in the order in which they are to go, and issued in any order: that is what priorities
come to.  The client keeps some slots ahead of the tickets that wait.

Two streams keep their order, one in each direction between client and scheduler.  A worker's question and its answer
may be under way when the worker is gone; the scheduler hears of that at some later time.  The connection to the client
may be cut at any moment, with all that is under way in it; each side hears of that by itself.
"""

from typing import Literal, NamedTuple, TypeAlias

from checkedpool_model.checker.system import Action, Always, Effect, Fair, Seen, System
from checkedpool_model.checker.system import Conjunct as Holds
from checkedpool_spec.contract import State as End
from checkedpool_spec.records import quickly_replaced
from checkedpool_spec.vocabulary import ShutdownLevel

__all__ = ["ACTIONS", "Bounds", "Cluster", "Slot", "Task", "Worker", "system"]

Word: TypeAlias = tuple[str, int, int]
"""A message: what it says, of which task, and of which slot."""
NONE = -1


class Bounds(NamedTuple):
    """How much there is."""

    tasks: int
    workers: int
    deaths: int = 1
    cuts: int = 0
    again: int = 1
    """How often the engine starts a slot that it has started before, or gives one up."""
    slots: int = 2
    """How many the client has in all."""
    ahead: int = 1
    """How many of them may be ahead at once."""


@quickly_replaced
class Task(NamedTuple):
    """One task, as the client and the scheduler know it."""

    future: End = End.PENDING
    """What the client has been told."""
    issued: bool = False
    """Whether the client has sent it."""
    asked: bool = False
    """Whether the client has asked for its ticket back."""
    ticket: Literal["unknown", "waits", "begun", "over"] = "unknown"
    by: int = NONE
    """Which worker has begun it."""
    runs: int = 0
    """How often a worker has run it, or tried to."""


@quickly_replaced
class Slot(NamedTuple):
    """A task of the engine, which asks for tickets."""

    engine: Literal["unknown", "queued", "started", "over"] = "unknown"
    """What has become of it."""
    used: bool = False
    """Whether the client has sent it."""
    ahead: bool = False
    """Whether it has not asked, as far as the client knows."""


@quickly_replaced
class Worker(NamedTuple):
    """A process that runs one task at a time."""

    does: Literal["nothing", "asks", "runs", "has answered", "answers and asks"] = "nothing"
    task: int = 0
    slot: int = 0
    alive: bool = True
    missed: bool = False
    """The scheduler has heard of its end."""


@quickly_replaced
class Cluster(NamedTuple):
    """All of it."""

    tasks: tuple[Task, ...]
    workers: tuple[Worker, ...]
    slots: tuple[Slot, ...]
    to_scheduler: tuple[Word, ...] = ()
    to_client: tuple[Word, ...] = ()
    connected: bool = True
    client_knows: bool = False
    """The client has heard that the connection is cut."""
    scheduler_knows: bool = False
    level: ShutdownLevel = ShutdownLevel.OPEN
    over: bool = False
    deaths: int = 0
    cuts: int = 0
    again: int = 0
    overtaken: bool = False
    """A task has begun while another one waited that was to go before it."""


Conjunct: TypeAlias = Holds[Bounds, Cluster]


def with_task(s: Cluster, t: int, task: Task) -> Cluster:
    return s._replace(tasks=(*s.tasks[:t], task, *s.tasks[t + 1 :]))


def with_worker(s: Cluster, w: int, worker: Worker) -> Cluster:
    return s._replace(workers=(*s.workers[:w], worker, *s.workers[w + 1 :]))


def with_slot(s: Cluster, n: int, slot: Slot) -> Cluster:
    return s._replace(slots=(*s.slots[:n], slot, *s.slots[n + 1 :]))


def idle(s: Cluster, w: int) -> Cluster:
    """The worker has nothing to do any more."""
    return with_worker(s, w, s.workers[w]._replace(does="nothing", task=0, slot=0))


def send(s: Cluster, what: str, t: int = NONE, n: int = NONE) -> Cluster:
    """What the client sends, in its order."""
    return s._replace(to_scheduler=(*s.to_scheduler, (what, t, n)))


def tell(s: Cluster, what: str, t: int = NONE, n: int = NONE) -> Cluster:
    """What the scheduler tells a client that it believes to be there; in a connection that is cut it is lost."""
    return s._replace(to_client=(*s.to_client, (what, t, n))) if s.connected else s


def taken(s: Cluster, t: int, what: str) -> Cluster:
    """The ticket leaves the table, and the client is told why."""
    return tell(with_task(s, t, s.tasks[t]._replace(ticket="over")), what, t)


def first_that_waits(s: Cluster) -> int:
    """Which ticket is granted next, if any."""
    return next((t for t, task in enumerate(s.tasks) if task.ticket == "waits"), NONE)


def tickets_that_wait(s: Cluster) -> int:
    """As far as the client knows."""
    return sum(task.issued and task.future == End.PENDING for task in s.tasks)


def slots_ahead(s: Cluster) -> int:
    """How many have not asked, as far as the client knows."""
    return sum(slot.ahead for slot in s.slots)


def of_pair(k: Bounds, i: int) -> tuple[int, int]:
    """A slot and a worker."""
    return divmod(i, k.workers)


# --- guards -----------------------------------------------------------------------------------------------------------


def something_for_the_scheduler(_k: Bounds, s: Cluster, _i: int) -> bool:
    return bool(s.to_scheduler)


def something_for_the_client(_k: Bounds, s: Cluster, _i: int) -> bool:
    return bool(s.to_client)


def slot_is_queued(k: Bounds, s: Cluster, i: int) -> bool:
    return s.slots[of_pair(k, i)[0]].engine == "queued"


def slot_was_started(k: Bounds, s: Cluster, i: int) -> bool:
    return s.slots[of_pair(k, i)[0]].engine in {"started", "over"}


def it_is_queued(_k: Bounds, s: Cluster, n: int) -> bool:
    return s.slots[n].engine == "queued"


def worker_is_free(k: Bounds, s: Cluster, i: int) -> bool:
    worker = s.workers[of_pair(k, i)[1]]
    return worker.alive and worker.does == "nothing"


def engine_may_start_again(k: Bounds, s: Cluster, _i: int) -> bool:
    return s.again < k.again


def worker_asks(_k: Bounds, s: Cluster, w: int) -> bool:
    return s.workers[w].does == "asks"


def worker_runs(_k: Bounds, s: Cluster, w: int) -> bool:
    return s.workers[w].does == "runs"


def worker_has_answered(_k: Bounds, s: Cluster, w: int) -> bool:
    return s.workers[w].does in {"has answered", "answers and asks"}


def worker_lives(_k: Bounds, s: Cluster, w: int) -> bool:
    return s.workers[w].alive


def worker_is_gone(_k: Bounds, s: Cluster, w: int) -> bool:
    return not s.workers[w].alive


def worker_is_not_missed(_k: Bounds, s: Cluster, w: int) -> bool:
    return not s.workers[w].missed


def another_may_die(k: Bounds, s: Cluster, _i: int) -> bool:
    return s.deaths < k.deaths


def it_may_be_cut(k: Bounds, s: Cluster, _i: int) -> bool:
    return s.connected and s.cuts < k.cuts


def it_is_cut(_k: Bounds, s: Cluster, _i: int) -> bool:
    return not s.connected


def client_has_not_heard(_k: Bounds, s: Cluster, _i: int) -> bool:
    return not s.client_knows


def scheduler_has_not_heard(_k: Bounds, s: Cluster, _i: int) -> bool:
    return not s.scheduler_knows


def it_is_not_over(_k: Bounds, s: Cluster, _i: int) -> bool:
    return not s.over


def client_can_ask(_k: Bounds, s: Cluster, _i: int) -> bool:
    return s.connected and not s.over


def it_is_not_issued(_k: Bounds, s: Cluster, t: int) -> bool:
    return not s.tasks[t].issued


def it_is_the_next_slot(_k: Bounds, s: Cluster, n: int) -> bool:
    return not s.slots[n].used and all(slot.used for slot in s.slots[:n])


def a_slot_is_lacking(k: Bounds, s: Cluster, _n: int) -> bool:
    return slots_ahead(s) < min(tickets_that_wait(s), k.ahead)


def it_is_the_last_slot_ahead(_k: Bounds, s: Cluster, n: int) -> bool:
    return s.slots[n].ahead and not any(slot.ahead for slot in s.slots[n + 1 :])


def it_is_one_too_many(_k: Bounds, s: Cluster, _n: int) -> bool:
    return slots_ahead(s) > tickets_that_wait(s)


def it_may_be_cancelled(_k: Bounds, s: Cluster, t: int) -> bool:
    return s.tasks[t].future == End.PENDING and not s.tasks[t].asked


def it_is_open(_k: Bounds, s: Cluster, _i: int) -> bool:
    return s.level == ShutdownLevel.OPEN


def it_is_closed(_k: Bounds, s: Cluster, _i: int) -> bool:
    return s.level != ShutdownLevel.OPEN


def all_have_ended(_k: Bounds, s: Cluster, _i: int) -> bool:
    return all(task.future > End.RUNNING for task in s.tasks)


# --- effects ----------------------------------------------------------------------------------------------------------


def client_issues(_k: Bounds, s: Cluster, t: int) -> Cluster:
    return send(with_task(s, t, s.tasks[t]._replace(issued=True)), "issue", t)


def client_starts_slot(_k: Bounds, s: Cluster, n: int) -> Cluster:
    return send(with_slot(s, n, s.slots[n]._replace(used=True, ahead=True)), "start", n=n)


def client_drops_slot(_k: Bounds, s: Cluster, n: int) -> Cluster:
    return send(with_slot(s, n, s.slots[n]._replace(ahead=False)), "drop", n=n)


def scheduler_hears(_k: Bounds, s: Cluster, _i: int) -> Cluster:
    (what, t, n), *rest = s.to_scheduler
    s = s._replace(to_scheduler=tuple(rest))
    if what == "issue":
        return with_task(s, t, s.tasks[t]._replace(ticket="waits"))
    if what == "revoke":
        return taken(s, t, "revoked") if s.tasks[t].ticket == "waits" else s
    return with_slot(s, n, s.slots[n]._replace(engine="queued" if what == "start" else "over"))


def engine_starts(k: Bounds, s: Cluster, i: int) -> Cluster:
    n, w = of_pair(k, i)
    s = with_slot(s, n, s.slots[n]._replace(engine="started"))
    return with_worker(s, w, s.workers[w]._replace(does="asks", slot=n))


def engine_starts_again(k: Bounds, s: Cluster, i: int) -> Cluster:
    n, w = of_pair(k, i)
    return with_worker(s, w, s.workers[w]._replace(does="asks", slot=n))._replace(again=s.again + 1)


def engine_gives_up(_k: Bounds, s: Cluster, n: int) -> Cluster:
    s = with_slot(s, n, s.slots[n]._replace(engine="over"))._replace(again=s.again + 1)
    return tell(s, "spent", n=n)


def scheduler_decides(_k: Bounds, s: Cluster, w: int) -> Cluster:
    """The first that waits, if the worker is one that it knows of."""
    if s.workers[w].missed:
        return idle(s, w)
    t = first_that_waits(s)
    return refused(s, w) if t == NONE else granted(s, w, t)


def refused(s: Cluster, w: int) -> Cluster:
    n = s.workers[w].slot
    return tell(idle(with_slot(s, n, s.slots[n]._replace(engine="over")), w), "spent", n=n)


def granted(s: Cluster, w: int, t: int) -> Cluster:
    overtaken = s.overtaken or NONE < first_that_waits(s) < t
    task = s.tasks[t]._replace(ticket="begun", by=w, runs=s.tasks[t].runs + 1)
    s = with_worker(with_task(s, t, task), w, s.workers[w]._replace(does="runs", task=t))
    return tell(s._replace(overtaken=overtaken), "begun", t, s.workers[w].slot)


def worker_answers(_k: Bounds, s: Cluster, w: int) -> Cluster:
    return with_worker(s, w, s.workers[w]._replace(does="has answered"))


def worker_answers_and_asks(_k: Bounds, s: Cluster, w: int) -> Cluster:
    return with_worker(s, w, s.workers[w]._replace(does="answers and asks"))


def scheduler_takes_answer(_k: Bounds, s: Cluster, w: int) -> Cluster:
    worker = s.workers[w]
    if worker.does == "answers and asks":
        s = with_worker(s, w, worker._replace(does="asks", task=0))
    else:
        s = idle(with_slot(s, worker.slot, s.slots[worker.slot]._replace(engine="over")), w)
    if (s.tasks[worker.task].ticket, s.tasks[worker.task].by) != ("begun", w):
        return s
    return taken(s, worker.task, "answered")


def worker_dies(_k: Bounds, s: Cluster, w: int) -> Cluster:
    return with_worker(s, w, s.workers[w]._replace(alive=False))._replace(deaths=s.deaths + 1)


def scheduler_misses_worker(_k: Bounds, s: Cluster, w: int) -> Cluster:
    worker = s.workers[w]
    if worker.does != "nothing" and s.slots[worker.slot].engine == "started":  # the engine starts it elsewhere
        s = with_slot(s, worker.slot, s.slots[worker.slot]._replace(engine="queued"))
    s = with_worker(s, w, worker._replace(missed=True))
    if worker.does in {"asks", "answers and asks"}:  # a question may still be under way; nothing else is heard of it
        s = with_worker(s, w, s.workers[w]._replace(does="asks", task=0))
    else:
        s = idle(s, w)
    for t, task in enumerate(s.tasks):
        if (task.ticket, task.by) == ("begun", w):
            s = taken(s, t, "lost")
    return s


TOLD = {"begun": End.RUNNING, "answered": End.SUCCEEDED, "revoked": End.CANCELLED, "lost": End.BLAMED}


def client_hears(_k: Bounds, s: Cluster, _i: int) -> Cluster:
    (what, t, n), *rest = s.to_client
    s = s._replace(to_client=tuple(rest))
    if what in {"begun", "spent"}:
        s = with_slot(s, n, s.slots[n]._replace(ahead=False))
    if what in TOLD and s.tasks[t].future <= End.RUNNING:
        s = with_task(s, t, s.tasks[t]._replace(future=TOLD[what]))
    return s


def connection_is_cut(_k: Bounds, s: Cluster, _i: int) -> Cluster:
    return s._replace(connected=False, cuts=s.cuts + 1, to_client=(), to_scheduler=())


def client_misses_scheduler(_k: Bounds, s: Cluster, _i: int) -> Cluster:
    for t, task in enumerate(s.tasks):
        if task.future <= End.RUNNING:
            s = with_task(s, t, s.tasks[t]._replace(future=End.BROKEN))
    return s._replace(client_knows=True)


def scheduler_misses_client(_k: Bounds, s: Cluster, _i: int) -> Cluster:
    tasks = tuple(task._replace(ticket="over") for task in s.tasks)
    return s._replace(scheduler_knows=True, tasks=tasks, slots=tuple(slot._replace(engine="over") for slot in s.slots))


def client_cancels(k: Bounds, s: Cluster, t: int) -> Cluster:
    """What was submitted before goes out before."""
    s = s if s.tasks[t].issued else client_issues(k, s, t)
    return send(with_task(s, t, s.tasks[t]._replace(asked=True)), "revoke", t)


def client_drains(_k: Bounds, s: Cluster, _i: int) -> Cluster:
    return s._replace(level=ShutdownLevel.DRAIN)


def client_shuts_down_cancelling(k: Bounds, s: Cluster, _i: int) -> Cluster:
    for t in range(k.tasks):
        if s.connected and it_may_be_cancelled(k, s, t):
            s = client_cancels(k, s, t)
    return s._replace(level=ShutdownLevel.CANCEL)


def it_ends(_k: Bounds, s: Cluster, _i: int) -> Cluster:
    return s._replace(over=True)


# --- the table --------------------------------------------------------------------------------------------------------


def _row(
    name: str, over: str, guard: tuple[Conjunct, ...], effect: Effect[Bounds, Cluster], fair: Fair = Fair.WEAK
) -> Action[Bounds, Cluster]:
    return Action(name, over, guard, effect, fair, Seen.OBSERVABLE, "")


ACTIONS: tuple[Action[Bounds, Cluster], ...] = (
    _row("ClientIssues", "task", (client_can_ask, it_is_not_issued), client_issues),
    _row("ClientStartsSlot", "slot", (client_can_ask, it_is_the_next_slot, a_slot_is_lacking), client_starts_slot),
    _row("ClientDropsSlot", "slot", (client_can_ask, it_is_the_last_slot_ahead, it_is_one_too_many), client_drops_slot),
    _row("ClientCancels", "task", (client_can_ask, it_may_be_cancelled), client_cancels, Fair.NONE),
    _row("ClientDrains", "", (it_is_open,), client_drains),
    _row("ClientShutsDownCancelling", "", (it_is_open,), client_shuts_down_cancelling, Fair.NONE),
    _row("ClientHears", "", (something_for_the_client,), client_hears),
    _row("ClientMissesScheduler", "", (it_is_cut, client_has_not_heard, it_is_not_over), client_misses_scheduler),
    _row("ClientIsDone", "", (it_is_closed, it_is_not_over, all_have_ended), it_ends),
    _row("SchedulerHears", "", (something_for_the_scheduler,), scheduler_hears),
    _row("SchedulerDecides", "worker", (worker_asks,), scheduler_decides),
    _row("SchedulerTakesAnswer", "worker", (worker_has_answered, worker_is_not_missed), scheduler_takes_answer),
    _row("SchedulerMissesWorker", "worker", (worker_is_gone, worker_is_not_missed), scheduler_misses_worker),
    _row("SchedulerMissesClient", "", (it_is_cut, scheduler_has_not_heard), scheduler_misses_client),
    _row("EngineStarts", "pair", (slot_is_queued, worker_is_free), engine_starts, Fair.STRONG),
    _row("EngineStartsAgain", "pair", (slot_was_started, worker_is_free, engine_may_start_again), engine_starts_again,
         Fair.NONE),
    _row("EngineGivesUp", "slot", (it_is_queued, engine_may_start_again), engine_gives_up, Fair.NONE),
    _row("WorkerAnswers", "worker", (worker_lives, worker_runs), worker_answers),
    _row("WorkerAnswersAndAsks", "worker", (worker_lives, worker_runs), worker_answers_and_asks, Fair.NONE),
    _row("WorkerDies", "worker", (worker_lives, another_may_die, it_is_not_over), worker_dies, Fair.NONE),
    _row("ConnectionIsCut", "", (it_may_be_cut, it_is_not_over), connection_is_cut, Fair.NONE),
)  # fmt: skip


# --- what is claimed --------------------------------------------------------------------------------------------------


def none_runs_twice(_k: Bounds, s: Cluster) -> bool:
    return all(task.runs <= 1 for task in s.tasks)


def one_has_run(_k: Bounds, s: Cluster) -> bool:
    return any(task.runs for task in s.tasks)


def what_is_cancelled_has_not_run(_k: Bounds, s: Cluster) -> bool:
    return all(not task.runs for task in s.tasks if task.future == End.CANCELLED)


def one_is_cancelled(_k: Bounds, s: Cluster) -> bool:
    return any(task.future == End.CANCELLED for task in s.tasks)


def who_succeeds_or_is_blamed_has_run(_k: Bounds, s: Cluster) -> bool:
    return all(task.runs for task in s.tasks if task.future in {End.SUCCEEDED, End.BLAMED})


def one_is_blamed_or_succeeds(_k: Bounds, s: Cluster) -> bool:
    return any(task.future in {End.SUCCEEDED, End.BLAMED} for task in s.tasks)


def none_is_overtaken(_k: Bounds, s: Cluster) -> bool:
    return not s.overtaken


def a_later_one_has_run(_k: Bounds, s: Cluster) -> bool:
    return any(task.runs for task in s.tasks[1:])


def no_ticket_of_a_lost_client_waits(_k: Bounds, s: Cluster) -> bool:
    return not s.scheduler_knows or all(task.ticket != "waits" for task in s.tasks)


def a_client_is_lost(_k: Bounds, s: Cluster) -> bool:
    return s.scheduler_knows


def all_is_quiet(_k: Bounds, s: Cluster) -> bool:
    return s.over


def system(k: Bounds, actions: tuple[Action[Bounds, Cluster], ...] = ACTIONS) -> System[Bounds, Cluster]:
    """All tasks are submitted, and none is sent."""
    initial = Cluster((Task(),) * k.tasks, (Worker(),) * k.workers, (Slot(),) * k.slots)
    order = (Always("none_is_overtaken", none_is_overtaken, a_later_one_has_run),)
    lost = (Always("no_ticket_of_a_lost_client_waits", no_ticket_of_a_lost_client_waits, a_client_is_lost),)
    return System(
        f"{k.tasks} tasks, {k.workers} workers, {k.deaths} deaths, {k.cuts} cuts",
        k,
        initial,
        actions,
        {"task": k.tasks, "worker": k.workers, "slot": k.slots, "pair": k.slots * k.workers},
        all_is_quiet,
        (
            Always("none_runs_twice", none_runs_twice, one_has_run),
            Always("what_is_cancelled_has_not_run", what_is_cancelled_has_not_run, one_is_cancelled),
            Always("who_succeeds_or_is_blamed_has_run", who_succeeds_or_is_blamed_has_run, one_is_blamed_or_succeeds),
            *(order if k.tasks > 1 else ()),
            *(lost if k.cuts else ()),
        ),
    )
