"""A pickler of the program's own: functions, arguments, results, exceptions and the initializer go through it.

Extends ``Codec``, ``Worker`` and ``Starter``, in the place of the fast rooms ``pack`` and ``memory``, which make
pickles by themselves.  All that it does is user code: in the parent the manager reads no result that it has made.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from checkedpool._fast.fitting import Sent
from checkedpool._payload import pickling
from checkedpool._payload.pickling import LIGHT, NOTHING, Codec, Kind, is_plain, type_name
from checkedpool._pool.worker_channels import Starter
from checkedpool._worker.given import Given
from checkedpool._worker.worker import Worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess
    from typing import Any

    from checkedpool._payload.pickling import Packed
    from checkedpool._pool.pool import Pool
    from checkedpool._pool.worker_channels import WorkerChannels
    from checkedpool._worker.worker import Setup, WorkerEnds

CALL_OF_NOTHING: tuple[Any, ...] = (bool, (), {})
UNSENT_CALL = "The call of {name} could not be sent to a worker process: the executor's own pickler cannot pickle it."


class OwnPickler:
    """The program's pickler, as each process has it; a module, too, can go to another one."""

    def __init__(self, pickler: Any, *, writes_pickles: bool = False) -> None:
        """``writes_pickles``: of plain values it makes what the default pickler makes of them, which is quicker."""
        self._pickler, self.writes_pickles = pickler, writes_pickles
        self._dumps, self.load = pickler.dumps, pickler.loads

    def dump(self, value: Any) -> bytes:
        """As bytes, whatever buffer it has been written to."""
        data = self._dumps(value)
        if not isinstance(data, bytes | bytearray | memoryview):
            raise TypeError(f"dumps() of the executor's pickler returned {type_name(type(data))}, not bytes")
        return bytes(data)

    def __reduce__(self) -> tuple[Any, ...]:
        pickler = self._pickler
        if isinstance(pickler, ModuleType):
            return _of_module, (pickler.__name__, self.writes_pickles)
        return OwnPickler, (pickler,)


def _of_module(name: str, writes_pickles: bool) -> OwnPickler:  # noqa: FBT001 - called by pickle only
    return OwnPickler(import_module(name), writes_pickles=writes_pickles)


class OwnCodec(Codec, metaclass=Sent):
    """A codec that asks the program's pickler."""

    pickler: OwnPickler
    unsent_call = UNSENT_CALL

    def pack(self, value: Any) -> Packed:
        return self.pickler.dump(value)

    def pack_answer(self, value: Any) -> tuple[Kind, Packed]:
        if self.pickler.writes_pickles and is_plain(value):
            packed = pickling.dumps(value)
            return (Kind.PLAIN if len(packed) <= LIGHT else Kind.VALUE), packed
        return Kind.VALUE, self.pack(value)

    def unpack(self, packed: Packed) -> Any:
        return CALL_OF_NOTHING if packed == NOTHING else self.pickler.load(packed)

    def dump(self, value: Any) -> bytes:
        return self.pickler.dump(value)

    def load(self, data: bytes | bytearray) -> Any:
        return self.pickler.load(data)


class OwnWorker(Worker, metaclass=Sent):
    """A worker with such a codec."""

    codec: OwnCodec

    def __init__(self, ends: WorkerEnds, setup: Setup | None) -> None:
        super().__init__(ends, setup)
        self.codec.pickler = ends.given

    def _read_setup(self) -> Setup | None:
        """As the plain one: what of it is to go through the pickler has gone (``OwnGiven``)."""
        frame = self._next_frame()
        return None if frame is None else pickling.loads(frame[2])


class OwnStarter(Starter):
    """Makes such workers."""

    def _process(self, lane: WorkerChannels, setup: Setup | None) -> BaseProcess:
        codec: Any = self.shared.codec
        lane.worker_ends.given = codec.pickler
        return super()._process(lane, setup)


class OwnGiven:
    """What a worker is given, which goes through the pickler; what it cannot pickle goes as without it.

    It arrives as what it is.
    """

    def __init__(self, given: Given, pickler: OwnPickler) -> None:
        self._given, self._pickler = given, pickler

    def __reduce__(self) -> tuple[Any, ...]:
        fields = tuple(self._given)
        try:
            return _given, (self._pickler, self._pickler.dump(fields))
        except Exception:  # noqa: BLE001 - such as of what the pickler of multiprocessing alone can pickle
            return Given, fields


def _given(pickler: OwnPickler, data: bytes) -> Given:
    return Given(*pickler.load(data))


def bind(pool: Pool, pickler: OwnPickler) -> None:
    """It is this pool's."""
    codec: Any = pool.shared.codec
    codec.pickler = pickler
