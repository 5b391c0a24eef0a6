"""From the facts of a trace to its record: every occurrence, and the system in which they must be a run.

Decides: the order in which the parts are made, what the manager's lines say of each lane, at which command a worker
is buried. Must not know: any single event's steps.
"""

from collections.abc import Callable

from checkedpool_model.checker.system import System
from checkedpool_model.protocol.actions.environment import is_to_leave
from checkedpool_model.protocol.bounds import Bounds, initial
from checkedpool_model.protocol.properties import ALWAYS, terminal
from checkedpool_model.protocol.state import Mark, Signal, State
from checkedpool_model.traces.client_events import add_calls, add_jobs, ends_of_jobs, pickled_calls
from checkedpool_model.traces.loans import Loan, loans_of
from checkedpool_model.traces.manager_events import ManagerEvents
from checkedpool_model.traces.reading import Facts, Round, outcomes
from checkedpool_model.traces.record import FOR_EVER, Record, Steps
from checkedpool_model.traces.rules import table
from checkedpool_model.traces.scope import bounds_of, numbers_of
from checkedpool_model.traces.worker_events import Told, add_worker
from checkedpool_spec.trace import E
from checkedpool_spec.trace_files import Line

__all__ = ["made"]


def made(name: str, facts: Facts) -> tuple[System[Bounds, State], Record]:
    """The system and the record."""
    numbers = numbers_of(facts)
    bounds = bounds_of(facts, numbers)
    record = Record(facts, numbers, bounds, table(bounds.lanes, numbers.threads), loans_of(facts))
    start = initial(bounds)
    if start.threads:
        start = start._replace(threads=(Mark.NOBODY,) * numbers.threads)
    sizes = {"client": len(bounds.script), "lane": bounds.lanes, "task": bounds.tasks, "thread": numbers.threads,
             "message": max(bounds.tasks, bounds.lanes, 5)}  # fmt: skip
    system = System(name, bounds, start, tuple(record.actions.values()), sizes, terminal, ALWAYS)
    _find_looks(record)
    _find_repeats(record)
    _find_burials(record)
    told = _told(record)
    _follow_tickets(record)
    deaths = {}
    for lane in numbers.slots:
        _signals(record, lane, told[lane])
        ends = told[lane].known_dead
        deaths[lane] = add_worker(record, lane, facts.workers.get(lane), told[lane], FOR_EVER if ends is None else ends)
    ManagerEvents(record, told, deaths).add_all()
    add_calls(record)
    add_jobs(record)
    return system, record


def _find_looks(record: Record) -> None:
    """Of the notes that a canceller posts about a lane, the one under the lane's lock is the model's."""
    for call in record.facts.calls:
        for part in call.parts:
            if part.e is E.REVOKE:
                inside = (post for post in call.parts if post.e is E.POST and post.text("what") == "RevokedByCanceller")
                record.looks.update(id(post) for post in inside if part.before <= post.before <= part.after)


def _find_repeats(record: Record) -> None:
    """Of a pickled call the manager hears twice; the model has one message."""
    pickled = pickled_calls(record.facts)
    record.repeats.update(
        id(post)
        for job, post in ends_of_jobs(record.facts)
        if job.text("does") == "Pickle" and job.number("task") in pickled
    )


def _find_burials(record: Record) -> None:
    """A worker is buried at the first command of its round that names its death or ends its task, or at its closing."""
    started = {post.number("number") for post in record.facts.posts.values() if post.text("what") == "Started"}
    born = {lane for lane, slot in record.numbers.slots.items() if lane == slot}
    orders = {line.node("op").number("lane") for line in record.numbers.lines if line.node("op").text("is") == "Start"}
    for each in record.facts.rounds:
        for line in each.ops:
            op = line.node("op")
            if op.text("is") != "Close":
                continue
            lane = op.number("lane")
            if lane in started or (lane in born and lane not in orders):
                _bury(record, each, line, lane)


def _bury(record: Record, each: Round, close: Line, lane: int) -> None:
    named = [line for line in each.ops if _names_death_of(line, lane)]
    at = named[0] if named else _cancelled_before(each, close)
    blamed = next((line.node("op").node("death").optional("blamed") for line in named), None)
    breaks = any(line.node("op").text("is") == "Break" for line in named)
    record.burials[id(at)] = lane
    record.blames[id(at)] = blamed, breaks


def _cancelled_before(each: Round, close: Line) -> Line:
    """The command that ends the future of a task that was stopped comes just before its lane is closed."""
    before = each.ops[each.ops.index(close) - 1]
    is_last = each.ops[0] is not close and before.node("op").text("is") == "Cancel"
    return before if is_last else close


def _names_death_of(line: Line, lane: int) -> bool:
    op = line.node("op")
    return op.text("is") in ("Break", "Fail") and op.node("death").optional("lane") == lane


def _told(record: Record) -> dict[int, Told]:
    """What the manager's lines say of each lane."""
    told = {lane: Told() for lane in record.numbers.slots}
    failed = set()
    for post in record.facts.posts.values():
        what = post.text("what")
        if what in ("Started", "StartFailed") and record.numbers.slot(post, "number") >= 0:
            failed.add(post.number("number"))
            if what == "Started":
                told[post.number("number")].known = post.after
    for each in record.facts.rounds:
        for line in (each.look, *each.ops):
            for outcome in outcomes(line):
                lane = outcome.optional("lane")
                if lane not in told:
                    continue
                told[lane].full |= outcome.text("is") == "Filled"
                if outcome.text("is") == "Ended" and told[lane].dead is None:
                    told[lane].dead, told[lane].known_dead = line, each.ends
                elif outcome.text("is") == "Reaped":
                    told[lane].exitcode = outcome.optional("exitcode")
    _given_up(record, told)
    return told


def _given_up(record: Record, told: dict[int, Told]) -> None:
    """A lane that is closed although nothing of its start was heard."""
    for line in record.numbers.lines:
        op = line.node("op")
        if op.text("is") == "Close":
            lane = told.get(op.number("lane"))
            posts = {post.number("number"): post for post in record.facts.posts.values()
                     if post.text("what") in ("Started", "StartFailed")}  # fmt: skip
            post = posts.get(op.number("lane"))
            forks = record.facts.files.parent.first.text("start_method") == "fork"
            if lane is not None and not forks and (post is None or post.before > line.after):
                lane.given_up = True


def _follow_tickets(record: Record) -> None:
    """Which tickets were issued for which task, and which came back."""
    for line in record.numbers.lines:
        op = line.node("op")
        _follow_loan(record, record.loans.by_line.get(id(line)))
        for outcome in outcomes(line):
            if op.text("is") == "Issue" and outcome.text("is") == "Issued":
                gone = outcome.numbers("gone")
                for seq, task in op.rows("items"):
                    if task not in gone:
                        record.tickets.issued(op.number("lane"), seq, task)
            elif outcome.text("is") == "Revoked":
                for seq in outcome.numbers("seqs"):
                    issue = record.tickets.last(outcome.number("lane"), seq)
                    if issue is not None:
                        issue.came_back = True
    _follow_loan(record, record.loans.late)


def _follow_loan(record: Record, loan: Loan | None) -> None:
    if loan is not None and loan.used is not None:
        record.tickets.issued(loan.lane, loan.seq, loan.used)


def _signals(record: Record, lane: int, told: Told) -> None:
    """Signals: sending and dying are one step of the model, so each happens somewhere between the two."""
    for line in record.numbers.lines:
        op = line.node("op")
        if op.text("is") != "Signal" or op.number("lane") != lane:
            continue
        force = op.flag("force")
        told.signal_at = line.before
        told.signal = record.add(
            line, f"the manager: Signal lane {lane}{', force' if force else ''}",
            _ways_of_a_signal(record, record.numbers.slots[lane], force=force),
            ends=FOR_EVER if told.known_dead is None else told.known_dead, after=[told.signal],
            optional=told.dead is None,
        )  # fmt: skip


def _ways_of_a_signal(record: Record, slot: int, *, force: bool) -> Callable[[State], list[Steps]]:
    names = ["ManagerKills"] if force else ["ManagerTerminates", "ManagerTerminatesInVain"]

    def ways(s: State) -> list[Steps]:
        if s.lanes[slot].signal == Signal.OBEYED:
            return [[]]  # sent to one that was about to end of the last one
        if force and s.lanes[slot].stop >= 0:  # a kill() of the task that it runs: the model has one sort of stop
            return [[("ManagerTerminates", slot)]]
        stalled = ["WorkerStalls"] if record.stalls and is_to_leave(record.bounds, s, slot) else []
        return [[(each, slot) for each in (*stalled, name)] for name in names]

    return ways
