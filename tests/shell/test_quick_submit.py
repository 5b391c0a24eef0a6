"""``submit`` as it is written out leaves what its table leaves: of the future, the inbox, the claims, the wake-up.

The room ``submit`` is compared with the plain pool, which follows the table ``SUBMIT``, with the room ``dispatch`` and
without, in drawn states of the pool, while others close or break it in between.  What is compared is everything that
somebody can find afterwards, and what comes out.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from checkedpool._fast.direct_dispatch import DispatchingShared, Loan
from checkedpool._fast.fitting import fitted
from checkedpool._pool.pool import Pool
from checkedpool._pool.shared import BUDGET, PoolFuture, Shared, Sleep
from checkedpool.errors import AFTER_EXIT, AFTER_SHUTDOWN, BrokenProcessPool
from checkedpool.rooms import ROOMS

Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


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
    woken: bool = False


class Wakeup:
    """Counts."""

    def __init__(self) -> None:
        self.woken = 0

    def wake(self) -> None:
        self.woken += 1


class Lent(Loan):
    """A worker that is lent, as far as a submitter sees it: it takes the first that was posted."""

    def __init__(self, *, is_used: bool) -> None:
        self.used = [-1] if is_used else []

    def use(self, shared: Shared, future: PoolFuture[Any]) -> bool:
        if self.used or shared.inbox[0] is not future or not isinstance(future.frame, bytes):
            return False
        shared.claim(future.number)
        self.used.append(future.number)
        return True


class Inbox(deque[Any]):
    """When something is posted others act."""

    then: Callable[[], None] = staticmethod(lambda: None)

    def append(self, post: Any, /) -> None:
        super().append(post)
        self.then()


class StartFailedError(Exception):
    """What comes out of starting."""


def refusal(reason: str | None) -> Callable[[], Exception] | None:
    return None if reason is None else partial(RuntimeError, reason)


class Stage(Pool):
    """A pool as the scene has it, without a manager."""

    def __init__(self, scene: Scene) -> None:  # no starter, no context
        self.scene, self.shared = scene, self.shared_type()
        shared, self.wakeup, self.starts = self.shared, Wakeup(), 0
        shared.numbers = itertools.count(scene.first)
        shared.inbox = inbox = Inbox(range(scene.posts))
        inbox.then = self.others_act
        if scene.broken:
            shared.broken = partial(BrokenProcessPool, scene.broken)
        shared.closed = refusal(scene.closed)
        shared.pending_bytes, shared.burst = scene.waiting, scene.burst
        if scene.started:
            shared.start.take(self)
        wakeup: Any = self.wakeup
        shared.sleep = Sleep(wakeup) if scene.asleep else None
        if shared.sleep is not None:
            shared.sleep.woken = scene.woken
        if isinstance(shared, DispatchingShared):
            shared.loan = Lent(is_used=scene.is_used) if scene.lent else None

    def others_act(self) -> None:
        shared, scene = self.shared, self.scene
        if scene.then_broken:
            shared.broken = partial(BrokenProcessPool, scene.then_broken)
        shared.closed = refusal(scene.then_closed) or shared.closed
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
        used = shared.loan.used if isinstance(shared, DispatchingShared) and shared.loan else None
        woken = shared.sleep and shared.sleep.woken
        return (
            posts, dict(shared.unclaimed), shared.burst, shared.pending_bytes, used, woken, self.wakeup.woken,
            self.starts, next(shared.numbers),
        )  # fmt: skip


def shown(future: PoolFuture[Any]) -> tuple[object, ...]:
    """All that it holds."""
    frame, deferred = future.frame, future.deferred
    data = frame if frame is None or isinstance(frame, bytes) else frame.parts
    return future.number, future._state, type(future._exception), future.name, data, deferred, future.shared is None


def played(scene: Scene, *names: str) -> tuple[object, ...]:
    """What comes out, and what is left, in a pool with these rooms."""
    stage = fitted(Stage, tuple(room for room in ROOMS if room.name in names))(scene)
    try:
        out: object = shown(stage.submit(*CALLS[scene.call]))
    except (RuntimeError, StartFailedError) as error:
        out = type(error), error.args
    return out, stage.left()


REASONS = st.sampled_from([None, None, None, AFTER_SHUTDOWN, AFTER_EXIT])
WHY = st.sampled_from(["", "", "", "a worker has died"])
BYTES = st.sampled_from([0, 0, 100, BUDGET - 1, BUDGET])
SCENES = st.builds(
    Scene,
    call=st.sampled_from(list(CALLS)), first=st.integers(0, 200),
    broken=WHY, closed=REASONS, started=st.booleans(), start_raises=st.booleans(), then_broken=WHY,
    then_closed=REASONS, then_claimed=st.booleans(), waiting=BYTES, burst=BYTES, posts=st.sampled_from([0, 0, 3]),
    lent=st.booleans(), is_used=st.booleans(), asleep=st.booleans(), woken=st.booleans(),
)  # fmt: skip


@pytest.mark.parametrize("others", [(), ("dispatch",)], ids=["plain", "with direct dispatch"])
@given(scene=SCENES)
@settings(deadline=None, max_examples=300)
def test_a_submit_leaves_what_its_table_leaves_whatever_others_do_meanwhile(
    scene: Scene, others: tuple[str, ...]
) -> None:
    assert played(scene, "submit", *others) == played(scene, *others)
