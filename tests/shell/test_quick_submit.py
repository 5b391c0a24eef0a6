"""``submit`` as it is written out leaves what its table leaves: of the future, the inbox, the claims, the bell.

``Pool.submit`` is compared with the table ``SUBMIT``, walked step by step, in drawn states of the pool, while others
close or break it in between; what is compared is everything that somebody can find afterwards, and what comes out.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple
from unittest.mock import patch

import hypothesis.strategies as st
from hypothesis import given, settings

from checkedpool._core.client import SUBMIT, End, Result, Step, follow
from checkedpool._shell import turns
from checkedpool._shell.loan import Loan
from checkedpool._shell.pool import Pool, pickle_call
from checkedpool._shell.shared import BUDGET, Shared, Sleep
from checkedpool.errors import AFTER_EXIT, AFTER_SHUTDOWN, BrokenProcessPool
from checkedpool.future import PoolFuture

Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]
Submit = Callable[..., PoolFuture[Any]]


def task(*_: object) -> None: ...


class NoPickle:
    """Cannot be pickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        raise ZeroDivisionError


CALLS: dict[str, Call] = {
    "simple": (task, (1, "text"), {}),
    "with a name": (task, (), {"name": [1]}),
    "partial": (partial(task, 1), (), {}),
    "long": (task, (b"x" * 5000,), {}),
    "bad": (task, (NoPickle(),), {}),
}


class Scene(NamedTuple):
    """The pool that a submit finds, and what others do meanwhile."""

    call: str
    first: int
    """The task's number."""
    broken: str = ""
    """Why; then also a reason not to accept."""
    closed: str | None = None
    started: bool = True
    start_raises: bool = False
    then_broken: str = ""
    """When it has posted the task."""
    then_closed: str | None = None
    then_claimed: bool = False
    waiting: int = 0
    """Bytes of pickled calls."""
    burst: int = 0
    posts: int = 0
    """Before it."""
    lent: bool = False
    is_used: bool = False
    """Another client has used the loan."""
    asleep: bool = False
    rung: bool = False


class Bell:
    """Counts."""

    def __init__(self) -> None:
        self.rung = 0

    def ring(self) -> None:
        self.rung += 1


class Lent(Loan):
    """A worker that is lent, as far as a submitter sees it: it takes the first that was posted."""

    def __init__(self, *, is_used: bool) -> None:
        self.used = [-1] if is_used else []

    def use(self, shared: Shared, future: PoolFuture[Any]) -> bool:
        if self.used or shared.inbox[0] is not future or not isinstance(future._frame, bytes):
            return False
        shared.claim(future._number)
        self.used.append(future._number)
        return True


class Inbox(deque[Any]):
    """When something is posted others act."""

    then: Callable[[], None] = staticmethod(lambda: None)

    def append(self, post: Any, /) -> None:
        super().append(post)
        self.then()


class StartFailedError(Exception):
    """What comes out of starting."""


class Stage(Pool):
    """A pool as the scene has it, without a manager."""

    def __init__(self, scene: Scene) -> None:  # no starter, no context
        self.scene, self.shared = scene, Shared()
        shared, self.bell, self.starts = self.shared, Bell(), 0
        shared.numbers = itertools.count(scene.first)
        shared.inbox = inbox = Inbox(range(scene.posts))
        inbox.then = self.others_act
        if scene.broken:
            shared.broken = partial(BrokenProcessPool, scene.broken)
        shared.closed, shared.pending_bytes, shared.burst = scene.closed, scene.waiting, scene.burst
        if scene.started:
            shared.start.take(self)
        bell: Any = self.bell
        shared.sleep = Sleep(bell) if scene.asleep else None
        if shared.sleep is not None:
            shared.sleep.rung = scene.rung
        shared.loan = Lent(is_used=scene.is_used) if scene.lent else None

    def others_act(self) -> None:
        shared, scene = self.shared, self.scene
        if scene.then_broken:
            shared.broken = partial(BrokenProcessPool, scene.then_broken)
        shared.closed = scene.then_closed or shared.closed
        if scene.then_claimed:
            shared.unclaimed.clear()

    def start_once(self) -> None:
        self.starts += 1
        if self.scene.start_raises:
            raise StartFailedError
        self.shared.start.take(self)

    def left(self) -> tuple[object, ...]:
        """All that anybody can find."""
        shared = self.shared
        posts = [shown(post) if isinstance(post, PoolFuture) else post for post in shared.inbox]
        used = shared.loan.used if shared.loan else None
        rung = shared.sleep and shared.sleep.rung
        return (
            posts, dict(shared.unclaimed), shared.burst, shared.pending_bytes, used, rung, self.bell.rung, self.starts,
            next(shared.numbers),
        )  # fmt: skip


def shown(future: PoolFuture[Any]) -> tuple[object, ...]:
    """All that it holds."""
    frame, kept = future._frame, future._kept
    data = frame if frame is None or isinstance(frame, bytes) else frame.parts  # type: ignore[union-attr]
    return future._number, future._state, type(future._exception), future._name, data, kept, future._shared is None


class Walked:
    """One submit, performed as the table has it."""

    def __init__(self, pool: Pool, call: Call) -> None:
        self.pool, self.call = pool, call
        self.future: PoolFuture[Any]

    def perform(self, step: Step) -> Result:  # noqa: PLR0911 - one table: a case a step
        shared = self.pool.shared
        match step:
            case Step.READ_BROKEN | Step.REREAD_BROKEN:
                return shared.broken is not None
            case Step.READ_CLOSED | Step.REREAD_CLOSED:
                return shared.closed is not None
            case Step.PICKLE:
                self.future = PoolFuture(shared, next(shared.numbers))
                return pickle_call(shared, self.future, *self.call)
            case Step.PUBLISH:
                shared.unclaimed[self.future._number] = None
                shared.inbox.append(self.future)
                return None
            case Step.START_ONCE:
                if not shared.start:
                    self.pool.start_once()
                return True
            case Step.WITHDRAW_BROKEN | Step.WITHDRAW_CLOSED:
                return shared.claim(self.future._number)
            case Step.ISSUE_ALONE:
                return shared.loan is not None and shared.loan.use(shared, self.future)
            case _:
                shared.ring()
                if self.future._number % turns.EVERY == turns.EVERY - 1:
                    turns.give_way(shared)
                return None


def walk(pool: Pool, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> PoolFuture[Any]:
    """``submit``, step by step."""
    shared = pool.shared
    walked = Walked(pool, (fn, args, kwargs))
    end = follow(SUBMIT, walked.perform)
    if end is End.BROKEN and shared.broken is not None:
        raise shared.broken()
    if end is End.CLOSED:
        raise RuntimeError(shared.closed)
    return walked.future


def played(scene: Scene, submit: Submit) -> tuple[object, ...]:
    """What comes out, and what is left."""
    stage, turns_given = Stage(scene), list[None]()
    try:
        with patch.object(turns, "give_up", lambda: turns_given.append(None)):
            out: object = shown(submit(stage, *CALLS[scene.call]))
    except (RuntimeError, StartFailedError) as error:
        out = type(error), error.args
    return out, stage.left(), len(turns_given)


REASONS = st.sampled_from([None, None, None, AFTER_SHUTDOWN, AFTER_EXIT])
WHY = st.sampled_from(["", "", "", "a worker has died"])
BYTES = st.sampled_from([0, 0, 100, BUDGET - 1, BUDGET])
SCENES = st.builds(
    Scene,
    call=st.sampled_from(list(CALLS)), first=st.integers(0, 2 * turns.EVERY) | st.just(turns.EVERY - 1),
    broken=WHY, closed=REASONS, started=st.booleans(), start_raises=st.booleans(), then_broken=WHY,
    then_closed=REASONS, then_claimed=st.booleans(), waiting=BYTES, burst=BYTES, posts=st.sampled_from([0, 0, 3]),
    lent=st.booleans(), is_used=st.booleans(), asleep=st.booleans(), rung=st.booleans(),
)  # fmt: skip


@given(scene=SCENES)
@settings(deadline=None, max_examples=500)
def test_a_submit_leaves_what_its_table_leaves_whatever_others_do_meanwhile(scene: Scene) -> None:
    assert played(scene, Pool.submit) == played(scene, walk)
