"""A table's paths, and an executor whose shared state answers as a path says and notes every access to it.

Decides: which accesses make up a step of a client's call. Must not know: any particular call's order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeAlias

from checkedpool._core.messages import Withdrawn
from checkedpool._core.tables import SUBMIT, End, Record, Result, Step, Table
from checkedpool._fast import dispatch_rules
from checkedpool._fast.direct_dispatch import Loan
from checkedpool._fast.fitting import fitted
from checkedpool._pool.pool import Pool
from checkedpool._pool.shared import PoolFuture, Shared
from checkedpool.errors import BrokenProcessPool
from checkedpool.rooms import ROOMS

Path: TypeAlias = tuple[tuple[tuple[Step, Result], ...], End]
KINDS: dict[str, tuple[Table, frozenset[str]]] = {
    "plain": (SUBMIT, frozenset()),
    "quick": (SUBMIT, frozenset({"submit"})),
    "dispatching": (dispatch_rules.SUBMIT, frozenset({"dispatch"})),
    "quick, dispatching": (dispatch_rules.SUBMIT, frozenset({"submit", "dispatch"})),
}
"""Pools: the table that ``submit`` follows there, and the rooms that they have."""
MOST = 2
"""Visits of one step on a path; enough for every cell of a table with a cycle."""


def paths(table: Table, at: Step | End | None = None, before: tuple[tuple[Step, Result], ...] = ()) -> Iterator[Path]:
    """Every way through the table."""
    at = next(iter(table)) if at is None else at
    if isinstance(at, End):
        yield before, at
    elif sum(step is at for step, _ in before) < MOST:
        for result, then in table[at].items():
            yield from paths(table, then, (*before, (at, result)))


def cells(some: list[Path]) -> set[tuple[Step, Result]]:
    """What the paths visit."""
    return {cell for path, _ in some for cell in path}


def name(path: Path) -> str:
    """For a test's id."""
    return "-".join(f"{step.name}:{result}" for step, result in path[0] if result is not None) + f"-{path[1].name}"


READS: dict[Step, tuple[str, ...]] = {
    Step.READ_BROKEN: ("broken",),
    Step.READ_CLOSED: ("closed",),
    Step.START_ONCE: ("start",),
    Step.PICKLE: ("pickle",),
    Step.PUBLISH: ("make claimable", "post PoolFuture"),
    Step.REREAD_BROKEN: ("broken",),
    Step.REREAD_CLOSED: ("closed",),
    Step.WITHDRAW_BROKEN: ("claim",),
    Step.WITHDRAW_CLOSED: ("claim",),
    Step.ISSUE_ALONE: ("issue alone",),
    Step.WAKE_FOR_TASK: ("wake",),
    Step.READ_STATE: (),
    Step.CLAIM: ("claim",),
    Step.FIND_LANE: ("place",),
    Step.REVOKE: ("read back",),
    Step.NOTIFY_CLAIMED: ("tell",),
    Step.NOTIFY_REVOKED: ("tell",),
    Step.POST_WITHDRAWN: ("post Withdrawn",),
    Step.POST_REVOKED: ("post Withdrawn", "post RevokedByCanceller"),
    Step.POST_UNCHANGED: ("post RevokedByCanceller", "wake"),
    Step.POST_MOVED: ("post RevokedByCanceller", "wake"),
    Step.WAKE_DONE: ("wake",),
    Step.WAKE_BEGUN: ("wake",),
}
"""The accesses to what threads share that each step consists of."""


def accesses(path: Path) -> list[str]:
    """What a call that follows this path does to what is shared, in its order."""
    return [access for step, _ in path[0] for access in READS[step]]


class Script:
    """Answers accesses as a path has it, and keeps the list of them."""

    def __init__(self, path: Path) -> None:
        self.log: list[str] = []
        self._answers: dict[str, deque[Result]] = {}
        for step, result in path[0]:
            for access in READS[step][:1]:
                self._answers.setdefault(access, deque()).append(result)

    def ask(self, access: str) -> Result:
        """The next answer; None where the path has no such access any more."""
        self.log.append(access)
        left = self._answers.get(access)
        return left.popleft() if left else None


class Claims(dict[int, None]):
    """Notes when a task becomes claimable."""

    def __init__(self, script: Script) -> None:
        super().__init__()
        self.script = script

    def __setitem__(self, key: int, value: None) -> None:
        self.script.ask("make claimable")
        super().__setitem__(key, value)


class Inbox(deque[Any]):
    """Notes what is posted."""

    def __init__(self, script: Script) -> None:
        super().__init__()
        self.script = script

    def append(self, post: Any, /) -> None:
        self.script.ask(f"post {type(post).__name__ if isinstance(post, Record) else 'PoolFuture'}")
        super().append(post)

    def withdrawn(self) -> list[int]:
        """The tasks that the manager is told are gone."""
        return [post.id for post in self if isinstance(post, Withdrawn)]


class ScriptedShared(Shared):
    """What threads share, with the other threads played by a script."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.quiet = True
        super().__init__()
        self.unclaimed = Claims(script)
        self.inbox = Inbox(script)
        self.quiet = False

    @property
    def broken(self) -> Callable[[], Exception] | None:
        return BrokenProcessPool if self.script.ask("broken") else None

    @broken.setter
    def broken(self, value: Callable[[], Exception] | None) -> None:
        assert self.quiet, f"a client does not write {value}"

    @property
    def closed(self) -> Callable[[], Exception] | None:
        return partial(RuntimeError, "closed") if self.script.ask("closed") else None

    @closed.setter
    def closed(self, value: Callable[[], Exception] | None) -> None:
        assert self.quiet, f"a client does not write {value}"

    def claim(self, number: int) -> bool:
        won = bool(self.script.ask("claim"))
        self.unclaimed.pop(number, None)  # whoever has it now
        return won

    def withdraw(self, future: PoolFuture[Any]) -> bool:
        won = self.claim(future.number)
        if won:
            future.place = None
        return won

    def wake(self) -> None:
        self.script.ask("wake")


class LendingShared(ScriptedShared):
    """The same, where workers are lent."""

    @property
    def loan(self) -> Loan | None:
        return ScriptedLoan(self.script)

    @loan.setter
    def loan(self, value: Loan | None) -> None:
        assert self.quiet, f"a client does not lend {value}"


class ScriptedLoan(Loan):
    """A worker that is lent, if the script says that it can be used."""

    def __init__(self, script: Script) -> None:
        self.script = script

    def use(self, *_: object) -> bool:
        return bool(self.script.ask("issue alone"))


class StartFailedError(Exception):
    """What comes out of starting."""


class ScriptedPool(Pool):
    """A pool that never starts anything."""

    shared_type = ScriptedShared

    def __init__(self, script: Script) -> None:  # no starter, no context
        self.script = script
        self.shared = self.shared_type(script)

    def start_once(self) -> None:
        if self.script.ask("start") is False:
            raise StartFailedError


class LendingPool(ScriptedPool):
    """The same, where workers are lent."""

    shared_type = LendingShared


def pool_of(kind: str, script: Script) -> ScriptedPool:
    """A pool of this kind that never starts anything."""
    names = KINDS[kind][1]
    rooms = tuple(room for room in ROOMS if room.name in names)
    return fitted(LendingPool if "dispatch" in names else ScriptedPool, rooms)(script)
