"""Where a thread of CPython can lose the GIL: read off the bytecode, while it runs.

A thread that does not call the system looks whether another one wants the GIL at three kinds of instructions only: at
the beginning of a function, at a jump backwards, and after a call of a function in C.  Between two of them no other
thread runs.  So what is between two accesses says whether others can come there: no comment has to be believed.

Decides that.  Must not know: what is run, or who runs it.
"""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType, FunctionType
from typing import Any, TypeAlias

Traced: TypeAlias = Callable[[FrameType, str, object], Any]
AT_ONCE = "RESUME", "JUMP_BACKWARD", "POP_JUMP_BACKWARD", "YIELD_VALUE", "SEND"
"""So begin the names of the instructions with which others may come in."""
CALLS = "CALL"
"""And of those after which they may, when the call is over."""
NEVER = "JUMP_BACKWARD_NO_INTERRUPT", "CALL_INTRINSIC"
TOOL = 3
MONITORING: Any = getattr(sys, "monitoring", None)
"""From CPython 3.12 on; before, functions are traced."""


def moments(code: CodeType) -> frozenset[int]:
    """The instructions of a function before which others may have come in, by their offsets."""
    found: set[int] = set()
    after_a_call = False
    for instruction in dis.get_instructions(code):
        name = "" if instruction.opname.startswith(NEVER) else instruction.opname
        if after_a_call or name.startswith(AT_ONCE):
            found.add(instruction.offset)
        after_a_call = name.startswith(CALLS)
    return frozenset(found)


def _functions(names: dict[str, Any]) -> Iterator[FunctionType]:
    """Those of a module, and of its classes."""
    for thing in list(names.values()):
        if isinstance(thing, FunctionType):
            yield thing
        elif isinstance(thing, property | staticmethod | classmethod):
            yield from _functions({name: getattr(thing, name, None) for name in ("fget", "fset", "__func__")})
        elif isinstance(thing, type) and thing.__module__ == names.get("__name__"):
            yield from _functions({**vars(thing), "__name__": None})


class Moments:
    """Calls ``passed`` at each such moment in the functions whose file is ``watched``."""

    def __init__(self, watched: Callable[[str, str], bool], passed: Callable[[], None]) -> None:
        self._watched, self._passed = watched, passed
        self._known: dict[int, tuple[CodeType, Traced | None]] = {}

    @contextmanager
    def seen(self) -> Iterator[None]:
        """While this lasts, in all threads; where functions are traced, in those that are ``traced``."""
        if MONITORING is None:
            yield
            return
        codes = self._codes()
        known = {name: moments(code) for name, code in codes.items()}
        events = MONITORING.events

        def instruction(code: CodeType, offset: int) -> object:
            if offset not in known[id(code)]:
                return MONITORING.DISABLE
            return self._passed()

        MONITORING.use_tool_id(TOOL, "interleavings")
        MONITORING.restart_events()
        MONITORING.register_callback(TOOL, events.INSTRUCTION, instruction)
        MONITORING.register_callback(TOOL, events.PY_START, lambda *_: self._passed())
        for code in codes.values():
            MONITORING.set_local_events(TOOL, code, events.INSTRUCTION | events.PY_START)
        try:
            yield
        finally:
            for code in codes.values():
                MONITORING.set_local_events(TOOL, code, 0)
            MONITORING.free_tool_id(TOOL)

    def _codes(self) -> dict[int, CodeType]:
        """Of all functions, those in functions too: what is watched from its second call on is watched too late.

        By identity: code is equal to other code that says the same.
        """
        found: dict[int, CodeType] = {}
        modules = [
            module for module in list(sys.modules.values()) if self._watched(getattr(module, "__file__", "") or "", "")
        ]
        todo = [function.__code__ for module in modules for function in _functions(vars(module))]
        while todo:
            code = todo.pop()
            if self._watched(code.co_filename, code.co_qualname) and id(code) not in found:
                found[id(code)] = code
                todo += [const for const in code.co_consts if isinstance(const, CodeType)]
        return found

    @contextmanager
    def traced(self) -> Iterator[None]:
        """In this thread."""
        if MONITORING is not None:
            yield
            return
        before = sys.gettrace()
        sys.settrace(self._called)
        try:
            yield
        finally:
            sys.settrace(before)

    def _called(self, frame: FrameType, _: str, __: object) -> Traced | None:
        code = frame.f_code
        known = self._known.get(id(code))
        if known is None:
            known = self._known[id(code)] = (
                code,
                self._tracer(code) if self._watched(code.co_filename, code.co_qualname) else None,
            )
        trace = known[1]
        if trace is not None:
            frame.f_trace_lines, frame.f_trace_opcodes = False, True
            self._passed()
        return trace

    def _tracer(self, code: CodeType) -> Traced:
        passed, at = self._passed, moments(code)

        def trace(frame: FrameType, event: str, _: object) -> Traced:
            if event == "opcode" and frame.f_lasti in at:
                passed()
            return trace

        return trace
