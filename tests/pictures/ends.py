"""What a request to end makes of each future, read off the contract machine.

Decides: which requests and which places of a future are asked about, and what counts as an effect of the request.  Must
not know: how that is drawn (``flows``).

Nobody calls cancel() or terminate() here, nobody dies unasked and nothing else goes wrong: what becomes of a future is
the request's doing or the task's own.  A task comes to a value here, and to an error as well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checkedpool_model.protocol.bounds import Bounds, initial
from checkedpool_model.protocol.state import End, Lane, Slot, State, Worker, ended, with_lane, with_task
from checkedpool_model.verify.refines_contract import as_contract
from checkedpool_spec import contract
from checkedpool_spec.contract import Contract, Outcome, Rule
from checkedpool_spec.vocabulary import ShutdownLevel

__all__ = ["PLACES", "REQUESTS", "Change", "Ends", "ends_of", "places"]

Future = contract.State

REQUESTS = {
    ShutdownLevel.DRAIN: "shutdown()",
    ShutdownLevel.CANCEL: "shutdown(cancel_futures=True)",
    ShutdownLevel.TERMINATE: "terminate_workers()",
    ShutdownLevel.KILL: "kill_workers()",
}
OTHERS_DOING = frozenset({"Cancels", "Stops", "Dies", "Troubles", "Defects"})
"""Rules that are neither the request's nor the task's own."""
OTHER, ASKED = 0, 1
"""Two tasks: one keeps the worker busy, the other is the one that is asked about."""
BOUNDS = Bounds(tasks=2, given=2)


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """Something that may become of a future."""

    before: Future
    after: Future
    asked_for: bool
    """Whether the request allows it: without one it cannot happen."""


@dataclass(frozen=True, slots=True)
class Ends:
    """What one request makes of a future, wherever it is."""

    level: ShutdownLevel
    changes: tuple[Change, ...]
    seen_at_once: frozenset[Future]
    """What a future may be when the request has been made, and the call does not wait."""
    seen_at_last: frozenset[Future]
    """What it may be when a call has returned that waits."""

    def after(self, before: Future) -> list[Change]:
        """What may become of a future next."""
        return [change for change in self.changes if change.before is before]


# --- where a future may be --------------------------------------------------------------------------------------------


def _places() -> Iterator[tuple[str, State]]:
    accepted = initial(BOUNDS)
    begun = accepted.tasks[ASKED]._replace(unclaimed=False, pending=False, begun=1)
    sent = accepted.tasks[ASKED]._replace(unclaimed=False, pending=False)
    busy = Lane(slot=Slot.READY, worker=Worker.RUNNING)
    other = with_task(accepted, OTHER, begun)
    with_other = with_lane(other, 0, busy._replace(running=OTHER, book=(OTHER,)))
    over = with_task(accepted, OTHER, ended(begun._replace(answered=True), End.SUCCEEDED))
    yield "accepted", with_other
    yield (
        "sent ahead",
        with_lane(
            with_task(other, ASKED, sent), 0, busy._replace(running=OTHER, tickets=(ASKED,), book=(OTHER, ASKED))
        ),
    )
    yield "begun", with_lane(with_task(over, ASKED, begun), 0, busy._replace(running=ASKED, book=(ASKED,)))
    yield "done", with_task(over, ASKED, ended(begun._replace(answered=True), End.SUCCEEDED))
    yield "cancelled", with_task(over, ASKED, ended(sent, End.CANCELLED))


PLACES: dict[str, State] = dict(_places())
"""Where a future may be when the request comes: a state of the protocol for each, with one worker."""


def places() -> dict[str, Future]:
    """What each of them is to a caller."""
    return {name: as_contract(BOUNDS, s).futures[ASKED].state for name, s in PLACES.items()}


# --- what becomes of it -----------------------------------------------------------------------------------------------


def ends_of(level: ShutdownLevel, rules: Sequence[Rule] = contract.RULES) -> Ends:
    """What this request makes of a future."""
    unasked = {change[:2] for change in _changes(_begun_with(ShutdownLevel.OPEN), rules)}
    steps = [*_changes(_begun_with(level), rules)]
    changes = {Change(before, after, (before, after) not in unasked) for before, after, _ in steps if before != after}
    returned = frozenset(after for _, after, rule in steps if rule == "WaitReturns")
    return Ends(level, tuple(sorted(changes)), frozenset(c.futures[0].state for c in _begun_with(level)), returned)


def _begun_with(level: ShutdownLevel) -> list[Contract]:
    """The states right after the request: the future in each place, its task of either outcome; one caller waits."""
    asked = level is not ShutdownLevel.OPEN
    found = (as_contract(BOUNDS, s).futures[ASKED] for s in PLACES.values())
    futures = [future._replace(outcome=outcome) for future in found for outcome in (Outcome.VALUE, Outcome.ERROR)]
    return [Contract(futures=(future,), waiting=(asked,), closed=asked, level=level) for future in futures]


def _changes(begun: Sequence[Contract], rules: Sequence[Rule]) -> Iterator[tuple[Future, Future, str]]:
    """What each step of any run makes of the future, and by which rule."""
    known, open_ = set(begun), list(begun)
    while open_:
        c = open_.pop()
        for rule in rules:
            if rule.over != "level" and rule.name not in OTHERS_DOING and all(holds(c, 0) for holds in rule.guard):
                after = rule.effect(c, 0)
                yield c.futures[0].state, after.futures[0].state, rule.name
                if after not in known:
                    known.add(after)
                    open_.append(after)
