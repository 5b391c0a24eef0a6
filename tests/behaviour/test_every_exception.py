"""Every exception that Python has, raised at every place at which a task can fail: it costs its own future only.

Decides: which places there are, and what is owed at each. Must not know: what an exception means to Python.
"""

from __future__ import annotations

import builtins
import os
import pickle
from concurrent.futures.process import _RemoteTraceback
from typing import TYPE_CHECKING, Any

import pytest

from tests.behaviour import tasks
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import methods, ours_only

if TYPE_CHECKING:
    from concurrent.futures import Future

    from tests.behaviour.conftest import Pools

ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "UnicodeDecodeError": ("utf-8", b"\xff", 0, 1, "no reason"),
    "UnicodeEncodeError": ("ascii", "\xff", 0, 1, "no reason"),
    "UnicodeTranslateError": ("\xff", 0, 1, "no reason"),
    "ExceptionGroup": ("several", [ValueError("one")]),
    "BaseExceptionGroup": ("several", [KeyboardInterrupt("one")]),
}
NAMES = sorted(
    name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)
)


def new(name: str) -> BaseException:
    """One of this class."""
    made: BaseException = getattr(builtins, name)(*ARGUMENTS.get(name, (f"an example of {name}",)))
    return made


def fails(name: str) -> None:
    """A task, or a reader of pickles."""
    raise new(name)


class Unwritable:
    """Cannot be pickled."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __reduce__(self) -> Any:
        raise new(self.name)


class Unreadable:
    """Cannot be unpickled."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __reduce__(self) -> Any:
        return fails, (self.name,)


def is_one(error: BaseException | None, name: str) -> bool:
    """The same class and the same contents."""
    kind = type(new(name))
    return type(error) is kind and pickle.dumps(error.args) == pickle.dumps(new(name).args)


def remote(error: BaseException | None) -> str:
    """The text of the traceback in the worker."""
    assert error is not None
    assert isinstance(error.__cause__, _RemoteTraceback), repr(error)
    return str(error.__cause__)


def submitted(pool: Any, name: str, argument: object) -> Future[Any] | None:
    """The future of a task with an argument that cannot be pickled; a KeyboardInterrupt is the caller's."""
    try:
        future: Future[Any] = pool.submit(tasks.double, argument)
    except KeyboardInterrupt:
        assert name == "KeyboardInterrupt"
        return None
    return future


def last_note(future: Future[Any]) -> str:
    """What its error says of what was sent, and where to."""
    error = future.exception(LIMIT)
    assert error is not None
    return str(error.__notes__[-1])


@methods("fork")
@ours_only("gh-75880: some of these break the standard pool, or come out of submit")
@pytest.mark.every("exception of Python at each place at which a task can fail")
def test_each_exception_at_each_place_costs_its_own_future_only(pools: Pools) -> None:
    """C-20, C-33, C-34, C-35, C-37, C-38, C-39, C-41, C-115."""
    pool = pools.make(1)
    worker = pool.submit(os.getpid).result(LIMIT)
    for name in NAMES:
        raised = pool.submit(fails, name).exception(LIMIT)
        assert is_one(raised, name), (name, raised)
        assert name in remote(raised)
        unsent = submitted(pool, name, Unwritable(name))
        assert unsent is None or is_one(unsent.exception(LIMIT), name), name
        assert unsent is None or "double could not be sent to a worker process." in last_note(unsent), name
        unread = pool.submit(tasks.identity, Unreadable(name))
        assert is_one(unread.exception(LIMIT), name), (name, unread)
        assert name in remote(unread.exception())
        assert "could not be rebuilt in its worker process" in last_note(unread), name
        unanswered = pool.submit(Unwritable, name)
        assert name in f"{unanswered.exception(LIMIT)!r} {remote(unanswered.exception())}", (name, unanswered)
        assert "Unwritable ended well, but the value that it returned could not be sent" in last_note(unanswered), name
        unheard = pool.submit(Unreadable, name)
        assert name in f"{unheard.exception(LIMIT)!r} {remote(unheard.exception())}", (name, unheard)
        assert "Unreadable ended well, but the value that it returned could not be rebuilt" in last_note(unheard), name
        assert pool.submit(os.getpid).result(LIMIT) == worker, name


CALLABLE: tuple[Any, ...] = int, str, dict
NOT_CALLABLE: tuple[Any, ...] = (None, 0, 1.5, "text", b"", (), [], {}, object(), NotImplemented, ...)


@methods("fork")
@pytest.mark.every("kind of thing that is not callable")
def test_each_thing_that_is_not_callable_fails_as_a_task(pools: Pools) -> None:
    """C-24."""
    pool = pools.make(1)
    for thing in NOT_CALLABLE:
        future: Future[Any] = pool.submit(thing)
        assert isinstance(future.exception(LIMIT), TypeError), thing
    assert [pool.submit(kind).result(LIMIT) for kind in CALLABLE] == [kind() for kind in CALLABLE]
