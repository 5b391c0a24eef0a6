"""The fast rooms as rows: one for each room, over all of its scopes.

Decides: how they read on the page.  Must not know: how a scope is explored.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from checkedpool_model.checker.parallel import by_group, counting
from tests.checks.interleavings.catalogue import SCOPES, scopes_of
from tests.checks.interleavings.report import Found, look
from tests.checks.interleavings.scope import Scope
from tests.checks.size import Size
from tests.checks.verify.model import pool
from tests.checks.verify.report import Row, Say, Verdict

__all__ = ["COMMAND", "row_of", "rows"]

COMMAND = "python -m tests.checks.interleavings"
SECTION = "Fast rooms: every interleaving"


def rows(say: Say, size: Size) -> Iterator[Row]:
    """The scopes of this size; the vast ones are of none."""
    wanted = scopes_of(size)
    for row in _rows(say, wanted):
        every = _of(row.name, SCOPES)
        is_whole = _of(row.name, wanted) == every
        yield row if is_whole else row.as_share(f"all {every} by {COMMAND} --all --room {row.name}")


def _of(room: str, scopes: Sequence[Scope]) -> int:
    return sum(scope.room == room for scope in scopes)


def _rows(say: Say, scopes: Sequence[Scope]) -> Iterator[Row]:
    work = [(scope.room, scope.name) for scope in scopes]
    tell = counting(say, len(work))
    with pool() as executor:
        rooms = [scope.room for scope in scopes]
        for room, found in by_group(executor, look, work, rooms, lambda one: tell(f"{one.room}: {one.name}", 0)):
            yield replace(row_of(room, found), place=rooms.index(room))


def row_of(room: str, found: Iterable[Found]) -> Row:
    """A row for all scopes of a room."""
    asked = list(found)
    verdicts = {Verdict(one.verdict) for one in asked} or {Verdict.NOT_FINISHED}
    schedules, pruned, steps = (sum(getattr(one, name) for one in asked) for name in ("schedules", "pruned", "steps"))
    return Row(
        section=SECTION,
        name=room,
        verdict=next(one for one in (Verdict.VIOLATED, Verdict.NOT_FINISHED, Verdict.HOLDS) if one in verdicts),
        seconds=sum(one.seconds for one in asked),
        seen=f"{schedules:,} schedules in {len(asked)} scopes, {pruned:,} of them cut off, {steps:,} steps",
        trouble=tuple(f"{one.name}: {line}" for one in asked for line in one.trouble or _unfinished(one)),
        again=f"{COMMAND} --room {room}",
    )


def _unfinished(found: Found) -> tuple[str, ...]:
    return () if found.verdict == "holds" else (found.verdict,)
