"""Where a thread of CPython can lose the GIL: read off the bytecode, while it runs.

A thread that does not call the system looks whether another one wants the GIL at three kinds of instructions only: at
the beginning of a function, at a jump backwards, and after a call of a function in C.  Between two of them no other
thread runs.  So what is between two accesses says whether others can come there: no comment has to be believed.

From CPython 3.12 on the interpreter tells of these moments.  Before, functions are replaced by such as note them
(``noting``): to have each instruction told takes four times as long.

Decides that.  Must not know: what is run, or who runs it.
"""

from __future__ import annotations

import dis
import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from types import CodeType, FunctionType
from typing import Any

AT_ONCE = "RESUME", "JUMP_BACKWARD", "POP_JUMP_BACKWARD", "YIELD_VALUE", "SEND"
"""So begin the names of the instructions with which others may come in."""
CALLS = "CALL"
"""And of those after which they may, when the call is over."""
NEVER = "JUMP_BACKWARD_NO_INTERRUPT", "CALL_INTRINSIC"
TOOL = 3
MONITORING: Any = getattr(sys, "monitoring", None)
"""From CPython 3.12 on."""
Watched = Callable[[str, str], bool]


class Since:
    """Since the last access."""

    passed = False
    """Whether there was such a moment."""


SINCE = Since()
NOTE = ("LOAD_CONST", True), ("LOAD_CONST", SINCE), ("STORE_ATTR", "passed")
"""What notes one, in bytecode: no function is called, so that is none itself."""


FROZEN: list[FunctionType] = []
"""The watched functions among what is frozen, of which the collector of garbage does not tell."""


def freeze(watched: Watched) -> None:
    """What is there when this is called first is looked through once; then no collection of garbage does so again."""
    if not FROZEN:
        gc.unfreeze()  # somebody else may have done so
        gc.collect()
        FROZEN.extend(_functions(watched))
        gc.freeze()


@contextmanager
def seen(watched: Watched) -> Iterator[None]:
    """While this lasts, such moments are noted in the functions that are ``watched``, which are there already."""
    functions = [*FROZEN, *_functions(watched)]
    with _told(functions) if MONITORING else _replaced(functions):
        yield


def _functions(watched: Watched) -> Iterator[FunctionType]:
    for one in gc.get_objects():
        if type(one) is FunctionType and watched(one.__code__.co_filename, one.__code__.co_qualname):
            yield one


def moments(code: CodeType) -> frozenset[int]:
    """The instructions of a function before which others may have come in, by their offsets."""
    found: set[int] = set()
    after_a_call = False
    for instruction in dis.get_instructions(code):
        is_one, after_a_call = _is_moment(instruction.opname, after_a_call=after_a_call)
        if is_one:
            found.add(instruction.offset)
    return frozenset(found)


def _is_moment(name: str, *, after_a_call: bool) -> tuple[bool, bool]:
    """Whether others may come in before this instruction; whether they may after it."""
    if name.startswith(NEVER):
        return after_a_call, False
    return after_a_call or name.startswith(AT_ONCE), name.startswith(CALLS)


# --- from 3.12 on -----------------------------------------------------------------------------------------------------


@contextmanager
def _told(functions: list[FunctionType]) -> Iterator[None]:
    codes = _codes([function.__code__ for function in functions])
    known = {name: moments(code) for name, code in codes.items()}
    events = MONITORING.events

    def instruction(code: CodeType, offset: int) -> object:
        if offset not in known[id(code)]:
            return MONITORING.DISABLE
        SINCE.passed = True
        return None

    def begins(*_: object) -> None:
        SINCE.passed = True

    MONITORING.use_tool_id(TOOL, "interleavings")
    MONITORING.restart_events()
    MONITORING.register_callback(TOOL, events.INSTRUCTION, instruction)
    MONITORING.register_callback(TOOL, events.PY_START, begins)
    for code in codes.values():
        MONITORING.set_local_events(TOOL, code, events.INSTRUCTION | events.PY_START)
    try:
        yield
    finally:
        for code in codes.values():
            MONITORING.set_local_events(TOOL, code, 0)
        MONITORING.free_tool_id(TOOL)


def _codes(todo: list[CodeType]) -> dict[int, CodeType]:
    """Those of functions in functions too: what is watched from its second call on is watched too late.

    By identity: code is equal to other code that says the same.
    """
    found: dict[int, CodeType] = {}
    while todo:
        code = todo.pop()
        if id(code) not in found:
            found[id(code)] = code
            todo += [const for const in code.co_consts if isinstance(const, CodeType)]
    return found


# --- before -----------------------------------------------------------------------------------------------------------


@contextmanager
def _replaced(functions: list[FunctionType]) -> Iterator[None]:
    codes = [function.__code__ for function in functions]
    for function, code in zip(functions, codes, strict=True):
        function.__code__ = noting(code)
    try:
        yield
    finally:
        for function, code in zip(functions, codes, strict=True):
            function.__code__ = code


@cache
def noting(code: CodeType) -> CodeType:
    """A function that does the same, and notes each of these moments; so do the functions in it."""
    bytecode: Any = import_module("bytecode")  # it is there where it is needed
    made, after_a_call = bytecode.Bytecode.from_code(code, conserve_exception_block_stackdepth=True), False
    noted: list[Any] = []
    for one in made:
        if isinstance(one, bytecode.Instr):
            is_one, after_a_call = _is_moment(one.name, after_a_call=after_a_call)
            if is_one:
                noted += [bytecode.Instr(*instruction) for instruction in NOTE]
            if isinstance(one.arg, CodeType):
                one.arg = noting(one.arg)
        noted.append(one)
    made[:] = noted
    result: CodeType = made.to_code(stacksize=code.co_stacksize + 2, compute_exception_stack_depths=False)
    return result
