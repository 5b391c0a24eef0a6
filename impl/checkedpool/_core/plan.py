"""What the manager does next, given all that it knows: deal, issue, take back, start, let go, end.

Pure: reads and changes the manager's state and appends operations.  Each function below is one rule; ``plan`` is their
order.  Nothing here looks at what came in; that is ``manager``'s part.
"""

from __future__ import annotations

from checkedpool._core import words
from checkedpool._core.dealing import Hand, deal
from checkedpool._core.lane import UNREAD, Force, Lane, Phase
from checkedpool_spec.vocabulary import ShutdownLevel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkedpool._core.manager import Manager

STARTS_BEFORE_GIVING_UP = 3
READY, OPEN, DRAIN, CANCEL = Phase.READY, ShutdownLevel.OPEN, ShutdownLevel.DRAIN, ShutdownLevel.CANCEL
"""Looking into an enum takes time."""
HARDER = {Force.NONE: Force.TERMINATE, Force.TERMINATE: Force.KILL, Force.KILL: Force.ABANDON}


def plan(m: Manager) -> None:  # noqa: C901 - one list: a guard a rule
    """Append the operations that follow from the manager's state: ``in_full``, without looking where nothing can be.

    Nearly all steps find every worker alive and the pool open.  ``tests/machines`` checks that both do the same.
    """
    if m.finished:
        return
    if m.death is not None or m.level >= CANCEL or _is_astir(m):
        _bury(m)
        _push(m)
        _cancel(m)
        _take_back(m)
    if m.death is None:
        if m.kept:
            _pickle(m)
        idle = _has_idle(m)
        if idle:
            if not m.pending and _has_plenty(m):
                _steal(m)
            _mark(m)
        if m.pending:
            _deal(m)
        _issue(m)
        if m.level is not OPEN or m.settings.task_limit is not None:
            _leave(m)
        if m.settings.on_demand:
            _start(m)
    if m.jobs > m.helpers:
        _add_helper(m)
    if m.death is not None or m.level >= DRAIN:
        _finish(m)


def in_full(m: Manager) -> None:
    """The rules, all of them."""
    if m.finished:
        return
    _bury(m)
    _push(m)
    _cancel(m)
    _take_back(m)
    if not m.broken:
        _pickle(m)
        _steal(m)
        _mark(m)
        _deal(m)
        _issue(m)
        _leave(m)
        _start(m)
    _add_helper(m)
    _finish(m)


def _is_astir(m: Manager) -> bool:
    """Some worker has ended, or has a deadline, or has tickets to be taken back."""
    for lane in m.lanes.values():
        if lane.reaped or lane.owed or lane.deadline is not None or lane.retry_at is not None:
            return True
    return False


def _has_idle(m: Manager) -> bool:
    """Some lane is ``Lane.idle``."""
    for lane in m.lanes.values():
        if not lane.issued and not lane.queued and lane.phase is READY and not lane.marking:
            return True
    return False


def _has_plenty(m: Manager) -> bool:
    """Some lane has more than one task."""
    for lane in m.lanes.values():  # noqa: SIM110 - likewise
        if len(lane.queued) + len(lane.issued) > 1:
            return True
    return False


def _bury(m: Manager) -> None:
    """Charge deaths, when all answers that came at this wake-up have been heard."""
    for lane in tuple(m.lanes.values()):
        if lane.drained and lane.taken and lane.reaped:
            m.bury(lane)


def _push(m: Manager) -> None:
    """End workers that must end, harder when their time is up; give up a start that hangs."""
    for lane in tuple(m.lanes.values()):
        if m.level is ShutdownLevel.KILL:
            m.push(lane, Force.KILL)
        elif m.broken or m.level is ShutdownLevel.TERMINATE:
            m.push(lane, Force.TERMINATE)
        if lane.deadline is None or m.now < lane.deadline:
            continue
        if lane.phase is Phase.STARTING:
            m.give_up_start(lane)
        else:
            m.push(lane, HARDER[lane.force])


def _cancel(m: Manager) -> None:
    """At level CANCEL and above: what no worker has begun is cancelled."""
    if m.level >= ShutdownLevel.CANCEL:
        cancel_waiting(m)


def cancel_waiting(m: Manager) -> None:
    """Cancel all that has no ticket out."""
    for lane in m.lanes.values():
        m.give_back([id for _, id in lane.queued])
        lane.queued = ()
    ids = (*m.pending, *m.pickling, *m.kept)
    if ids:
        m.ops.append(words.Cancel(ids))
    m.pending.clear()
    m.pickling.clear()
    m.kept.clear()


def _take_back(m: Manager) -> None:
    """Read tickets back where a canceller has left some, and once from every lane if all is to be cancelled."""
    for lane in m.lanes.values():
        if m.level >= ShutdownLevel.CANCEL and lane.issued and not lane.swept and lane.phase is not Phase.ENDED:
            lane.swept = lane.owed = True
        if lane.retry_at is not None and m.now >= lane.retry_at:
            lane.busy, lane.retry_at = False, None
        if lane.owed and not lane.busy:
            m.take_back(lane)


def _pickle(m: Manager) -> None:
    """Have kept tasks pickled, a few at a time, when few others wait."""
    while m.kept and len(m.pickling) < m.helpers + 3 and len(m.pending) < 2 * m.settings.max_workers:
        id, _ = m.kept.popitem(last=False)
        m.pickling[id] = None
        m.give_job(words.Pickle(id))


def donor(m: Manager) -> Lane | None:
    """The lane with most tasks that wait behind another one, if there is such a lane."""
    lanes = [
        lane for lane in m.lanes.values()
        if lane.phase is Phase.READY and lane.outstanding > 1 and not lane.busy and (lane.queued or not lane.barren)
    ]  # fmt: skip
    return max(lanes, key=lambda lane: lane.outstanding, default=None)


def _steal(m: Manager) -> None:
    """Nothing waits behind a long task while a worker is idle: take the tickets back, deal them anew."""
    if m.pending or not any(lane.idle and lane.room(1, m.settings.task_limit) for lane in m.lanes.values()):
        return
    lane = donor(m)
    if lane is None:
        return
    m.give_back([id for _, id in lane.queued])
    lane.queued = ()
    if len(lane.issued) > 1 and not lane.barren:
        m.take_back(lane)


def _deal(m: Manager) -> None:
    """Deal like cards, each task to the ready lane that has least; a lane that has plenty waits until half is done."""
    if not m.pending:
        return
    most, cautious, limit = m.settings.window, m.settings.cautious, m.settings.task_limit
    hands: list[Hand] = []
    for number, lane in m.lanes.items():
        if lane.phase is not READY:
            continue
        window = most if cautious is None or lane.quick else cautious
        has = len(lane.queued) + len(lane.issued)
        if has <= window // 2:
            room = lane.room(window, limit)
            if room > 0:
                hands.append(Hand(number, has, room))
    deal(m.pending, hands)
    for hand in hands:
        if hand.ids:
            lane = m.lanes[hand.number]
            m.ops.append(words.Send(hand.number, lane.number_frames(hand.ids)))
            lane.fresh = True


def _mark(m: Manager) -> None:
    """Have a waiting worker read frames whose tickets were taken back, before their numbers are used up."""
    for lane in m.lanes.values():
        if lane.last != lane.read and lane.idle and lane.unread >= UNREAD:
            lane.marks += (lane.last,)
            lane.marking = True
            m.ops.append(words.Mark(lane.number))


def _issue(m: Manager) -> None:
    """Put tickets out for frames that are in the pipe, or are about to be."""
    for lane in m.lanes.values():
        if not lane.queued or lane.busy or lane.asking or lane.phase is not READY:
            continue
        lane.asked = lane.issuable()
        if lane.asked:
            lane.issuing = True
            m.ops.append(words.Issue(lane.number, lane.asked))


def _leave(m: Manager) -> None:
    """Let workers go that have reached their limit, or that nobody needs any more since the pool drains."""
    if m.level is OPEN and m.settings.task_limit is None:
        return
    waiting = m.pending or m.kept or m.pickling or donor(m) or any(lane.busy for lane in m.lanes.values())
    drained = m.level >= ShutdownLevel.DRAIN and not waiting
    for lane in m.lanes.values():
        if lane.at_rest and (drained or lane.spent(m.settings.task_limit)):
            lane.phase = Phase.LEAVING
            lane.deadline = m.now + m.settings.exit_limit
            m.ops.append(words.Leave(lane.number))


def wants_lane(m: Manager) -> bool:
    """A further worker would have something to do, and may exist."""
    s = m.settings
    if not s.on_demand or m.broken or m.level >= ShutdownLevel.CANCEL or len(m.lanes) >= s.max_workers:
        return False
    if is_desperate(m) and any(lane.unproved for lane in m.lanes.values()):
        return False  # or there would always be one that has not failed yet, and starts would go on failing for ever
    alive = [lane for lane in m.lanes.values() if lane.alive]
    return len(alive) < m.unfinished() and all(lane.phase is not Phase.STARTING for lane in alive)


def is_desperate(m: Manager) -> bool:
    """So many starts in a row have failed that the pool breaks when no worker is left."""
    return m.failed_starts >= STARTS_BEFORE_GIVING_UP


def _start(m: Manager) -> None:
    """Start one worker more where one is wanted; one at a time."""
    if not wants_lane(m) or (m.retry_at is not None and m.now < m.retry_at):
        return
    lane = Lane(m.next_lane, Phase.STARTING)
    lane.deadline = m.now + m.settings.start_limit
    m.next_lane += 1
    m.lanes[lane.number] = lane
    m.retry_at = None
    m.ops.append(words.Start(lane.number))


def _add_helper(m: Manager) -> None:
    """A job that blocks gets a user-code thread beside it, so that the other jobs go on."""
    if m.jobs > m.helpers and m.now >= m.progress + m.settings.patience:
        m.helpers += 1
        m.progress = m.now
        m.ops.append(words.AddHelper())


def may_finish(m: Manager) -> bool:
    """It was asked to end (or the pool broke), every task has its end, every worker is reaped, no job runs."""
    ending = m.broken or m.level >= ShutdownLevel.DRAIN
    return ending and m.looked and not m.lanes and not m.jobs and not m.unfinished()


def _finish(m: Manager) -> None:
    """The end, in a step of its own: what came of all operations before it has been seen."""
    if may_finish(m) and not m.ops:
        m.finished = True
        m.ops.append(words.Finish())
