"""The manager's operations on the simulated world, and how its thread sleeps and wakes up.

Decides: what is atomic. Each operation is one step between which all others may act; waking up is several steps, or
one if the scope fuses them. Must not know: why an operation was ordered. It follows the real platform access by
access, the order of reading (inbox, results, deaths) included.
"""

from checkedpool._core import words
from checkedpool._core.lane import LEAVE, MARK
from checkedpool._core.words import Op, Outcome
from tests.bridge.world import (
    KILLED,
    NOBODY,
    TERMINATED,
    At,
    End,
    Lane,
    Scope,
    Stage,
    Violation,
    World,
    claim,
    end,
    with_lane,
    with_task,
)

Outs = tuple[Outcome, ...]


def adopted(w: World, n: int) -> Lane:
    """The lane, if the platform has it."""
    if n >= len(w.lanes) or w.lanes[n].stage is not Stage.ADOPTED:
        raise KeyError(n)
    return w.lanes[n]


# --- operations -------------------------------------------------------------------------------------------------------


def perform(scope: Scope, w: World, op: Op) -> tuple[World, Outs]:  # noqa: C901, PLR0911, PLR0912 - a case an op
    """One operation; what is known at once."""
    match op:
        case words.Start(n):
            if n != len(w.lanes):
                msg = f"lane {n} is started twice or out of order"
                raise Violation(msg)
            return w._replace(lanes=(*w.lanes, Lane(Stage.ASKED))), ()
        case words.Send(n, items):
            return send(scope, w, n, items)
        case words.Issue(n, items):
            return issue(w, n, items)
        case words.TakeBack(n):
            return take_back(w, n)
        case words.Leave(n):
            return put_ticket(w, n, LEAVE), ()
        case words.Mark(n):
            lane = adopted(w, n)
            w, behind = write(scope, with_lane(w, n, lane._replace(out=(*lane.out, (MARK, NOBODY)))), n)
            return put_ticket(w, n, MARK), (words.Sent(n, behind),)
        case words.Signal(n, force):
            lane = adopted(w, n)
            signal = KILLED if force or lane.signal == KILLED else TERMINATED
            return (with_lane(w, n, lane._replace(signal=signal)) if lane.alive else w), ()
        case words.Drain(n):
            w, outs = read(w, n)
            return w, (*outs, words.Drained(n))
        case words.Reap(n):
            lane = adopted(w, n)
            lane = lane._replace(reaped=not lane.alive, abandoned=lane.signal == KILLED)
            return with_lane(w, n, lane), (words.Reaped(n, lane.status),)
        case words.Close(n):
            return close(w, n), ()
        case words.Break():
            return w._replace(broken=True), ()
        case words.AddHelper():
            return w._replace(helpers=w.helpers + 1), ()
        case words.Finish():
            if w.jobs:
                msg = "the manager ended while a user-code thread had a job"
                raise Violation(msg)
            return w, ()
        case _:
            return about_futures(scope, w, op)


def about_futures(scope: Scope, w: World, op: Op) -> tuple[World, Outs]:
    """Operations that end futures, or have that done by a user-code thread."""
    match op:
        case words.Settle(results):
            for t, body in results:
                right(t, body)
            return tell(scope, w, tuple(t for t, _ in results), End.VALUE)
        case words.Cancel(ids):
            return tell(scope, w, ids, End.CANCELLED)
        case words.Fail(ids):
            return tell(scope, w, ids, End.BROKEN)
        case words.Deliver(t, _, body):
            right(t, body)
            once(w, t, End.VALUE)
            w = with_task(w, t, w.tasks[t]._replace(known=False, told=End.VALUE))
            return w._replace(jobs=(*w.jobs, op)), ()
        case words.Call(t):
            if w.tasks[t].owed is None:
                raise KeyError(t)
            return w._replace(jobs=(*w.jobs, op)), ()
        case words.Pickle(t):
            if not w.tasks[t].known:
                raise KeyError(t)
            return w._replace(jobs=(*w.jobs, op)), ()
        case _:
            msg = f"unknown operation {op}"
            raise Violation(msg)


def right(t: int, body: object) -> None:
    """A value must be that of its task."""
    if t != body:
        msg = f"task {t} gets the value of task {body}"
        raise Violation(msg)


def once(w: World, t: int, how: End) -> None:
    """The manager's side must not end a task in two ways; that one is cancelled it may say twice."""
    told = w.tasks[t].told
    if told and (told, how) != (End.CANCELLED, End.CANCELLED):
        msg = f"the manager ends task {t} a second time"
        raise Violation(msg)


def tell(scope: Scope, w: World, ids: tuple[int, ...], how: End) -> tuple[World, Outs]:
    """End futures without waiting for a lock; what a user-code thread has to do is owed."""
    owing = []
    for t in ids:
        once(w, t, how)
        task = w.tasks[t]
        if how is End.BROKEN and not task.begun and not w.broken and task.end is End.OPEN:
            msg = f"task {t} was never begun, and a worker's death is charged to it"
            raise Violation(msg)
        if not task.known:  # withdrawn: the user has cancelled it
            continue
        task = task._replace(known=False, told=how)
        w = with_task(w, t, task)
        if task.holder != NOBODY:
            w = with_task(w, t, task._replace(owed=how))
            owing.append(t)
            continue
        done = task.end is not End.OPEN
        w = end(w, t, how)
        if not done and (scope.callbacks or task.kept):
            w = with_task(w, t, w.tasks[t]._replace(owed=End.OPEN))
            owing.append(t)
    return w, (words.Settled(tuple(owing)),) if owing else ()


def send(scope: Scope, w: World, n: int, items: tuple[words.Item, ...]) -> tuple[World, Outs]:
    """Queue frames and write what fits."""
    lane = adopted(w, n)
    gone = []
    for seq, t in items:
        if w.tasks[t].kept or not w.tasks[t].known or not w.tasks[t].unclaimed:
            gone.append(t)
            continue
        w = with_task(w, t, w.tasks[t]._replace(place=(n, seq)))
        lane = lane._replace(out=(*lane.out, (seq, t)))
    w, behind = write(scope, with_lane(w, n, lane), n)
    return w, (words.Sent(n, behind, tuple(gone)),)


def write(scope: Scope, w: World, n: int) -> tuple[World, int]:
    """Write what the pipe takes; a reader that is gone takes everything. How many frames are left."""
    lane = w.lanes[n]
    room = len(lane.out) if scope.pipe is None or not lane.alive else max(0, scope.pipe - len(lane.pipe))
    pipe = lane.pipe + lane.out[:room] if lane.alive else ()
    return with_lane(w, n, lane._replace(pipe=pipe, out=lane.out[room:])), len(lane.out[room:])


def issue(w: World, n: int, items: tuple[words.Item, ...]) -> tuple[World, Outs]:
    """Claim each task and put its ticket out, under the lane's lock; what was read back comes first."""
    lane = adopted(w, n)
    if lane.holder != NOBODY or lane.returned or lane.back:
        return w, (words.Busy(n),)
    gone, out = [], []
    for item in items:
        w, mine = claim(w, item[1])
        out.append(item) if mine else gone.append(item[1])
    lane = w.lanes[n]
    return with_lane(w, n, lane._replace(tickets=(*lane.tickets, *out))), (words.Issued(n, tuple(gone)),)


def put_ticket(w: World, n: int, ticket: int) -> World:
    """Put a ticket of no task out."""
    lane = adopted(w, n)
    return with_lane(w, n, lane._replace(tickets=(*lane.tickets, (ticket, NOBODY))))


def take_back(w: World, n: int) -> tuple[World, Outs]:
    """Read all tickets back, those of cancellers too, under the lane's lock."""
    lane = adopted(w, n)
    if lane.holder != NOBODY:
        return w, (words.Busy(n),)
    w = sort_back(read_tickets(w, n), n)
    return with_lane(w, n, w.lanes[n]._replace(returned=())), (words.TookBack(n, w.lanes[n].returned),)


def read_tickets(w: World, n: int) -> World:
    """Under the lane's lock: read all tickets; an interrupted reader may have left some that are not sorted."""
    lane = w.lanes[n]
    if lane.stage is Stage.CLOSED:
        return w
    return with_lane(w, n, lane._replace(back=lane.back + lane.tickets, tickets=()))


def sort_back(w: World, n: int) -> World:
    """Under the lane's lock: what was read back can be claimed again, and the manager will be told."""
    lane = w.lanes[n]
    for _, t in lane.back:
        if t != NOBODY:
            w = with_task(w, t, w.tasks[t]._replace(unclaimed=True))
    seqs = () if lane.stage is Stage.CLOSED else tuple(seq for seq, _ in lane.back)
    return with_lane(w, n, lane._replace(back=(), returned=lane.returned + seqs))


def close(w: World, n: int) -> World:
    """Close the parent's ends; a start that is under way is given up, and so is a process that SIGKILL does not end."""
    lane = w.lanes[n]
    if lane.stage is not Stage.ADOPTED:
        return with_lane(w, n, lane._replace(abandoned=True))
    if not lane.reaped and not lane.abandoned:
        msg = f"lane {n} is closed and its process is not reaped"
        raise Violation(msg)
    return with_lane(w, n, Lane(Stage.CLOSED, holder=lane.holder, back=lane.back, status=lane.status, reaped=True))


def read(w: World, n: int) -> tuple[World, Outs]:
    """All that the worker has written."""
    lane = adopted(w, n)
    outs: list[Outcome] = []
    answers = tuple(message for message in lane.results if isinstance(message, words.Answer))
    outs += (message for message in lane.results if isinstance(message, words.Ready | words.InitializerFailed))
    if answers:
        outs.append(words.Answered(n, answers))
    return with_lane(w, n, lane._replace(results=())), tuple(outs)


# --- sleeping and waking up -------------------------------------------------------------------------------------------


def stirring(scope: Scope, w: World) -> tuple[int, ...]:
    """The lanes that have something for the manager."""
    return tuple(
        n for n, lane in enumerate(w.lanes)
        if lane.stage is Stage.ADOPTED and (lane.results or has_room(scope, lane) or (not lane.alive and not lane.seen))
    )  # fmt: skip


def has_room(scope: Scope, lane: Lane) -> bool:
    """Whether frames wait and the pipe takes more."""
    return bool(lane.out) and (not lane.alive or scope.pipe is None or len(lane.pipe) < scope.pipe)


def due(w: World) -> float | None:
    """How long until the machine's deadline."""
    assert w.mind is not None
    deadline = w.mind.machine.deadline()
    return None if deadline is None else deadline - w.mind.machine.now


def may_wake(scope: Scope, w: World) -> bool:
    """Whether the manager's sleep is over."""
    left = due(w)
    return w.bell or (left is not None and left <= 0) or bool(stirring(scope, w))


def micro(scope: Scope, w: World, *, late: float = 0.0) -> World:
    """One access of the manager's thread on its way through sleep."""
    match w.at:
        case At.PUBLISH:
            return w._replace(at=At.LOOK, asleep=True, rung=False)
        case At.LOOK:
            return w._replace(at=At.WAKE if w.inbox else At.SELECT)
        case At.SELECT | At.WAKE:
            return wake(scope, w._replace(heard=(words.Tick(late),)))
        case At.INBOX:
            return take_inbox(w)._replace(at=At.READ)
        case _:
            return read_one(scope, w)


def wake(scope: Scope, w: World) -> World:
    """What is ready at this moment: lanes to read, then (as ``~number``) the dead."""
    live, dead = [], []
    for n in stirring(scope, w):
        lane = w.lanes[n]
        if lane.results or has_room(scope, lane):
            live.append(n)
        if not lane.alive and not lane.seen:
            w = with_lane(w, n, lane._replace(seen=True))
            dead.append(~n)
    return w._replace(at=At.INBOX, asleep=False, rung=False, bell=False, ready=(*live, *dead))


def read_one(scope: Scope, w: World) -> World:
    """The next of what was ready."""
    n = w.ready[0]
    if n < 0:
        outs: Outs = (words.Ended(~n),)
    else:
        w, outs = read(w, n)
        if has_room(scope, w.lanes[n]):
            w, behind = write(scope, w, n)
            outs = (*outs, words.Sent(n, behind))
    return w._replace(ready=w.ready[1:], heard=w.heard + outs)


def take_inbox(w: World) -> World:
    """Turn posts into outcomes; submissions in a row are one."""
    heard = list(w.heard)
    rows: tuple[list[int], list[int]] = [], []
    posts, w = w.inbox, w._replace(inbox=())
    for item in (*posts, None):
        if isinstance(item, int):
            rows[w.tasks[item].kept].append(item)
            w = with_task(w, item, w.tasks[item]._replace(known=True))
            continue
        heard += (words.Submitted(tuple(row), kept) for kept, row in zip((False, True), rows, strict=True) if row)
        rows = [], []
        if item is not None:
            w = take_post(w, item)
            heard.append(item)
    return w._replace(heard=tuple(heard))


def take_post(w: World, item: Outcome) -> World:
    """What the platform itself does about a post that is no submission."""
    match item:
        case words.Withdrawn(t):
            return with_task(w, t, w.tasks[t]._replace(known=False))
        case words.Started(n):
            stage = Stage.CLOSED if w.lanes[n].abandoned else Stage.ADOPTED
            return with_lane(w, n, w.lanes[n]._replace(stage=stage))
        case _:
            return w
