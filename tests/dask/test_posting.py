"""What a session posts to its client's event loop, and a scheduler to a client, beside others; without a cluster."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

import pytest

pytest.importorskip("distributed")

from checkedpool.dask.scheduler import TicketPlugin
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


class Scheduler:
    """What the plugin asks of one."""

    def __init__(self) -> None:
        self.workers = ["w"]
        self.handlers: dict[str, Any] = {}
        self.stream_handlers: dict[str, Any] = {}
        self.told: list[tuple[str, str]] = []

    def client_send(self, client: str, what: dict[str, Any]) -> None:
        self.told.append((client, what["what"]))


def test_of_the_slots_of_a_client_that_was_lost_nothing_is_told() -> None:
    """The same client may connect again; if that is not the first that it hears, the engine gives it up."""
    plugin: Any = TicketPlugin()
    scheduler: Any = Scheduler()
    asyncio.run(plugin.start(scheduler))
    plugin.issue("e", [1], [b""], [""], "c")
    plugin.begin("e", 2, "w", "c", None)
    assert scheduler.told == [("c", "begun")]
    plugin.remove_client(scheduler, "c")
    plugin.begin("e", 2, "w", "c", (1, 0, b""))
    plugin.begin("e", 3, "w", "c", None)
    assert scheduler.told == [("c", "begun")]
