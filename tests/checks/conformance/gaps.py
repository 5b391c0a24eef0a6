"""What the exploration of the real code does not touch, each with the reason; a gap that is not listed is a problem.

Decides which gaps are known. Must not know: how anything is explored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.checks.conformance.coverage import everything

__all__ = ["NOT_TOUCHED", "gaps_of"]

PARENT_LIVES = "the parent closes a worker's channels after its end only, and its own death is not simulated"
USER_CODE = "no scope has callbacks that call the pool or block"
ENVIRONMENT = "the parent's death is not simulated"
NO_MATTER = "the mapping makes alike what differs in it: a torn answer is none, a letter about nothing is not there"
IN_VAIN = "a signal counts as sent when it is obeyed; that one before it was not is told apart by nothing"
ONE_STEP = "what the protocol has in two steps is one in the code, or the other way round"
ONE_ORDER = "in the table an order to leave is one action, ManagerTellsToLeave, whatever it is given for"
INTERRUPTED = "scopes in which a shutdown may be thrown out are not asked for the contract"


def _of_protocol(reason: str, *names: str) -> dict[str, str]:
    return {f"protocol {name}": reason for row in names for name in row.split()}


NOT_TOUCHED = {
    "READ_FRAME => ABORT": PARENT_LIVES,
    "SAY_READY => ABORT": PARENT_LIVES,
    "ANSWER => ABORT": PARENT_LIVES,
    "submit START_ONCE: False": "a fork that fails is not simulated; tests/shell and tests/behaviour have it",
    "contract LeavesWait": INTERRUPTED,
    **_of_protocol(USER_CODE, "ClientDoesNotWaitForItself ManagerAddsThread"),
    **_of_protocol(ENVIRONMENT, "ParentDies WorkerIsOrphaned"),
    **_of_protocol(NO_MATTER, "ThreadFindsNothingToDo WorkerIsTorn"),
    **_of_protocol(IN_VAIN, "ManagerTerminatesInVain"),
    **_of_protocol(ONE_STEP, "ClientStartsAgain ManagerLooksAgain"),
    **_of_protocol(ONE_ORDER, "ManagerLetsAnIdleWorkerGo"),
}  # fmt: skip


def gaps_of(covered: Iterable[str]) -> Iterator[str]:
    """A sentence for each gap that is not listed, and for each that is listed and none."""
    touched = frozenset(covered)
    for what in sorted(everything() - touched - NOT_TOUCHED.keys()):
        yield f"never touched: {what}"
    for what in sorted(touched & NOT_TOUCHED.keys()):
        yield f"listed as not touched, but it is: {what}"
