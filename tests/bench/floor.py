"""``python -m tests.bench.floor``: what it costs at least to move large values between two processes (Linux).

One worker, one task at a time, no pickles, no threads, no futures: the copies that the contract leaves are made and
nothing else. An argument is written over memory that is there; what arrives is mapped privately (an array) or read into
new bytes; a result is written over memory that is there if results are dropped, and into new memory if they are kept.
Decides: those copies. Must not know: the pool.
"""

# ruff: noqa: T201 - a program that prints

import mmap
import os
import socket
import time
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["Moved", "cost"]

PAGE = 4096
Arrived: TypeAlias = bytes | mmap.mmap


@dataclass(frozen=True)
class Moved:
    """What is moved, and how."""

    size: int
    is_array: bool
    echo: bool
    kept: bool = False

    def arrive(self, memory: int) -> Arrived:
        """As the receiver has it, who looks at every page."""
        private = mmap.MAP_PRIVATE
        value = mmap.mmap(memory, self.size, private) if self.is_array else os.pread(memory, self.size, 0)
        value[::PAGE]
        return value


def cost(moved: Moved, count: int) -> float:
    """Milliseconds of processor time of both processes for each of so many."""
    ours, theirs = socket.socketpair()
    value = memoryview(os.urandom(moved.size))
    there, back = _memory(value), _memory(value)
    pid = os.fork()
    if not pid:
        ours.close()
        _work(theirs, moved, there, back)
        os._exit(0)
    theirs.close()
    place, kept = mmap.mmap(there, moved.size), []
    begun = time.process_time()
    for _ in range(count):
        memoryview(place)[:] = value
        ours.send(b".")
        _, memories, _, _ = socket.recv_fds(ours, 1, 1)
        if moved.echo:
            result = moved.arrive(memories[0] if moved.kept else back)
            kept += [result] if moved.kept else []
        for memory in memories:
            os.close(memory)
    spent = time.process_time() - begun
    ours.close()
    _, _, used = os.wait4(pid, 0)
    for memory in there, back:
        os.close(memory)
    return (spent + used.ru_utime + used.ru_stime) / count * 1000


def _work(end: socket.socket, moved: Moved, there: int, back: int) -> None:
    place = mmap.mmap(back, moved.size)
    while end.recv(1):
        value = moved.arrive(there)
        if moved.kept:
            memory = _memory(memoryview(value))
            socket.send_fds(end, [b"."], [memory])
            os.close(memory)
        else:
            if moved.echo:
                memoryview(place)[:] = memoryview(value)
            end.send(b".")
        del value


def _memory(value: memoryview) -> int:
    memory = os.memfd_create("floor")
    if os.pwrite(memory, value, 0) != len(value):
        raise OSError
    return memory


def main() -> None:
    """A line for each of what is moved."""
    for size, count in ((1_000_000, 400), (16_000_000, 40)):
        for is_array in (True, False):
            for echo, kept in ((False, False), (True, False), (True, True)):
                milliseconds = cost(Moved(size, is_array, echo, kept), count)
                what = ("echo, kept" if kept else "echo, dropped") if echo else "send"
                print(f"{what:14}{size // 1_000_000:3} MB ({'array' if is_array else 'bytes'}){milliseconds:8.2f} ms")


if __name__ == "__main__":
    main()
