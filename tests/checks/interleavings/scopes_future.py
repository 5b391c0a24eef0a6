"""A future is given its end by the manager, beside all that others may ask of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable
from concurrent.futures import wait
from functools import partial
from types import SimpleNamespace
from typing import Any

from checkedpool._core import messages
from checkedpool._fast.fitting import Room
from tests.checks.interleavings.explore import Make, World
from tests.checks.interleavings.scope import Scope
from tests.checks.interleavings.shared import stage
from tests.checks.interleavings.world import DONE, announcing_pool
from tests.checks.size import Size

Ask = Callable[[Any, list[str]], object]
SEQ = 3
DEATH = messages.Death(None, None, messages.When.START)


def result(future: Any, _: list[str]) -> object:
    return future.result()


def result_in_time(future: Any, _: list[str]) -> object:
    return future.result(1.0)


def waits(future: Any, _: list[str]) -> object:
    return len(wait([future]).done)


def adds_callback(future: Any, called: list[str]) -> object:
    return future.add_done_callback(lambda _: called.append(stage().name))


def cancels(future: Any, _: list[str]) -> object:
    return future.cancel()


def is_running(future: Any, _: list[str]) -> object:
    return future.running()


ASKS: tuple[Ask, ...] = result, result_in_time, waits, adds_callback, cancels, is_running


def asked(*asks: Ask, pending: bool = False) -> Callable[[tuple[Room, ...]], Make]:
    """The manager tells one future's value; or that the pool is broken, where its task is ``pending``."""

    def world(rooms: tuple[Room, ...]) -> Make:
        kind = announcing_pool(rooms)

        def make() -> World:
            shared: Any = kind.shared_type()
            lane: Any = kind.starter_type.channels_type(0, shared)
            nothing: Any = None
            jobs: list[Callable[[], object]] = []
            platform = kind.platform_type(shared, nothing, {})
            threads: Any = SimpleNamespace(give=jobs.append)
            platform._user_threads = threads
            future: Any = kind.future_type(shared, 1)
            platform.futures[1] = future
            called: list[str] = []
            if pending:
                shared.unclaimed[1] = None
            else:
                future.place = lane, SEQ
                lane.ticketed[SEQ] = 1

            def manager() -> None:
                op = messages.Fail((1,), DEATH) if pending else messages.Settle(((1, DONE),))
                for outcome in platform.perform((op,)):
                    assert isinstance(outcome, messages.Settled)
                    platform.perform([messages.Call(outcome.id)])
                for job in jobs:
                    job()

            def left() -> Hashable:
                end = future._state, future._result, type(future._exception).__name__
                return end, tuple(called), len(shared.unclaimed), future.shared is None

            actors = [(f"{ask.__name__} {n}", partial(ask, future, called)) for n, ask in enumerate(asks)]
            return World([("manager", manager), *actors], left)

        return make

    return world


QUICK = {(waits, adds_callback), (adds_callback, adds_callback)}
"""The pairs for which everybody waits, while the manager tells a value."""


def _size_of(asks: tuple[Ask, ...], *, pending: bool) -> Size:
    """Pairs with a limit in time have the most schedules."""
    if len(asks) == 1 or (asks in QUICK and not pending):
        return Size.QUICK
    return Size.ALL if result_in_time in asks else Size.LONG


def _scopes(room: str, *on: str) -> tuple[Scope, ...]:
    alone = [(ask,) for ask in ASKS]
    pairs = list(itertools.combinations_with_replacement(ASKS, 2))
    return tuple(
        Scope(
            f"{'broken' if pending else 'told'} beside {' and '.join(ask.__name__ for ask in asks)}", room, on,
            asked(*asks, pending=pending), _size_of(asks, pending=pending),
        )
        for asks in (*alone, *pairs) for pending in (False, True)
    )  # fmt: skip


SCOPES = (*_scopes("future", "future", "wake"), *_scopes("wake", "wake"))
