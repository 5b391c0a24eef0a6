"""What workers of the cluster run in these tests.

Decides: how a task says that it has begun.  Must not know: who runs it.
"""

import math
import os
import signal
import threading
import time
from pathlib import Path


class Unrebuildable(Exception):  # noqa: N818 - what it is called is what it is
    """Cannot be rebuilt: it takes more than its args say."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(first)
        self.second = second


class Unreadable:
    """Can be sent, and not be read where it comes to."""

    def __reduce__(self) -> tuple[object, ...]:
        return int, ("no number",)


def note(journal: str, line: object) -> None:
    """One line, whole, whoever writes beside."""
    file = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{line}\n".encode())
    os.close(file)


def noted(journal: str, number: int, seconds: float = 0.0) -> int:
    """Say that it has begun, take its time, say that it has ended."""
    note(journal, f"begun {number} {os.getpid()}")
    time.sleep(seconds)
    note(journal, f"ended {number} {os.getpid()}")
    return number


def wait_for(gate: str) -> str:
    """Until somebody makes a file."""
    while not Path(gate).exists():
        time.sleep(0.005)
    return gate


def raise_it(error: BaseException) -> None:
    raise error


def raise_for_a_lock() -> None:
    """Its cause cannot be sent."""
    raise KeyError("key") from ValueError(threading.Lock())


def raise_unrebuildable() -> None:
    raise Unrebuildable("first", "second")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def lambda_back() -> object:
    return Unreadable()


def pid(_: object = None) -> int:
    return os.getpid()


class FileEvent:
    """An event for processes that share a file system only."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def set(self) -> None:
        self._path.touch()

    def wait(self, timeout: float | None = None) -> bool:
        over = math.inf if timeout is None else time.monotonic() + timeout
        while not (there := self._path.exists()) and time.monotonic() < over:
            time.sleep(0.005)
        return there


def fail(journal: str, *_: object) -> None:
    note(journal, f"begun {os.getpid()}")
    raise ValueError(journal)


def attempt(journal: str, folder: str) -> int:
    """One attempt of several, each of which waits for a file of its own; the first two fail."""
    note(journal, f"begun {os.getpid()}")
    number = len(Path(journal).read_text().splitlines()) - 1
    wait_for(f"{folder}/{number}")
    if number < 2:
        raise ZeroDivisionError
    return number


def no_slot(*_: object, **__: object) -> None:
    """In the place of what asks for tickets: it fails before that."""
    raise ModuleNotFoundError("checkedpool")


def go_on(journal: str, word: str) -> None:
    note(journal, word)
