"""Which accesses are made in one step, because nobody can see the moment between them.

Decides: where a client's call and the manager's row of operations may be left for others to act. Must not know: what
the operations do. With ``Scope.fine`` every access is a step of its own; tests compare the two.

Why each of these loses no behaviour:

- **A client rings in the step in which it has posted.** Between the two the manager cannot fall asleep over the post:
  it looks into the inbox after it has said that it sleeps. So a ring that comes later than its post wakes nobody, or
  wakes a manager that has nothing to read.
- **Broken and closed are read together.** Both only go up. Whoever would see the second go up after he has read the
  first could as well have read both then; that he is refused is the same, whichever he names.
- **A claim is made where the state is read.** The future's lock is held from there on: nobody ends it in between.
- **Telling, posting the news and ringing are one.** Until the news is posted the manager learns of the task only by a
  claim, which it has lost already.
- **A flag that can change no more** (the start is taken), or that only one client knows, is read in passing.
- **An operation of the manager that only makes more possible** (a frame without its ticket, a signal, a job, a start,
  an order to leave) is one with the operation before it: what others did in between they can still do after it. Where a
  client has still a call to make that could look at it (a cancel at tickets and ends of futures, a submit at the broken
  pool), it is a step of its own.
- **A signal ends a process in the step in which it is sent**, where none can be ignored: what the worker could do in
  between it could do before, since a lane that was sent a signal gets no ticket any more.
- **To take tickets back is always a step of its own**: the kernel gives each to whoever comes first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkedpool._core import words
from checkedpool._core.client import Step

if TYPE_CHECKING:
    from checkedpool._core.words import Op
    from checkedpool.testing.scope import Scope
    from checkedpool.testing.world import World

__all__ = ["ends_at_once", "goes_on", "is_fine", "is_quiet"]

LOCAL = frozenset({Step.PICKLE, Step.OWN_THREAD})
"""They touch nothing that is shared."""
WITH_WHAT_IS_BEFORE = frozenset({
    Step.READ_CLOSED, Step.REREAD_CLOSED, Step.CLAIM, Step.RING, Step.RING_DONE, Step.RING_BEGUN, Step.RING_REQUEST,
    Step.POST_WITHDRAWN, Step.TELL_RETURNED, Step.POST_RETURNED, Step.POST_UNCHANGED,
})  # fmt: skip
IF_STARTED = frozenset({Step.START_ONCE, Step.NEVER_STARTED})
ONLOOKERS: dict[type, tuple[str, ...]] = {
    **dict.fromkeys((words.Settle, words.Leave, words.Close), ("cancel",)),
    **dict.fromkeys((words.Cancel, words.Fail, words.Issue), ("submit", "cancel")),
    words.Break: ("submit",),
}
"""The calls that can look at what an operation changes; of operations that are not here no call can."""


def is_fine(scope: Scope) -> bool:
    """Whether every access is a step of its own; it must be where a call can be left between any two of them."""
    return scope.fine or scope.interrupts


def goes_on(scope: Scope, w: World, at: Step) -> bool:
    """Whether a client makes this operation of its call in the same step as the one before."""
    if at in LOCAL:
        return True
    if is_fine(scope):
        return False
    return at in WITH_WHAT_IS_BEFORE or (at in IF_STARTED and (not w.token or len(w.clients) == 1))


def ends_at_once(scope: Scope, w: World) -> bool:
    """Whether a signal is sent and obeyed in one step."""
    return not is_fine(scope) and not w.left.deaf and not scope.budget.haste


def is_quiet(scope: Scope, w: World, op: Op) -> bool:
    """Whether the manager performs this operation in the same step as the one before."""
    if is_fine(scope) or isinstance(op, words.TakeBack | words.Mark):
        return False
    if isinstance(op, words.Send):
        return scope.call_pipe is None
    onlookers = ONLOOKERS.get(type(op), ())
    return not any(call.what in onlookers for client in w.clients for call in client.todo)
