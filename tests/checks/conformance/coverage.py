"""What the explored graphs have touched of the code: rows of its tables, pairs of command and event.

Decides: what there is to touch, and how it is seen. Must not know: why something is not touched (``gaps``).

Seen is a row where a graph without reduced steps goes through it: there each access is a step of its own. Two pairs of
command and event are seen in the others too, since those graphs would be too large.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checkedpool._core import messages, resizing, tables
from checkedpool._core.stop_table import STOP
from checkedpool._core.tables import WORKER, Do
from checkedpool._fast import dispatch_rules
from checkedpool.testing import At, World
from checkedpool.testing.simulated import clients, simulated_platform
from checkedpool.testing.simulated.atomic_steps import LOCAL, is_fine
from checkedpool_model.checker.graph import Graph
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_spec import contract
from tests.checks.conformance.system import NAMES, OPS, WRONG, Code

__all__ = ["covered", "everything"]

TABLES = {
    "submit": dispatch_rules.SUBMIT, "cancel": tables.CANCEL, "stop": STOP, "shutdown": tables.SHUTDOWN,
    "resize": resizing.RESIZE,
}  # fmt: skip


def everything() -> frozenset[str]:
    """All that can be touched."""
    cells = {_cell(what, at, result) for what, table in TABLES.items() for at, row in table.items() for result in row}
    rows = {_row(at, then) for at, row in WORKER.items() for then in row.values()}
    pairs = {f"{op.__name__} -> {out}" for op, outs in ANSWERS.items() for out in outs}
    rules = {f"contract {rule.name}" for rule in contract.RULES}
    actions = {f"protocol {action.name}" for action in ACTIONS}
    return frozenset({*NAMES, *cells, *rows, *pairs, *rules, *actions} - {WRONG})


ANSWERS: dict[type, tuple[str, ...]] = {
    messages.Send: ("Sent", "Sent gone"), messages.Mark: ("Sent",), messages.Issue: ("Issued", "Issued gone", "Busy"),
    messages.Revoke: ("Revoked", "Busy"), messages.Drain: ("Drained", "Ready", "InitializerFailed", "Answered"),
    messages.Reap: ("Reaped",), messages.Settle: ("nothing", "Settled"), messages.Cancel: ("nothing", "Settled"),
    messages.Fail: ("nothing", "Settled"),
}  # fmt: skip
"""Command -> what can come of it at once, as its docstring says; of the others nothing does."""


def covered(code: Code, graph: Graph[World]) -> set[str]:
    """What these worlds and their steps touch; where steps are fused, what comes of two commands."""
    worlds = graph.states
    if not is_fine(code.scope):
        looked_at = (w for w, _ in zip(worlds, graph.targets, strict=False) if isinstance(_next_command(w), DEAR))
        return {pair for w in looked_at if not w.wrong for pair in _pairs(code, w)} & SEEN_FUSED
    touched: set[str] = set()
    for w, targets in zip(worlds, graph.targets, strict=False):  # a search that has ended early has not looked at all
        if not w.wrong:
            touched.update(_touched(code, w, [worlds[target] for target in targets]))
    return touched & everything()


def _touched(code: Code, w: World, following: Sequence[World]) -> Iterator[str]:
    for c, me in enumerate(w.clients):
        if me.todo:
            yield from _cells(code, w, c)
    for n, lane in enumerate(w.lanes):
        if lane.at is not None:
            after = {then.lanes[n].at for then in following} - {None, lane.at}
            yield from (_row(lane.at, then) for then in after)
            if lane.at is Do.READ_FRAME:  # a frame that is skipped leads back to the same state
                skipped = any(then.lanes[n].unread < lane.unread and then.lanes[n].at is lane.at for then in following)
                yield from [_row(lane.at, lane.at)] * skipped
    yield from _pairs(code, w)


DEAR, SEEN_FUSED = (messages.Mark, messages.Issue), {"Mark -> Sent", "Issue -> Busy"}
"""A marked frame, and an issue while somebody cancels: 44,000 states and more, where each access is a step."""


def _next_command(w: World) -> messages.Command | None:
    """What the manager is about to do."""
    return next(iter(w.mind.commands), None) if w.at is At.WORK and w.mind is not None else None


def _pairs(code: Code, w: World) -> Iterator[str]:
    """The manager's next command, with what comes of it."""
    if (op := _next_command(w)) is not None:
        _, outs = simulated_platform.perform(code.scope, w, op)
        yield from (f"{type(op).__name__} -> {_kind(out)}" for out in outs)
        if not outs:
            yield f"{type(op).__name__} -> nothing"


def _kind(out: messages.Event) -> str:
    gone = isinstance(out, messages.Sent | messages.Issued) and out.gone
    return f"{type(out).__name__} gone" if gone else type(out).__name__


def _cells(code: Code, w: World, c: int) -> Iterator[str]:
    """The cells of the client's table that its next step goes through."""
    me = w.clients[c]
    what = me.todo[0].what
    if me.step is None and what in clients.CANCELLING and w.tasks[me.todo[0].task].handed != 1:
        return
    table = clients.table_of(code.scope, me.todo[0])
    at = me.step or next(iter(table))
    while True:
        done = clients._perform(code.scope, w, c, at, code.simulation.start)
        if done is None or isinstance(done, World):
            return
        w, result = done
        yield _cell(what, at, result)
        then = table[at][result]
        if then not in LOCAL or isinstance(then, tables.End):
            return
        at = then


def _cell(what: str, at: tables.Step, result: tables.Result) -> str:
    return f"{what} {at.name}: {result}"


def _row(at: object, then: object) -> str:
    return f"{getattr(at, 'name', at)} => {getattr(then, 'name', then)}"


assert set(ANSWERS) <= set(OPS)
