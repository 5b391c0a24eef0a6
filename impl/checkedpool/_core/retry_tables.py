"""What is done between two attempts of a call, as tables: the further attempt, a request to drain, the call's end.

Each step is one access to what threads share, as in ``tables``.  Must not know: which ends are tried again.

Who asks the pool to drain and who ends a call each change one thing and then look at the other's.  So one of them at
least sees both, and the request is posted when the last call is over, and not before.
"""

from __future__ import annotations

from checkedpool._core.tables import End, Step, Table

AGAIN: Table = {
    Step.PUBLISH_AGAIN: {None: Step.LOOK_AGAIN},
    Step.LOOK_AGAIN: {True: Step.WAKE_FOR_TASK, False: Step.WITHDRAW_AGAIN},
    Step.WITHDRAW_AGAIN: {True: End.FALSE, False: Step.WAKE_FOR_TASK},  # False: the manager was faster
    Step.WAKE_FOR_TASK: {None: End.TRUE},
}
"""A further attempt, which was found to be possible: whether there is one.  The second look is that of ``SUBMIT``."""

LET: Table = {
    Step.NOTE_DRAIN: {None: Step.CALLS_ARE_OPEN},
    Step.CALLS_ARE_OPEN: {True: End.FALSE, False: End.TRUE},
}
"""A request to drain: whether it is posted now."""

OVER: Table = {
    Step.LEAVE_OPEN: {None: Step.DRAIN_IS_OWED},
    Step.DRAIN_IS_OWED: {True: End.TRUE, False: End.FALSE},
}
"""A call is over: whether a request to drain is to be posted."""
