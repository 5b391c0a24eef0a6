"""What the threads of this process are: the system's; or greenlets, where gevent or eventlet have put theirs in place.

Whoever sleeps there in a call of the system's stops all of them, the one that would wake him included.  So what is
slept on is asked for here, when it is needed: a program may put them in place after it has imported this package.
What is held for moments only, and never over a sleep, is the interpreter's own there too.

Decides what a thread can sleep on.  Knows neither library: only what is the interpreter's own.
"""

from __future__ import annotations

import _thread
from _queue import SimpleQueue
from importlib import import_module
from types import BuiltinFunctionType, SimpleNamespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    import queue
    from _thread import LockType
    from typing import Any, TypeAlias

    Queue: TypeAlias = SimpleQueue[Any] | queue.Queue[Any]


def are_greenlets() -> bool:
    """Whether somebody has put other threads in the place of the interpreter's."""
    return not isinstance(_thread.start_new_thread, BuiltinFunctionType)


def system_module(name: str) -> Any:
    """What a module of the interpreter's own has in it, whatever somebody puts into its place, or has put there."""
    module = import_module(name)
    if not isinstance(getattr(module, name), BuiltinFunctionType):
        from importlib.util import find_spec, module_from_spec  # noqa: PLC0415 - seldom needed

        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            module = module_from_spec(spec)
            spec.loader.exec_module(module)
    return SimpleNamespace(**vars(module))


def taken_lock() -> LockType:
    """A lock that one can sleep on until another releases it, also for a limited time."""
    lock = _thread.allocate_lock()
    lock.acquire()
    return lock


def new_queue() -> Queue:
    """A queue that one can sleep on: the simple one is C, and not everybody replaces it."""
    if not are_greenlets():
        return SimpleQueue()
    import queue  # noqa: PLC0415 - no worker needs it

    return queue.Queue()
