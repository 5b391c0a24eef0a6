"""Decides: executors that are wrong in one way each, by which the harness shows that it notices.

They are the standard class with one fault. They run inside the tested interpreter, in the place of ours.
Must not know: how the harness notices.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Never

from . import startup

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor as Standard
else:
    Standard = startup.standard_class()


class Sound(Standard):
    """No fault."""


class Wrong(Standard):
    """Loses results."""

    def map(self, *_args: object, **_kwargs: object) -> Iterator[Never]:
        return iter(())


class Hanging(Standard):
    """Does not come back from shutdown()."""

    def shutdown(self, *_args: object, **_kwargs: object) -> None:
        time.sleep(600)


class Dying(Standard):
    """Ends the whole interpreter."""

    def shutdown(self, *_args: object, **_kwargs: object) -> None:
        os._exit(7)


class Leaving(Standard):
    """Leaves a process behind that is nobody's child."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT002
        super().shutdown(wait, cancel_futures=cancel_futures)
        nap = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"
        subprocess.run([sys.executable, "-I", "-c", nap], check=True)


class Complaining(Standard):
    """A thread of it dies of an exception that no future reports."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT002
        super().shutdown(wait, cancel_futures=cancel_futures)
        thread = threading.Thread(target=int, args=("no number",))
        thread.start()
        thread.join()


class Cheating(Standard):
    """Is not there at all: whoever builds it gets the standard executor."""

    def __new__(cls, max_workers: int | None = None, **_options: object) -> Standard:  # type: ignore[misc]
        return Standard(max_workers)


class Absent(Standard):
    """Was never built: the object that answers to its name skips its constructor."""

    def __new__(cls, *_args: object, **_options: object) -> NotAnExecutor:  # type: ignore[misc]
        return NotAnExecutor()


class NotAnExecutor:
    """Enough to pass a test that looks at the results of map() only."""

    def map(self, function: type[object], *iterables: Iterator[object], **_options: object) -> Iterator[object]:
        return map(function, *iterables)

    def shutdown(self, *_args: object, **_kwargs: object) -> None:
        pass
