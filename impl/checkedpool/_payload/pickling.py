"""What goes between the processes, as bytes: frames, and in them calls, values and errors as pickles.

A frame is a header (number, kind, length) and a body; what makes and reads frames knows bytes, not what they mean.

This is the only module where values have no type.  ``multiprocessing``'s reducers are honoured (sockets, connections,
what libraries register).  An error that cannot be pickled, or that cannot be rebuilt, is replaced by one that says so.
Errors name the user's functions and classes.
"""

from __future__ import annotations

import contextlib
import pickle
from functools import partial
from multiprocessing.reduction import ForkingPickler
from struct import Struct
from types import BuiltinFunctionType, FunctionType, GetSetDescriptorType, MemberDescriptorType, MethodType, ModuleType

from checkedpool._core.tables import Name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    Packed: TypeAlias = Any
    """What is packed: bytes; a fast room may have something else that has a length in their place."""
    Frame: TypeAlias = tuple[int, int, Packed]
    """Number, kind, body."""

HEADER = Struct("<BBQ")
READ_SIZE = 1 << 16
"""Bytes that are read at once: as much as a pipe holds."""
WRITE_SIZE = 4 << 20
"""Bytes that are written at once: some systems refuse more than 2 GB."""


class Kind(int, Name):
    """What a frame is."""

    CALL = 0
    PLAIN = 1
    VALUE = 2
    ERROR = 3
    READY = 4
    INITIALIZER_FAILED = 5
    BEGUN = 6
    FILLED = 7


# --- frames -----------------------------------------------------------------------------------------------------------


def header(seq: int, kind: Kind, body: bytes) -> bytes:
    """The bytes that go before a body."""
    return HEADER.pack(seq, kind, len(body))


class Assembler:
    """Whole frames out of whatever bytes are there."""

    def __init__(self) -> None:
        self._data = bytearray()  # of the frames that are not whole

    def feed(self, data: bytes) -> list[Frame]:
        frames: list[Frame] = []
        self._data += data
        while len(self._data) >= HEADER.size:
            seq, kind, length = HEADER.unpack_from(self._data)
            if len(self._data) < (end := HEADER.size + length):
                break
            frames.append((seq, kind, bytes(memoryview(self._data)[HEADER.size : end])))
            del self._data[:end]
        return frames


# --- calls and values -------------------------------------------------------------------------------------------------

PLAIN = frozenset({type(None), bool, int, float, str, bytes})  # not complex: it has a reducer, which is user code
LIGHT = 1 << 16
"""Bytes of a pickled plain value up to which the manager unpickles it by itself: more would take it too long."""
DEEP = 32
"""Partials and methods around one another that are looked through: one may contain itself."""
NAMELESS = "a callable without a name"
_qualname: Callable[[type], str] = vars(type)["__qualname__"].__get__
_module: Callable[[type], object] = vars(type)["__module__"].__get__
_mro: Callable[[type], tuple[type, ...]] = vars(type)["__mro__"].__get__
_vars: Callable[[type], dict[str, Any]] = vars(type)["__dict__"].__get__
_func: Callable[[object], object] = vars(partial)["func"].__get__


def dumps(value: Any) -> bytes:
    return ForkingPickler.dumps(value).tobytes()


loads: Callable[[Any], Any] = pickle.loads
NOTHING = dumps((bool, (), {}))
"""The call in a marked frame."""


def is_plain(value: Any) -> bool:
    """Whether no code but the interpreter's own has to run to pickle it, or to read it."""
    kind = type(value)
    return kind in PLAIN or ((kind is list or kind is tuple) and PLAIN.issuperset(map(type, value)))


class Codec:
    """How a process packs what it sends to the other one, and reads what it receives."""

    unsent_call: str | None = None
    """What is said of a call that cannot be packed, of this ``name``; None: what is said of the usual pickler."""

    pack = staticmethod(dumps)
    unpack = staticmethod(loads)
    dump = staticmethod(dumps)
    """What is within an answer, as bytes: an error."""
    load = staticmethod(loads)
    """The same in the other process."""
    weight = staticmethod(len)
    """Bytes that it counts while it waits."""

    def pack_call(self, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Packed:
        return self.pack((fn, args, kwargs))

    def pack_answer(self, value: Any) -> tuple[Kind, Packed]:
        """What a task has returned, and whether the manager may unpickle it."""
        packed = self.pack(value)
        return (Kind.PLAIN if is_plain(value) and len(packed) <= LIGHT else Kind.VALUE), packed


# --- errors -----------------------------------------------------------------------------------------------------------

UNSENT_CALL = (
    "The call of {name} could not be sent to a worker process. A function travels by its name: define it at the top "
    "level of a module that a worker can import (no lambda, no function inside a function), and pass arguments that "
    "can be pickled; or make the executor with pickler='cloudpickle'."
)
UNREAD_CALL = (
    "The call could not be rebuilt in its worker process, so its function did not begin. The worker imports by name "
    "what the function and the arguments are made of: put what a notebook or an interactive session defines in a "
    "module, and define what the main module defines before it makes the pool."
)
UNSENT_VALUE = (
    "The call of {name} ended well, but the value that it returned could not be sent back from its worker process. "
    "Return something that can be pickled."
)
UNREAD_VALUE = (
    "The call of {name} ended well, but the value that it returned could not be rebuilt in this process. What it is "
    "made of must be found here by name, and must allow to be unpickled."
)
UNSENT_ERROR = "It could not be sent back from the worker process; its traceback there is the cause of this error."
UNREAD_ERROR = (
    "The task raised an exception that could not be rebuilt in this process; its traceback in the worker process is "
    "the cause of this error. An exception is rebuilt as its class, called with its args: pass to super().__init__() "
    "all that __init__ takes, or define __reduce__."
)


class RemoteTraceback(Exception):  # noqa: N818 - the standard library's name
    """The text of a traceback of another process, in a standard library that has renamed its own."""

    def __init__(self, tb: str) -> None:
        self.tb = tb

    def __str__(self) -> str:
        return self.tb


def remote_traceback(text: str) -> BaseException:
    """The cause of an exception that came from another process; the standard library's, for who looks for that."""
    try:
        from concurrent.futures import process  # noqa: PLC0415 - dear, and no worker needs it

        return process._RemoteTraceback(text)  # type: ignore[arg-type]  # typeshed takes its parameter for a traceback
    except Exception:  # noqa: BLE001 - whatever it is, such as that the interpreter is about to exit
        return RemoteTraceback(text)


def with_remote_cause(error: BaseException, text: str) -> BaseException:
    """The error as the caller of ``result`` gets it: its traceback in the other process is its cause."""
    BaseException.__setattr__(error, "__cause__", remote_traceback(text))  # whatever its class makes of attributes
    return error


def local_error(error: BaseException) -> BaseException:
    """An error of pickling in this process, in the same form as one of another process, free of frames."""
    text = _format(error)
    return with_remote_cause(_bare(error), text)


def noted(error: BaseException, note: str) -> BaseException:
    """An error of transport, which says so: it looks like one of the user's own function (C-115)."""
    with contextlib.suppress(BaseException):  # its class may refuse notes, in whatever way
        if note not in getattr(error, "__notes__", ()):  # the same object may be raised again and again
            BaseException.add_note(error, note)
    return error


def call_error(error: BaseException, name: str | None, says: str | None = None) -> BaseException:
    """A call that cannot be pickled: the error says what to do about it."""
    return local_error(noted(error, (says or UNSENT_CALL).format(name=name)))


def value_error(error: BaseException, name: str | None) -> BaseException:
    """A value that cannot be rebuilt in this process."""
    return local_error(noted(error, UNREAD_VALUE.format(name=name)))


def dump_error(error: BaseException, pickled: Callable[[Any], bytes] = dumps) -> bytes:
    """Pickle an error and, apart from it, the text of its traceback, which survives if the error cannot be rebuilt."""
    text = _format(error)
    try:
        blob = pickled(_bare(error))
    except BaseException as reason:  # noqa: BLE001 - user code may raise anything
        return dumps((text, dumps(noted(pickle.PicklingError(_lost(error, "be pickled", reason)), UNSENT_ERROR)), True))
    return dumps((text, blob))


def remote_text(body: bytes | bytearray) -> BaseException:
    """Of a dumped error the traceback alone: no code of the user runs to get it."""
    return remote_traceback(loads(body)[0])


def load_error(body: bytes | bytearray, load: Callable[[bytes], object] = loads) -> BaseException:
    """The error of a task.  If it cannot be rebuilt: what came of trying; its cause is the task's own traceback."""
    text, blob, *plain = loads(body)
    try:
        error: Any = (loads if plain else load)(blob)
    except BaseException as reason:  # noqa: BLE001 - user code may raise anything
        error = noted(_bare(reason), UNREAD_ERROR)
    if not issubclass(type(error), BaseException):  # a __reduce__ that rebuilds something else
        words = f"the exception that the task raised was rebuilt as {type_name(type(error))}"
        error = noted(pickle.UnpicklingError(words), UNREAD_ERROR)
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


# --- how errors call what the user has given, his functions and classes -----------------------------------------------
#
# For people to read, and for nothing else.  So no code of the user runs to get a name, and getting it neither raises
# nor takes long, whatever he has given: a ``__getattr__`` or a property may do anything, ``isinstance`` asks for
# ``__class__``, a metaclass has a say in a class's ``__qualname__``.  What is looked at is what the interpreter's own
# types store.


def name_of(fn: object) -> str:
    """A callable: a partial by the function that it calls, an object by its class."""
    try:
        module, qualname = _of_function(fn) if type(fn) is FunctionType else _place(_called(fn))
    except Exception:  # noqa: BLE001 - too deep a stack, a field that is empty: a name is not worth an error
        return NAMELESS
    return f"{module}.{qualname}" if module and module != "builtins" else qualname


def type_name(kind: type) -> str:
    return _text(_qualname(kind))


def _called(fn: object) -> object:
    for _ in range(DEEP):
        if type(fn) is MethodType:
            fn = fn.__func__
        elif issubclass(type(fn), partial):
            fn = _func(fn)
        else:
            break
    return fn


def _place(fn: object) -> tuple[str, str]:
    """Its module, as far as there is one, and its name there."""
    kind = type(fn)
    if kind is FunctionType:
        return _of_function(fn)
    if issubclass(kind, type):
        return _text(_module(fn)), type_name(fn)  # type: ignore[arg-type]  # it is a class
    if issubclass(kind, BuiltinFunctionType):
        return _of_builtin(fn)
    qualname = _text(_attribute(fn, "__qualname__"))
    module = _text(_attribute(fn, "__module__"))
    return (module, qualname) if qualname else (module or _text(_module(kind)), type_name(kind))


def _of_function(fn: Any) -> tuple[str, str]:
    return _text(fn.__module__), _text(fn.__qualname__) or type_name(FunctionType)


def _of_builtin(fn: Any) -> tuple[str, str]:
    """A method of an object says its class's name, for which it would ask the metaclass."""
    owner = fn.__self__
    if owner is None or type(owner) is ModuleType:
        return _text(fn.__module__), fn.__name__
    return "", f"{type_name(owner if issubclass(type(owner), type) else type(owner))}.{fn.__name__}"


def _attribute(thing: object, name: str) -> object:
    """What is stored: in a field, else in the object's dict, else in its class; as ``inspect.getattr_static`` looks."""
    fields = [_vars(owner) for owner in _mro(type(thing))]
    for each in fields:
        if _is_field(each.get(name)):
            return each[name].__get__(thing)
    for each in fields:
        if _is_field(each.get("__dict__")):
            own = dict.get(each["__dict__"].__get__(thing), name)
            if own is not None:
                return own
            break
    return next((each[name] for each in fields if name in each), None)


def _is_field(found: object) -> bool:
    """Whether it is what the interpreter makes of a C structure's field: to read that calls nothing of the user's."""
    return type(found) is GetSetDescriptorType or type(found) is MemberDescriptorType


def _text(value: object) -> str:
    """Nothing if it is no text; and no text of a class of the user's."""
    return str.__str__(value) if issubclass(type(value), str) else ""
