"""A system without processes: pipes, sockets, a selector, deaths.  Each call lets go of the GIL, and can be waited for.

Decides: what a call of the system does.  Must not know: the pool.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

from tests.checks.interleavings.actors import Actor
from tests.checks.interleavings.shared import stage


class Pipe:
    """Bytes on their way from one end to the other."""

    def __init__(self, name: str) -> None:
        self.bit, self.name = stage().new(), name
        self.data = bytearray()
        self.closed = self.deaf = False  # by whoever writes; by whoever reads
        self.rung = 0  # how often something was written

    @property
    def readable(self) -> bool:
        return bool(self.data) or self.closed


class End:
    """One end of it."""

    def __init__(self, pipe: Pipe, number: int, *, reads: bool) -> None:
        self.pipe, self.number, self.reads, self.blocking = pipe, number, reads, True

    def fileno(self) -> int:
        return self.number

    def set_blocking(self, blocking: bool, /) -> None:
        self.blocking = blocking

    def reader(self) -> End:
        return self

    def writer(self) -> Callable[[Sequence[Any]], int]:
        return self.put

    def __call__(self, most: int) -> bytes:
        """Read; none is the end of file."""
        pipe = self.pipe
        ready = (lambda: pipe.readable) if self.blocking else None
        stage().touch(f"reads the {pipe.name}", 0, pipe.bit, ready, system=True)
        if not pipe.readable:
            raise BlockingIOError
        taken = bytes(pipe.data[:most])
        del pipe.data[:most]
        return taken

    recv = read = __call__

    def fill(self, place: memoryview) -> int:
        data = self(len(place))
        place[: len(data)] = data
        return len(data)

    def write(self, data: Any) -> int:
        pipe = self.pipe
        stage().touch(f"writes to the {pipe.name}", 0, pipe.bit, system=True)
        if pipe.deaf:
            raise BrokenPipeError
        pipe.data += data
        pipe.rung += 1
        return len(data)

    send = write

    def put(self, parts: Sequence[Any]) -> int:
        return self.write(b"".join(parts))

    def close(self) -> None:
        pipe = self.pipe
        stage().touch(f"closes the {pipe.name}", 0, pipe.bit, system=True)
        if self.reads:
            pipe.deaf = True
        else:
            pipe.closed = True

    def waiting(self, into: bytearray, *, peek: bool = False) -> int:
        """Read what is there, into this place."""
        pipe = self.pipe
        stage().touch(f"takes back from the {pipe.name}", pipe.bit, 0 if peek else pipe.bit, system=True)
        if not pipe.readable:
            raise BlockingIOError
        taken = bytes(pipe.data[: len(into)])
        into[: len(taken)] = taken
        if not peek:
            del pipe.data[: len(taken)]
        return len(taken)


class Selector:
    """Says what is readable.  What is registered for edges is said once each time that something was written."""

    def __init__(self, ends: dict[int, End]) -> None:
        self.ends, self.clock = ends, stage()
        self.known: dict[int, bool] = {}
        self.said: dict[int, int] = {}
        self.bit = stage().new()

    def register(self, fd: int, *, to_write: bool = False) -> None:
        assert not to_write, "pipes here take everything"
        self.known[fd] = False

    def register_edge(self, fd: int) -> None:
        self.known[fd] = True

    def unregister(self, fd: int) -> None:
        del self.known[fd]

    def _ready(self) -> Iterator[int]:
        for fd, edge in self.known.items():
            pipe = self.ends[fd].pipe
            if pipe.rung > self.said.get(fd, 0) if edge else pipe.readable:
                yield fd

    def select(self, timeout: float | None) -> list[int]:
        reads = 0
        for fd in self.known:
            reads |= self.ends[fd].pipe.bit
        if timeout == 0:
            stage().touch("looks what is there", reads, self.bit, system=True)
        else:
            until = None if timeout is None else self.clock.now + timeout
            stage().touch("sleeps", reads, self.bit, lambda: any(True for _ in self._ready()), until, system=True)
        ready = list(self._ready())
        for fd in ready:
            self.said[fd] = self.ends[fd].pipe.rung
        return ready

    def close(self) -> None:
        self.known.clear()


class Process:
    """A worker's, played by an actor."""

    def __init__(self, pid: int, ended: End) -> None:
        self.pid, self.ended = pid, ended
        self.sentinel = ended.number
        self.actor: Actor

    @property
    def exitcode(self) -> int | None:
        return 0 if self.ended.pipe.closed else None


class System:
    """What there is of all that."""

    def __init__(self) -> None:
        self.numbers = count(100)
        self.locks_being_made = stage().new()
        self.ran: list[int] = []
        self.ends: dict[int, End] = {}

    def pair(self, name: str) -> tuple[End, End]:
        """Two ends: (reader, writer)."""
        pipe = Pipe(name)
        made = End(pipe, next(self.numbers), reads=True), End(pipe, next(self.numbers), reads=False)
        for end in made:
            self.ends[end.number] = end
        return made


class Thread:
    """``threading.Thread``."""

    def __init__(self, target: Callable[..., object], name: str = "", args: tuple[Any, ...] = ()) -> None:
        self.target, self.name, self.args = target, name, args
        self.actor: Actor | None = None

    def start(self) -> None:
        """Runs as soon as the step that makes it is over."""
        self.actor = stage().spawn(self.name.removeprefix("checkedpool "), lambda: self.target(*self.args))

    def join(self) -> None:
        actor = self.actor
        assert actor is not None
        stage().touch(f"waits for the end of {actor.name}", actor.end, 0, lambda: actor.over, system=True)


def get_ident() -> int:
    """Of the actor who runs."""
    return id(stage().current)
