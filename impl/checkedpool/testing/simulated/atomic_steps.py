"""Which accesses are made in one step, because nobody can see the moment between them.

Decides: where a client's call and the manager's row of commands may be left for others to act. Must not know: what
the commands do. With ``Scope.fine`` every access is a step of its own; tests compare the two.

Why each of these loses no behaviour:

- **A client wakes the manager in the step in which it has posted.** Between the two the manager cannot fall asleep
  over the post:
  it looks into the inbox after it has said that it sleeps. So a wake-up that comes later than its post wakes nobody, or
  wakes a manager that has nothing to read.
- **Broken and closed are read together.** Both only go up. Whoever would see the second go up after he has read the
  first could as well have read both then; that he is refused is the same, whichever he names.
- **A pool that is closed already is closed and asked in one step**: to raise a flag that is up changes nothing.
- **A claim is made where the state is read.** The future's lock is held from there on: nobody ends it in between.
- **That no worker is lent** to whom the task could be given is read in passing. If one is lent later, it is so by a
  manager that had not looked into the inbox since: the post could have come after that as well.
- **Telling, posting the news and waking are one.** Until the news is posted the manager learns of the task only by a
  claim, which it has lost already.
- **A flag that can change no more** (the start is taken), or that only one client knows, is read in passing.
- **A command of the manager that only makes more possible** (a frame without its ticket, a signal, a job, a start,
  an order to leave) is one with the command before it: what others did in between they can still do after it. Where a
  client has still a call to make that could look at it, it is a step of its own: a submit looks at the broken pool and
  at its own task, a cancel at its task and at the tickets of the lane where that is. (Only the manager brings a task
  to a lane, so none comes there between two of its commands.)
- **A signal ends a process in the step in which it is sent**, where none can be ignored: what the worker could do in
  between it could do before, since a lane that was sent a signal gets no ticket any more.
- **To revoke tickets is always a step of its own**: the kernel gives each to whoever comes first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkedpool._core import messages
from checkedpool._core.tables import CANCEL, Step
from checkedpool.testing.simulated.simulated_scope import NOBODY

if TYPE_CHECKING:
    from checkedpool._core.messages import Command
    from checkedpool.testing.simulated.simulated_scope import Call, Scope
    from checkedpool.testing.simulated.world import Client, World

__all__ = ["ends_at_once", "goes_on", "is_fine", "is_quiet"]

LOCAL = frozenset({Step.PICKLE, Step.OWN_THREAD})
"""They touch nothing that is shared."""
WITH_WHAT_IS_BEFORE = frozenset({
    Step.READ_CLOSED, Step.REREAD_CLOSED, Step.CLAIM, Step.WAKE_FOR_TASK, Step.WAKE_DONE, Step.WAKE_BEGUN,
    Step.WAKE_FOR_REQUEST, Step.POST_WITHDRAWN, Step.NOTIFY_REVOKED, Step.POST_REVOKED, Step.POST_UNCHANGED,
})  # fmt: skip
CANCELS = frozenset(CANCEL)
"""A client may be interrupted between any two of these, while ``Budget.throws`` lasts."""
IF_STARTED = frozenset({Step.START_ONCE, Step.NEVER_STARTED})


def is_fine(scope: Scope) -> bool:
    """Whether every access is a step of its own; it must be where a call can be left between any two of them."""
    return scope.fine or scope.interrupts


def goes_on(scope: Scope, before: World, w: World, at: Step) -> bool:
    """Whether a client makes this step of its call in the same step as those since ``before``."""
    if at in LOCAL:
        return True
    if is_fine(scope) or (w.left.throws and at in CANCELS):
        return False
    if at is Step.POST_REQUEST and before.closed and before.retried is None:
        return True
    if at is Step.ISSUE_ALONE:
        return w.loan is None or w.used != NOBODY
    return at in WITH_WHAT_IS_BEFORE or (at in IF_STARTED and (not w.token or len(w.clients) == 1))


def ends_at_once(scope: Scope, w: World) -> bool:
    """Whether a signal is sent and obeyed in one step."""
    return not is_fine(scope) and not w.left.deaf and not scope.budget.haste


def is_quiet(scope: Scope, w: World, command: Command) -> bool:
    """Whether the manager performs this command in the same step as the one before."""
    if is_fine(scope) or isinstance(command, (messages.Revoke, messages.Mark)):
        return False
    if isinstance(command, messages.Send):
        return scope.call_pipe is None
    return not any(_sees(w, client, call, command) for client in w.clients for call in client.todo)


def _sees(w: World, client: Client, call: Call, command: Command) -> bool:
    """Whether a call that is still to be made, or under way, can look at what this command changes."""
    match command:
        case messages.Break() | messages.Lend():
            return call.what in ("submit", "again")
        case messages.Settle(results):
            return call.what in ("cancel", "stop") and any(t == call.task for t, _ in results)
        case messages.Cancel(ids) | messages.Fail(ids):
            return call.task in ids
        case messages.Issue(n, items):
            task = call.task + (call.what == "again")  # who tries again may withdraw the next attempt
            return any(t == task for _, t in items) or _reads_tickets_of(w, client, call, n)
        case messages.Leave(n) | messages.Close(n):
            return _reads_tickets_of(w, client, call, n)
        case _:
            return False


def _reads_tickets_of(w: World, client: Client, call: Call, n: int) -> bool:
    """Whether a canceller may be at this lane: his task is there, or was when he looked."""
    if call.what not in ("cancel", "stop"):
        return False
    return any(place is not None and place[0] == n for place in (w.tasks[call.task].place, client.place))
