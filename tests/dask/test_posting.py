"""What a session posts to its client's event loop, beside other threads; without a cluster."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest

pytest.importorskip("distributed")

from checkedpool.dask.session import Session


class Loop:
    """An event loop, and the client to which it belongs."""

    def __init__(self) -> None:
        self.loop = self
        self.called: list[Any] = []
        self.interrupts = False

    def add_callback(self, callback: Any) -> None:
        if self.interrupts:
            raise KeyboardInterrupt
        self.called.append(callback)


def a_session(posted: deque[Any]) -> tuple[Session, Loop]:
    session: Any = Session.__new__(Session)
    session.client = loop = Loop()
    session._posted, session._called = posted, False
    return session, loop


class Beside(deque[Any]):
    """Another thread posts between the first one's append and whatever that does next."""

    def append(self, what: Any) -> None:
        super().append(what)
        if what == {"op": "first"}:
            session, _ = self.who
            session._post({"op": "second"})

    who: tuple[Session, Loop]


def test_of_two_threads_that_post_at_once_one_calls_the_event_loop() -> None:
    posted = Beside()
    posted.who = session, loop = a_session(posted)
    session._post({"op": "first"})
    assert list(posted) == [{"op": "first"}, {"op": "second"}]
    assert loop.called == [session._send_posted]


def test_after_a_call_of_the_event_loop_that_was_interrupted_the_next_one_calls_it() -> None:
    session, loop = a_session(deque())
    loop.interrupts = True
    with pytest.raises(KeyboardInterrupt):
        session._post({"op": "first"})
    loop.interrupts = False
    session._post({"op": "second"})
    assert loop.called == [session._send_posted]
