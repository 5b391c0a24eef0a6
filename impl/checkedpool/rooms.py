"""The fast rooms of this pool.  Decides which there are, and from the environment which are used."""

from __future__ import annotations

import os
from functools import partial

from checkedpool._core.manager import Manager
from checkedpool._fast.direct_dispatch import DirectSubmitter, DispatchingPlatform, DispatchingShared
from checkedpool._fast.dispatch_rules import LendingManager
from checkedpool._fast.fitting import Room, fitted, without
from checkedpool._fast.future_without_lock import FutureWithoutLock
from checkedpool._fast.memory import MemoryAssembler, MemoryCodec, MemoryWorker
from checkedpool._fast.pack import PartsCodec, PartsWorker
from checkedpool._fast.parents_side import ByNamePool, GatheringChannels, MemoryChannels, MemoryShared, PartsChannels
from checkedpool._fast.parking import ParkedFuture, ParkingPlatform, ParkingReactor, ParkingShared
from checkedpool._fast.pipes import FillingAssembler, FillingWorker
from checkedpool._fast.quick_rules import QuickManager
from checkedpool._fast.quick_submit import GatheringPlatform, LoanlessShared, QuickSubmit
from checkedpool._fast.worker_rounds import QuickWorker
from checkedpool._payload.pickling import Assembler, Codec
from checkedpool._pool.platform import Reactor, RealPlatform
from checkedpool._pool.pool import Pool, Submitter
from checkedpool._pool.shared import PoolFuture, Shared
from checkedpool._pool.user_code import UserThreads
from checkedpool._pool.worker_channels import Starter, WorkerChannels
from checkedpool._worker.worker import Worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import TypeAlias, TypeVar

    from checkedpool._given.own_pickler import OwnPickler
    from checkedpool._trace.traced_pool import TracedPool

    C = TypeVar("C")
    Asked: TypeAlias = tuple[Room, Callable[[Pool], None]]
    """Classes, and what tells a pool that is made of them what was asked."""

PLAIN = "CHECKEDPOOL_PLAIN"
"""In the environment: 1 for a pool without any fast room; or the names of rooms to do without, with commas between."""
ROOMS: tuple[Room, ...] = (  # of two that replace a method the first one's is called first
    Room("dispatch", {
        Submitter: DirectSubmitter, Manager: LendingManager, Shared: DispatchingShared,
        RealPlatform: DispatchingPlatform,
    }),
    Room("submit", {Pool: QuickSubmit, Shared: LoanlessShared, RealPlatform: GatheringPlatform}),
    Room("rules", {Manager: QuickManager}),
    Room("worker", {Worker: QuickWorker}),
    Room("pack", {Codec: PartsCodec, Pool: ByNamePool, WorkerChannels: PartsChannels, Worker: PartsWorker}),
    Room("pipes", {Assembler: FillingAssembler, WorkerChannels: GatheringChannels, Worker: FillingWorker}),
    Room("memory", {
        Codec: MemoryCodec, Assembler: MemoryAssembler, Shared: MemoryShared, WorkerChannels: MemoryChannels,
        Worker: MemoryWorker,
    }),
    Room("future", {PoolFuture: FutureWithoutLock}),
    Room("wake", {
        PoolFuture: ParkedFuture, RealPlatform: ParkingPlatform, Shared: ParkingShared, Reactor: ParkingReactor,
    }),
)  # fmt: skip
_fitted: dict[tuple[Room, ...], dict[type, type]] = {}  # by the rooms that are used


def in_use(plain: type[C], *layers: Room, asked: tuple[Room, ...] = ()) -> type[C]:
    """A class of the plain pool with the rooms that are used; ``layers`` go over those of the same name.

    ``asked``: what the program has asked for goes over all, without any fast room also.
    Raises ValueError if CHECKEDPOOL_PLAIN names a room that there is not.
    """
    away = {name for room in asked for name in room.instead_of}
    rooms = (*asked, *[room for room in used(*layers) if room.name not in away])
    return fitted(plain, rooms, _fitted.setdefault(rooms, {}))


def used(*layers: Room) -> tuple[Room, ...]:
    """The rooms that are used, likewise."""
    try:
        return without((*layers, *ROOMS), os.environ.get(PLAIN, ""))
    except ValueError as error:
        raise ValueError(f"{PLAIN}: {error}") from None


def traced(asked: tuple[Room, ...] = ()) -> type[TracedPool]:
    """The pool that writes a trace of itself, likewise; who traces nothing does not import it."""
    from checkedpool._trace.traced_dispatch import TRACED_DISPATCH  # noqa: PLC0415
    from checkedpool._trace.traced_pool import TracedPool  # noqa: PLC0415

    return in_use(TracedPool, TRACED_DISPATCH, asked=asked)


if not os.environ.get(PLAIN):  # the usual pool: now, rather than while somebody waits for the first result of one
    in_use(Pool)


# --- what a program can ask for: classes over the others, in a file that is imported then -----------------------------


def bounded(most: int, *, block: bool) -> Asked:
    """A pool with room for so many tasks."""
    from checkedpool._pool.bounded import BoundedFuture, BoundedPool, BoundedShared, bind  # noqa: PLC0415

    room = Room("bounded", {Pool: BoundedPool, Shared: BoundedShared, PoolFuture: BoundedFuture})
    return room, partial(bind, most=most, block=block)


def letting_go() -> Asked:
    """A pool whose idle workers leave when they have been idle for too long."""
    from checkedpool._core.idle_workers import LettingManager  # noqa: PLC0415

    return Room("idle", {Manager: LettingManager}), _needs_nothing


def counting_deaths() -> Asked:
    """A pool that breaks of too many deaths in a row."""
    from checkedpool._core.deaths_in_a_row import CountingManager  # noqa: PLC0415

    return Room("deaths", {Manager: CountingManager}), _needs_nothing


def _needs_nothing(_: Pool) -> None:
    """What was asked stands in the settings."""


def with_pickler(pickler: OwnPickler) -> Asked:
    """A pool whose pickles are the program's own."""
    from checkedpool._given.own_pickler import OwnCodec, OwnStarter, OwnWorker, bind  # noqa: PLC0415

    classes = {Codec: OwnCodec, Worker: OwnWorker, Starter: OwnStarter}
    return Room("pickler", classes, ("pack", "memory")), partial(bind, pickler=pickler)


def listening(directory: Path) -> Asked:
    """A pool that answers ``checkedpool ps``."""
    from checkedpool.listening import ListeningPool, bind  # noqa: PLC0415

    return Room("listening", {Pool: ListeningPool}), partial(bind, directory=directory)


def with_tails(most: int) -> Asked:
    """A pool that keeps the last bytes, so many, that each worker wrote to standard error."""
    from checkedpool._given import stderr_tails as parent  # noqa: PLC0415
    from checkedpool._given.stderr_pipe import PipedWorker  # noqa: PLC0415

    classes = {
        Shared: parent.TailShared, WorkerChannels: parent.TailChannels, Worker: PipedWorker,
        RealPlatform: parent.TailPlatform, UserThreads: parent.TailUserThreads,
    }  # fmt: skip
    return Room("tails", classes), partial(parent.bind, most=most)


def with_records(name: str | None, level: int) -> Asked:
    """A pool whose workers' log records are handled by this logger, or by those of their names."""
    from checkedpool._given import log_forwarding as parent  # noqa: PLC0415
    from checkedpool._given.log_records import ForwardingWorker  # noqa: PLC0415

    classes = {
        Shared: parent.ForwardingShared, WorkerChannels: parent.ForwardingChannels, Worker: ForwardingWorker,
        RealPlatform: parent.ForwardingPlatform, UserThreads: parent.ForwardingUserThreads,
    }  # fmt: skip
    return Room("records", classes), partial(parent.bind, name=name, level=level)
