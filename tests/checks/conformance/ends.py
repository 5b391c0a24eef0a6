"""Which ends a future may have in a scope, for a reason that its user could name.

Decides that. Must not know: how a future got its end.
"""

from checkedpool._core.messages import Verdict
from checkedpool.testing import End, Scope
from checkedpool_spec.vocabulary import ShutdownLevel

__all__ = ["may_end"]


def may_end(scope: Scope, t: int) -> set[End]:
    """The ends that task ``t`` can have."""
    ends = {End.FAILED if scope.verdict is Verdict.ERROR else End.SUCCEEDED}
    strongest = max((call.level for call in scope.calls if call.what == "shutdown"), default=ShutdownLevel.OPEN)
    if strongest >= ShutdownLevel.CANCEL or any((c.what, c.task) == ("cancel", t) for c in scope.calls):
        ends.add(End.CANCELLED)
    if any((c.what, c.task) == ("stop", t) for c in scope.calls):
        ends |= {End.CANCELLED, End.STOPPED}
    if t in scope.limited:
        ends.add(End.STOPPED)
    if strongest >= ShutdownLevel.TERMINATE or scope.budget.kills or scope.budget.bad_starts or scope.budget.hangs:
        ends |= {End.BROKEN, End.BLAMED}
    if scope.budget.bugs:
        ends.add(End.BROKEN)
    if any(call.task == t and call.body == b"" for call in scope.calls):
        ends.add(End.FAILED)
    return ends
