"""Clients beside the manager: submit, shutdown; its look, sleep, wake and end; who starts the pool."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from multiprocessing import get_context
from typing import Any

from checkedpool._core.messages import Settings
from checkedpool._fast.fitting import Room
from checkedpool._pool.pool import Pool
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.checks.interleavings.explore import Make, World
from tests.checks.interleavings.scope import Scope
from tests.checks.interleavings.shared import stage
from tests.checks.interleavings.world import Player, announcing_pool, answers, begins, falls, never_begins
from tests.checks.size import Size

Client = Callable[["Case"], object]


class Case:
    """A pool and the futures that were made."""

    def __init__(self, kind: type[Pool]) -> None:
        self.pool: Any = kind(Settings(1), get_context("fork"), (None, ()))
        self.futures: dict[int, Any] = {}

    def left(self) -> Hashable:
        """All that anybody can find: the ends of futures, what ran, what the manager does not know of."""
        shared, starter = self.pool.shared, self.pool.starter
        ends = [(key, f._state, f._result, type(f._exception).__name__) for key, f in sorted(self.futures.items())]
        return tuple(ends), tuple(sorted(starter.ran)), starter.out(), shared.has_posts(), len(shared.unclaimed)


def submits(key: int, case: Case) -> None:
    case.futures[key] = case.pool.submit(abs, (key,), {})


def submits_and_cancels(key: int, case: Case) -> object:
    """Nobody else can cancel sooner: who has submitted has the future first."""
    submits(key, case)
    return case.futures[key].cancel()


def shuts_down(level: ShutdownLevel, case: Case) -> object:
    return case.pool.shutdown(level, wait=False)


def wakes(case: Case) -> None:
    """Wakes the manager for nothing."""
    case.pool.shared.wake()


FIRST, SECOND, CANCELLED = partial(submits, 1), partial(submits, 2), partial(submits_and_cancels, 1)
DRAIN, CANCEL_ALL = partial(shuts_down, ShutdownLevel.DRAIN), partial(shuts_down, ShutdownLevel.CANCEL)


def clients(
    *them: Client, started: bool = True, asleep: bool = True, player: Player = answers
) -> Callable[[tuple[Room, ...]], Make]:
    """A pool of one worker.  ``asleep``: they come when the manager sleeps."""

    def world(rooms: tuple[Room, ...]) -> Make:
        kind = announcing_pool(rooms, player)

        def make() -> World:
            case = Case(kind)
            if started:
                case.pool.start_once()
            managers = [actor for actor in stage().actors if actor.name == "manager"]
            slept: list[bool] = []  # once and for all: who could come can always come

            def has_slept() -> bool:
                if not slept and managers[0].what == "sleeps":
                    slept.append(True)
                return bool(slept)

            def comes(client: Client) -> object:
                if asleep:
                    stage().touch("comes when the manager sleeps", 0, 0, has_slept, system=True)
                return client(case)

            return World([(_name(client), partial(comes, client)) for client in them], case.left)

        return make

    return world


def _name(client: Any) -> str:
    return f"{client.func.__name__} {client.args[0]}" if isinstance(client, partial) else client.__name__


SLOW = never_begins
OF_LONG, OF_ALL = Size.LONG, Size.ALL
EVERYWHERE = dict.fromkeys(("submit", "dispatch", "all"), OF_ALL)
WITH_DISPATCH = dict.fromkeys(("dispatch", "all"), OF_ALL)
SOON = dict.fromkeys(("dispatch", "all"), OF_LONG)
WORLDS: dict[str, tuple[Callable[[tuple[Room, ...]], Make], dict[str, Size]]] = {
    "submit beside a manager that begins": (clients(FIRST, asleep=False), {}),
    "submit starts the pool": (clients(FIRST, started=False, asleep=False), {}),
    "submit beside a manager that is woken": (clients(FIRST, wakes, player=SLOW), {}),
    "submit beside a manager that is woken, then it runs": (clients(FIRST, wakes), SOON),
    "submit beside a death": (clients(FIRST, asleep=False, player=falls), WITH_DISPATCH),
    "submit beside a drain": (clients(FIRST, DRAIN), {**WITH_DISPATCH, "submit": OF_LONG}),
    "submit beside a request to cancel": (clients(FIRST, CANCEL_ALL), WITH_DISPATCH),
    "submit beside submit": (clients(FIRST, SECOND, player=SLOW), SOON),
    "submit beside submit, both run": (clients(FIRST, SECOND), EVERYWHERE),
    "two submits start the pool": (clients(FIRST, SECOND, started=False, asleep=False, player=SLOW), EVERYWHERE),
    "submit, then cancel": (clients(CANCELLED, player=SLOW), {**EVERYWHERE, "dispatch": OF_LONG}),
    "submit, then cancel beside a worker that begins": (clients(CANCELLED, player=begins), EVERYWHERE),
}  # fmt: skip
"""By name; and with which rooms a larger verification alone has it."""
ON: dict[str, tuple[str, ...]] = {
    "submit": ("submit",),
    "dispatch": ("dispatch", "submit"),
    "all": ("submit", "dispatch", "future", "wake"),
}
"""Which rooms are used where one is looked at: direct dispatch as it is written out in the room submit."""
NOT_ON = {("dispatch", "submit beside a request to cancel")}
"""What did not come to its end in two minutes beside other work; with all rooms it does."""
SCOPES = tuple(
    Scope(name, room, on, world, sizes.get(room, Size.QUICK))
    for room, on in ON.items()
    for name, (world, sizes) in WORLDS.items()
    if (room, name) not in NOT_ON
)
