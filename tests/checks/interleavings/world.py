"""The pool's own classes on shared things that announce their accesses, and on a system that is not there.

Decides: what is put in the place of what.  Must not know: what is explored.
"""

from __future__ import annotations

import pickle
import sys
import threading
import time
from _thread import get_ident
from collections.abc import Callable, Iterator
from concurrent.futures import _base
from contextlib import ExitStack, contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest import mock

from checkedpool._core.tables import LEAVE
from checkedpool._fast import direct_dispatch, future_without_lock, parking, quick_submit
from checkedpool._fast.fitting import Room, fitted
from checkedpool._os import locks, log
from checkedpool._os import system as operating_system
from checkedpool._payload.pickling import HEADER, Assembler, Kind
from checkedpool._pool import manager_failure, pool, shared
from checkedpool._pool.pool import Pool
from checkedpool._pool.worker_channels import Starter
from tests.checks.interleavings import shared as announced
from tests.checks.interleavings import system
from tests.checks.interleavings.shared import stage, watched

SHARED = "sleep", "closed", "broken"
"""Those of what threads share.  Not the counts of bytes and of wake-ups: they are hints, and may be wrong."""
LENDING = direct_dispatch.DispatchingShared, quick_submit.LoanlessShared
"""What threads share where a worker may be lent."""
DONE = pickle.dumps(7)
"""What every task returns."""


def announcing_future(kind: Any) -> Any:
    """This class of futures: all their attributes but what never changes."""
    nothing: Any = None
    return watched(kind, *sorted(vars(kind(nothing, 0)).keys() - {"number", "name"}))


class Start(shared.Once):
    """Who has the start: one thing."""

    def __init__(self) -> None:
        super().__init__()
        self.bit = stage().new()

    def __len__(self) -> int:
        stage().touch("looks whether the start is taken", self.bit, 0)
        return super().__len__()

    def take(self, taker: object) -> bool:
        stage().touch("tries to take the start", 0, self.bit)
        return super().take(taker)

    def is_of(self, taker: object) -> bool:
        stage().touch("looks who has the start", self.bit, 0)
        return super().is_of(taker)

    def give_back(self) -> None:
        stage().touch("gives the start back", 0, self.bit)
        super().give_back()


def put_into(instance: Any, **things: object) -> None:
    """These in the place of what it has there; AttributeError if it has nothing, for then nobody would look there."""
    for name, thing in things.items():
        getattr(instance, name)
        setattr(instance, name, thing)


def announcing_shared(kind: Any) -> Any:
    """This class of what threads share, with its containers."""
    announcing = watched(kind, *SHARED, *(("loan",) if issubclass(kind, LENDING) else ()))

    def make(self: Any) -> None:
        announcing.__init__(self)
        inbox, unclaimed, numbers = announced.Inbox(), announced.Table("the claims"), announced.Numbers()
        put_into(self, inbox=inbox, unclaimed=unclaimed, numbers=numbers, start=Start())

    return type(kind.__name__, (announcing,), {"__init__": make})


def announcing_lane(kind: Any) -> Any:
    """This class of a worker's channels."""
    announcing = watched(kind, "returned", "closed", "dead")

    def make(self: Any, *arguments: Any) -> None:
        announcing.__init__(self, *arguments)
        lock = announced.Lock("the lane's lock", again=True)
        put_into(self, lock=lock, ticketed=announced.Table("the tickets out"))

    return type(kind.__name__, (announcing,), {"__init__": make})


Player = Callable[[Any, list[object]], object]
"""Plays the worker of a lane; the list: the tasks that it ran."""


def answers(lane: Any, ran: list[object]) -> None:
    """A worker that runs what it gets a ticket for, until it is to leave."""
    theirs = lane.worker_ends
    assembler, frames = Assembler(), list[Any]()
    while (ticket := theirs.tickets(1)) and ticket[0] != LEAVE:
        while not frames or frames[0][0] != ticket[0]:
            if frames:
                del frames[0]
            else:
                frames += assembler.feed(theirs.call(1 << 16))
        _, arguments, _ = lane.shared.codec.unpack(frames.pop(0)[2])
        ran.append(arguments[0])
        theirs.result.write(HEADER.pack(ticket[0], Kind.PLAIN, len(DONE)) + DONE)
    lane.process.ended.close()


def begins(lane: Any, ran: list[object]) -> None:
    """A worker that takes one ticket, and is at its task for ever."""
    ran.append(tuple(lane.worker_ends.tickets(1)))
    lane.worker_ends.lifeline(1)


def never_begins(lane: Any, _: list[object]) -> None:
    """A worker that is slow."""
    lane.worker_ends.lifeline(1)


def falls(lane: Any, _: list[object]) -> None:
    """A worker that dies."""
    lane.worker_ends.result.close()
    lane.process.ended.close()


class FakeStarter(Starter):
    """Starts workers that are actors."""

    player: Player = staticmethod(answers)

    def __init__(self, shared_: Any, *_: object) -> None:
        self.shared, self.forks, self.setup = shared_, True, (None, ())
        self.ran: list[object] = []
        self.made: list[Any] = []

    def start_all(self, count: int, lanes: dict[int, Any]) -> None:
        for number in range(count):
            lane = lanes[number] = self.channels_type(number, self.shared)
            self.made.append(lane)
            lane.watch, ended = stage().system.pair(f"end of worker {number}")
            process: Any = system.Process(number, ended)
            lane.process = process
            theirs: Any = lane.worker_ends
            theirs.result.pipe.data += HEADER.pack(0, Kind.READY, 0)
            stage().spawn(f"worker {number}", partial(self.player, lane, self.ran))

    def let_go(self) -> None:
        """Nothing is held."""

    def out(self) -> tuple[object, ...]:
        """The tasks whose tickets are out, in their order; None is one without a frame."""
        return tuple(task for lane in self.made for task in _tasks_out(lane))


def _tasks_out(lane: Any) -> Iterator[object]:
    frames = {seq: body for seq, _, body in Assembler().feed(bytes(lane.call_end.pipe.data))}
    for seq in bytes(lane.ticket_end.pipe.data):
        yield lane.shared.codec.unpack(frames[seq])[1][0] if seq in frames else None


def announcing_pool(rooms: tuple[Room, ...], player: Player = answers) -> type[Pool]:
    """The pool that these rooms make, with everything announced."""
    kind = fitted(Pool, rooms)
    starter: Any = type("Starter", (FakeStarter, kind.starter_type), {"player": staticmethod(player)})
    starter.channels_type = announcing_lane(kind.starter_type.channels_type)
    loan: Any = getattr(kind.platform_type, "loan_type", None)
    loans = {} if loan is None else {"loan_type": watched(loan, "_free", "_owed", "used")}
    return type("Pool", (kind,), {
        "platform_type": type("Platform", (kind.platform_type,), loans), "starter_type": starter,
        "shared_type": announcing_shared(kind.shared_type), "future_type": announcing_future(kind.future_type),
    })  # fmt: skip


def everywhere(old: object, new: object) -> list[Any]:
    """A patch for each name that any module of the pool has for it; there is one, else nothing would be replaced."""
    patches = list(_names_of(old, new))
    if not patches:
        raise LookupError(f"no module of the pool has {old}, which is to be replaced")
    return patches


def _names_of(old: object, new: object) -> Iterator[Any]:
    for name, module in list(sys.modules.items()):
        if name.startswith("checkedpool.") and not name.startswith("checkedpool.testing"):
            for attribute, value in list(vars(module).items()):
                if value is old:
                    yield mock.patch.object(module, attribute, new)


def raised(_: object, __: object, error: BaseException) -> None:
    """In the place of a panic: what is wrong with the manager is what came of it."""
    raise error


class ThreadsModule:
    """``threading``, as the pool uses it."""

    Thread, get_ident = system.Thread, staticmethod(system.get_ident)

    def current_thread(self) -> object:
        """An actor: nobody is the main thread, where handlers of signals are put in."""
        return stage().current

    def __getattr__(self, name: str) -> Any:
        return getattr(threading, name)


class TimeModule:
    """``time``."""

    def monotonic(self) -> float:
        return stage().now


def _system() -> system.System:
    here: system.System = stage().system
    return here


def _pipe() -> tuple[system.End, system.End]:
    return _system().pair("pipe")


def _tickets() -> tuple[system.End, system.End]:
    return _system().pair("tickets")


def _alarm() -> system.End:
    return _system().pair("alarm")[0]


def _selector() -> system.Selector:
    return system.Selector(_system().ends)


def _take_waiting(end: system.End, into: bytearray, *, peek: bool = False) -> int:
    return end.waiting(into, peek=peek)


class LocksBeingMade(dict[int, Any]):
    """By the identity of a future, which is another one in each schedule: one thing.

    What is in it when a schedule is cut off goes with that: a later future can have the same identity.
    """

    def setdefault(self, key: int, lock: Any = None) -> Any:
        stage().touch("makes a lock, or finds one that is being made", 0, self._bit())
        return super().setdefault(key, lock)

    def pop(self, key: int, *default: Any) -> Any:
        try:
            stage().touch("takes a lock that was made", 0, self._bit())
        finally:
            taken = super().pop(key, *default)
        return taken

    def _bit(self) -> int:
        return _system().locks_being_made


SYSTEM: dict[Any, dict[str, Any]] = {
    operating_system: {
        "take_waiting": _take_waiting, "selector": _selector,
        "channel": _pipe, "socket_pair": _tickets, "made": lambda making: making, "close": lambda _: None,
        "take_status": lambda process: (operating_system.Status.HERE, process.exitcode), "forget": lambda _: None,
        "send_signal": lambda process, _, force: process.killed(force),
    },
    future_without_lock: {"_made": LocksBeingMade()},
    parking: {"EdgeSelector": _selector, "alarm": _alarm},
    direct_dispatch: {
        "allocate_lock": partial(announced.Lock, "the right to write"), "is_a_handlers": lambda _: False,
    },
    locks: {"list": announced.List}, locks.Room: {"ask": lambda _: None}, pool: {"_live": {}},
    _base: {"threading": SimpleNamespace(
        Event=announced.Event, Lock=announced.Lock, Condition=announced.WatchedCondition)},
}  # fmt: skip
"""What is asked of the system, and what a signal handler's is: no handler runs here, and the stack is deep enough."""


@contextmanager
def substituted() -> Iterator[None]:
    """While scopes are explored."""
    with ExitStack() as all_of_it:
        for old, new in (
            (locks.Condition, announced.WatchedCondition), (locks.taken_lock, announced.taken_lock),
            (locks.new_queue, announced.Queue), (get_ident, system.get_ident),
            (shared.Sleep, watched(shared.Sleep, "woken")), (parking.Wakers, watched(parking.Wakers, "_idle", "_most")),
            (threading, ThreadsModule()), (time, TimeModule()),
            (manager_failure.panic, raised), (log.log_exception, lambda *_, **__: None),
        ):  # fmt: skip
            for patch in everywhere(old, new):
                all_of_it.enter_context(patch)
        for module, names in SYSTEM.items():
            for name, put in names.items():
                all_of_it.enter_context(mock.patch.object(module, name, put, create=name == "list"))
        yield
