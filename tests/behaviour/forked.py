"""Calls in a forked child of the test's own process, for what an inherited executor does there.

Decides: how such a child is started, heard and ended. Must not know: what it is asked to do.
"""

from __future__ import annotations

import os
import pickle
import select
import signal
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

from tests.behaviour.kinds import LIMIT


def in_forked_child(function: Callable[[], Any], limit: float = LIMIT) -> Any:
    """What the function returns in a forked child; an exception there is an assertion here, and so is a hang."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        _serve(function, writer)
    os.close(writer)
    try:
        message = _read_all(reader, limit)
    finally:
        os.close(reader)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    if message is None:
        raise AssertionError(f"the forked child did not answer within {limit} seconds")
    good, value = pickle.loads(message)
    if not good:
        raise AssertionError(f"in the forked child:\n{value}")
    return value


def error_of(function: Callable[[], Any]) -> str:
    """Class and text of what the function raises, or the empty string."""
    try:
        function()
    except BaseException as error:  # noqa: BLE001 - whatever it is
        return f"{type(error).__name__}: {error}"
    return ""


def _serve(function: Callable[[], Any], writer: int) -> None:
    try:
        message = pickle.dumps((True, function()))
    except BaseException:  # noqa: BLE001 - the parent wants to see it
        message = pickle.dumps((False, traceback.format_exc()))
    with os.fdopen(writer, "wb") as file:
        file.write(message)
    threading.Event().wait()  # the parent ends this process


def _read_all(reader: int, limit: float) -> bytes | None:
    """Everything up to the end of the file, or None when that does not come in time."""
    end = time.monotonic() + limit
    parts: list[bytes] = []
    while select.select([reader], [], [], max(0.0, end - time.monotonic()))[0]:
        part = os.read(reader, 65536)
        if not part:
            return b"".join(parts)
        parts.append(part)
    return None
