"""The pickling edge: objects to bytes and back, errors included.  The only module where values have no type.

``multiprocessing``'s reducers are honoured (sockets, connections, what libraries register), at the speed of a plain
pickler.  An error that cannot be pickled, or that cannot be rebuilt, is replaced by one that says so.
"""

from __future__ import annotations

import contextlib
import copyreg
import io
import pickle
import sys
from multiprocessing.reduction import ForkingPickler
from types import FunctionType, ModuleType

from checkedpool._shell.names import type_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

PLAIN = frozenset({type(None), bool, int, float, str, bytes})  # not complex: it has a reducer, which is user code
FUNCTIONS = frozenset({FunctionType, type})  # what pickles by its name alone; a builtin may be a bound method
PROTOCOL, USUAL = pickle.HIGHEST_PROTOCOL, pickle.DEFAULT_PROTOCOL
"""The pool's, and that of multiprocessing: 4 up to Python 3.13."""


OWNED = 1 << 12
"""Bytes of an array up to which it may own its data if it was pickled by the usual protocol (numpy: 1,000)."""


def reducers() -> dict[Any, Any]:
    """What is registered with copyreg and multiprocessing now, in one dict: the C pickler is quick with that."""
    extra = ForkingPickler._extra_reducers  # type: ignore[attr-defined]  # no public name
    numpy = sys.modules.get("numpy")
    if type(numpy) is ModuleType and USUAL < PROTOCOL:  # another one may be loaded when it is asked
        return {vars(numpy).get("ndarray"): _array, **copyreg.dispatch_table, **extra}
    return {**copyreg.dispatch_table, **extra}


def _array(value: Any) -> Any:
    """What arrives is what the usual protocol makes of an array: writable, and the owner of its data if it is small.

    So it is pickled by the pool's, which copies it less often, where that makes no difference.
    """
    return value.__reduce_ex__(PROTOCOL if value.nbytes > OWNED and value.flags.writeable else USUAL)


def dumps(value: Any) -> bytes:
    """Pickle as multiprocessing would."""
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, PROTOCOL)
    pickler.dispatch_table = reducers()
    pickler.dump(value)
    return buffer.getvalue()


def is_plain(value: Any) -> bool:
    """Whether no code but the interpreter's own has to run to pickle it, or to read it."""
    kind = type(value)
    return kind in PLAIN or ((kind is list or kind is tuple) and PLAIN.issuperset(map(type, value)))


def is_plain_call(fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether that is true of a call: of plain functions and plain values no reducer has a say."""
    if kwargs or type(fn) not in FUNCTIONS:
        return False
    return all(type(value) in PLAIN or type(value) in FUNCTIONS or is_plain(value) for value in args)


def dump_call(fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    """Pickle a call, of a plain one in the quickest way."""
    if is_plain_call(fn, args, kwargs):
        return pickle.dumps((fn, args, kwargs), PROTOCOL)
    return dumps((fn, args, kwargs))


loads: Callable[[Any], Any] = pickle.loads


class RemoteTraceback(Exception):  # noqa: N818 - the standard library's name
    """The text of a traceback of another process, in a standard library that has renamed its own."""

    def __init__(self, tb: str) -> None:
        self.tb = tb

    def __str__(self) -> str:
        return self.tb


def _remote_traceback(text: str) -> BaseException:
    """The cause of an exception that came from another process.

    The standard library's own, so that code that looks for it finds it.  Its module is dear, and no worker needs it;
    beside the interpreter's exit it cannot be imported any more.
    """
    try:
        from concurrent.futures import process  # noqa: PLC0415
    except Exception:  # noqa: BLE001 - whatever it is: nobody looks for what cannot be had
        return RemoteTraceback(text)
    made: BaseException = getattr(process, "_RemoteTraceback", RemoteTraceback)(text)
    return made


def with_remote_cause(error: BaseException, text: str) -> BaseException:
    """The error as the caller of ``result`` gets it: its traceback in the other process is its cause."""
    BaseException.__setattr__(error, "__cause__", _remote_traceback(text))  # whatever its class makes of attributes
    return error


def local_error(error: BaseException) -> BaseException:
    """An error of pickling in this process, in the same form as one of another process, free of frames."""
    text = _format(error)
    return with_remote_cause(_bare(error), text)


def call_error(error: BaseException, name: str | None) -> BaseException:
    """A call that cannot be pickled: the error says what to do about it."""
    with contextlib.suppress(BaseException):  # its class may refuse notes, in whatever way
        BaseException.add_note(
            error,
            f"The call of {name} could not be sent to a worker process. A function travels by its name: define it at "
            "the top level of a module that a worker can import (no lambda, no function inside a function), and pass "
            "arguments that can be pickled.",
        )
    return local_error(error)


def dump_error(error: BaseException) -> bytes:
    """Pickle an error and, apart from it, the text of its traceback, which survives if the error cannot be rebuilt."""
    text = _format(error)
    try:
        blob = dumps(_bare(error))
    except BaseException as reason:  # noqa: BLE001 - user code may raise anything
        blob = dumps(pickle.PicklingError(_lost(error, "be pickled", reason)))
    return dumps((text, blob))


def remote_text(body: bytes | bytearray) -> BaseException:
    """Of a dumped error the traceback alone: no code of the user runs to get it."""
    text, _ = loads(body)
    return _remote_traceback(text)


def load_error(body: bytes | bytearray) -> BaseException:
    """The error of a task.  If it cannot be rebuilt: what came of trying; its cause is the task's own traceback."""
    text, blob = loads(body)
    try:
        error = loads(blob)
    except BaseException as reason:  # noqa: BLE001 - user code may raise anything
        error = _bare(reason)
    if not issubclass(type(error), BaseException):  # a __reduce__ that rebuilds something else
        error = pickle.UnpicklingError(f"the exception that the task raised was rebuilt as {type_name(type(error))}")
    return with_remote_cause(error, text)


def _bare(error: BaseException) -> BaseException:
    """The error without its frames, whatever its class makes of the method."""
    return BaseException.with_traceback(error, None)


def _format(error: BaseException) -> str:
    try:
        import traceback  # noqa: PLC0415 - dear, and most workers never need it

        text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    except BaseException as reason:  # noqa: BLE001 - __str__ of the user's class may raise anything
        text = f"{type_name(type(error))} (its traceback cannot be shown: {type_name(type(reason))})\n"
    return f'\n"""\n{text}"""'


def _lost(error: BaseException, verb: str, reason: BaseException) -> str:
    name = type_name(type(error))
    try:
        return f"the exception {name} that the task raised cannot {verb}: {reason!r}"
    except BaseException:  # noqa: BLE001 - __repr__ of the user's class may raise anything
        return f"the exception {name} that the task raised cannot {verb}"
