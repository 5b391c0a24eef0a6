"""Mutants of what is written out by hand for speed, and of what is seen only where it is compared by state.

Decides: what is broken, which test finds it. Must not know: how that test looks.
"""

from __future__ import annotations

import inspect
import sys
import textwrap
from _thread import get_ident
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

from checkedpool._core import messages
from checkedpool._fast import pack, payload
from checkedpool._fast.future_without_lock import FutureWithoutLock
from checkedpool._fast.parking import ParkedFuture, ParkingPlatform, wake
from checkedpool._fast.quick_rules import QuickManager
from checkedpool._fast.quick_submit import QuickSubmit
from checkedpool._fast.worker_rounds import QuickWorker
from checkedpool._os import stack_dumps
from checkedpool._payload import pickling
from checkedpool._pool import stacks
from checkedpool._pool.platform import RealPlatform
from checkedpool._pool.shared import Ending
from checkedpool._worker.worker import Worker
from tests.checks.mutants import ladder
from tests.checks.mutants.mutant import Broken, Mutant

__all__ = ["MUTANTS", "patched", "reworded"]

SETTLE, COMPLETE, LEARN = RealPlatform._settle, FutureWithoutLock.complete, pack._learn


def patched(target: object, name: str, new: object) -> Broken:
    """Something in the place of what has this name."""
    return lambda: mock.patch.object(target, name, new)


def reworded(target: object, name: str, old: str, new: str) -> Broken:
    """A function with other words in it; where the old ones are not there, once, the mutant cannot be applied."""

    def breaks() -> AbstractContextManager[object]:
        function = getattr(target, name)
        source = textwrap.dedent(inspect.getsource(function))
        if source.count(old) != 1:
            msg = f"{name} is worded differently now: {old!r}"
            raise ValueError(msg)
        names: dict[str, Any] = {}
        source = source.replace(old, new).replace("super()", f"super({getattr(target, '__name__', '')}, self)")
        exec(source, vars(sys.modules[function.__module__]), names)  # noqa: S102 - our own source
        is_static = isinstance(inspect.getattr_static(target, name), staticmethod)
        return mock.patch.object(target, name, staticmethod(names[name]) if is_static else names[name])

    return breaks


def leaves_it_counted(platform: RealPlatform, op: messages.Settle) -> None:
    """Values are told, and their calls stay in the count of what waits."""
    sizes, platform.sizes = platform.sizes, {}
    SETTLE(platform, op)
    platform.sizes = sizes


def reads_once(platform: RealPlatform, op: messages.Drain) -> None:
    """Of what a dead worker has written, what one read gives."""
    platform.lanes[op.lane].dead = True
    platform._read(platform.lanes[op.lane])
    platform.events.append(messages.Drained(op.lane))


def keeps_its_pickle(future: FutureWithoutLock[Any], end: Ending, *, wait: bool = True) -> bool | None:
    """A future that is told its end without a lock keeps the pickle of its call."""
    frame = future.frame
    told = COMPLETE(future, end, wait=wait)
    if told is False and future._lock is None:
        future.frame = frame
    return told


def wakes_later_whoever_he_is(future: ParkedFuture[Any]) -> None:
    """While the manager performs, all leave the waking to it: also who comes when it has looked for the last time."""
    shared = future.shared
    lists = [] if shared is None else list(shared.wakers.later.values())
    sleepers = list(future._condition.take_sleepers())
    (lists[0].extend if lists else wake)(sleepers)


def wakes_nobody_after_an_error(platform: ParkingPlatform, ops: Sequence[messages.Command]) -> list[messages.Event]:
    """Those who sleep are woken when all commands are performed, and else not."""
    later, own = platform.shared.wakers.later, get_ident()
    woken: list[Any] = []
    later[own] = woken
    outcomes = super(ParkingPlatform, platform).perform(ops)
    del later[own]
    wake(woken)
    return outcomes


_first: dict[str, Any] = {}


def learns_names_alone(module: str, name: str) -> tuple[bytes, str] | None:
    """Of two functions of one name the first is called."""
    return _first.setdefault(name, LEARN(module, name))


MUTANTS: tuple[Mutant, ...] = (
    Mutant("a stale frame with a higher number is run",
           reworded(QuickWorker, "_rounds", "frame[0] == ticket", "frame[0] >= ticket"),
           ladder.tests("tests/shell/test_quick_rounds.py", "-k", "make_the_accesses"), "tests/shell/", "C-02"),
    Mutant("an idle worker keeps its last answer", reworded(QuickWorker, "_rounds", "del answer", "pass"),
           ladder.tests("tests/behaviour/test_submit.py", "-k", "idle_worker and ours-fork and not forkserver"),
           "tests/behaviour/", "C-98"),
    Mutant("a call's objects are destroyed before its answer leaves",
           reworded(Worker, "answer_to", "held.append(value)", "held.clear()"),
           ladder.tests("tests/behaviour/test_finalizers.py", "-k", "dies and ours-fork and not forkserver"),
           "tests/behaviour/", "C-103"),
    Mutant("a read-only array is pickled as it is",
           reworded(payload, "_array", "value.flags.writeable", "True"),
           ladder.tests("tests/behaviour/test_arrays.py", "-k", "of and bytes and ours-fork"), "tests/behaviour/",
           "C-101"),
    Mutant("of partials around one another the second one is named",
           reworded(pickling, "_called", "range(DEEP)", "range(1)"),
           ladder.tests("tests/shell/test_names.py"), "tests/shell/", "C-80"),
    Mutant("values that are told stay in the count of what waits",
           patched(RealPlatform, "_settle", leaves_it_counted),
           ladder.tests("tests/shell/test_quick_ends.py"), "tests/shell/", "C-19"),
    Mutant("of what the dead have said one read is told",
           patched(RealPlatform, "_drain", reads_once),
           ladder.tests("tests/shell/test_real_platform.py", "-k", "by_half"), "tests/shell/", "C-78"),
    Mutant("a future that is told without a lock keeps its pickle",
           patched(FutureWithoutLock, "complete", keeps_its_pickle),
           ladder.tests("tests/shell/test_quick_ends.py"), "tests/shell/", "C-98"),
    Mutant("whoever gives an end leaves the waking to the manager",
           patched(ParkedFuture, "_wake", wakes_later_whoever_he_is),
           ladder.tests("tests/shell/test_wakers.py", "-k", "whoever_else"), "tests/shell/", "C-07"),
    Mutant("nobody is woken when an operation fails", patched(ParkingPlatform, "perform", wakes_nobody_after_an_error),
           ladder.tests("tests/shell/test_wakers.py", "-k", "also_if_an_operation_fails"), "tests/shell/", "C-07"),
    Mutant("a submit that is refused at the second look does not say why",
           reworded(QuickSubmit, "submit", "if shared.claim(number):\n            raise refused()",
                    "if shared.claim(number):\n            raise RuntimeError"),
           ladder.tests("tests/shell/test_quick_submit.py"), "tests/shell/", "C-17"),
    Mutant("of two functions of one name the first is called", patched(pack, "_learn", learns_names_alone),
           ladder.tests("tests/shell/test_calls.py"), "tests/shell/", "C-02"),
    Mutant("a lane that was busy is looked at no more",
           reworded(QuickManager, "_is_astir", " or lane.retry_at is not None", ""),
           ladder.tests("tests/machines/test_quick_plan.py", "-k", "whole_list"), "tests/machines/"),
    Mutant("the stack of a task shows the pool around it", reworded(stacks, "read", "frames[: begin + 1]", "frames"),
           ladder.tests("tests/shell/test_stacks.py", "-k", "frames"), "tests/shell/", "C-141"),
    Mutant("a stack is printed to standard output", reworded(stacks, "print_stack", "file or sys.stderr", "file"),
           ladder.tests("tests/behaviour/test_stacks.py", "-k", "does_not_run"), "tests/behaviour/", "C-142"),
    Mutant("the first half of a stack is taken for all of it",
           reworded(stacks, "read", "if not found or not (no_more or", "if not found and not (no_more or"),
           ladder.tests("tests/shell/test_stacks.py", "-k", "whole"), "tests/shell/", "C-141"),
    Mutant("the stack of the next task is taken for this one's",
           patched(stacks, "runs", lambda lane, seq, number: lane.has_begun(number, seq)),
           ladder.tests("tests/shell/test_channels.py", "-k", "runs_the_last"), "tests/shell/", "C-141"),
    Mutant("a worker writes its stack into whatever file has the number of its pipe",
           reworded(stack_dumps.Asked, "answer", 'reader != writer or not reader.startswith("pipe:")',
                    "False"),
           ladder.tests("tests/behaviour/test_stacks.py", "-k", "pipes_number"), "tests/behaviour/", "C-143"),
    Mutant("a signal is sent to who may not hear it",
           reworded(stack_dumps.Asked, "_send", ">> (number - 1) & 1", ">= 0"),
           ladder.tests("tests/behaviour/test_stacks.py", "-k", "left_alone"), "tests/behaviour/", "C-143"),
)  # fmt: skip
"""Each with the check that finds it."""
