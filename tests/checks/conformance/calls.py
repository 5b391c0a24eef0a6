"""How far a client's call is, in the protocol.

Decides: which of a call's steps in the code are one step there, and when it is over. Must not know: what the call has
changed for others (``protocol``).
"""

from __future__ import annotations

from checkedpool._core.tables import Step as At
from checkedpool.testing import Client, World
from checkedpool_model.protocol import bounds, state
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.state import Step
from tests.checks.conformance.contract import is_past_the_gate

__all__ = ["client_of"]

STEPS = {
    **dict.fromkeys((At.PICKLE, At.PUBLISH), Step.GATED), At.WAIT: Step.WAITING,
    **dict.fromkeys((At.ISSUE_ALONE, At.WAKE_FOR_TASK, At.WAKE_FOR_REQUEST, At.OWN_THREAD), Step.WAKING),
}  # fmt: skip
IS_DECIDED = frozenset({
    At.NOTIFY_CLAIMED, At.POST_WITHDRAWN, At.NOTIFY_REVOKED, At.POST_REVOKED, At.WAKE_DONE, At.POST_UNCHANGED,
    At.WAKE_BEGUN,
})  # fmt: skip
"""Where a canceller has won the claim, or has seen that the task has begun: in the protocol his call is over then."""


STOPS = {
    At.POST_UNCHANGED: Step.BEGUN,
    At.WAKE_BEGUN: Step.BEGUN,
    At.POST_STOP: Step.BEGUN,
    At.WAKE_FOR_STOP: Step.WAKING,
    At.NOTIFY_STOPPED: Step.ASKED,
}
"""Where a client has seen that the task has begun which he wants stopped: he goes on."""


def client_of(k: Bounds, w: World, c: int) -> state.Client:
    """Where this client is."""
    me = w.clients[c]
    script = k.script[c]
    if me.todo and me.todo[0].what == "stop" and me.step in STOPS:
        return state.Client(len(script) - len(me.todo), STOPS[me.step])
    number = len(script) - len(me.todo) + (me.step in IS_DECIDED)
    if me.step in IS_DECIDED:
        return state.Client(number, bounds.first_step(script[number] if number < len(script) else None))
    if me.place is not None and _has_in_hand(w, me, *me.place):
        return state.Client(number, Step.FOUND, me.place[0])
    return state.Client(number, _step(w, me, script[number] if me.todo else None))


def _has_in_hand(w: World, me: Client, n: int, seq: int) -> bool:
    """Whether a canceller, under its lane's lock, has read the ticket of his task back and not sorted it yet."""
    lane, under_the_lock = w.lanes[n], me.step is At.REVOKE and me.sub
    return bool(under_the_lock and seq in tuple(lane.back) and (seq, me.todo[0].task) in lane.ticketed)


def _step(w: World, me: Client, call: bounds.Call | None) -> Step:
    if me.step is None or call is None:
        return bounds.first_step(call)
    if me.step in STEPS:
        return STEPS[me.step]
    if isinstance(call, bounds.Submit):
        if me.step is At.READ_CLOSED:  # broken and closed are one look; only one that is past could still succeed
            return Step.GATED if w.broken and not w.closed else Step.SUBMITTING
        if me.step is At.REREAD_CLOSED and w.broken and not w.closed:  # likewise
            return Step.WAKING
        return Step.POSTED if is_past_the_gate(me) else Step.SUBMITTING
    return Step.CLOSED if isinstance(call, bounds.Shutdown) else bounds.first_step(call)
