"""How errors call what the user has given, his functions and classes: for people to read, and for nothing else.

So no code of the user runs to get a name, and getting it neither raises nor takes long, whatever he has given: a
``__getattr__`` or a property may do anything, ``isinstance`` asks for ``__class__``, a metaclass has a say in a class's
``__qualname__``.  What is looked at is what the interpreter's own types store.
"""

from __future__ import annotations

from functools import partial
from types import BuiltinFunctionType, FunctionType, GetSetDescriptorType, MemberDescriptorType, MethodType, ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

DEEP = 32
"""Partials and methods around one another that are looked through: one may contain itself."""
NAMELESS = "a callable without a name"
_qualname: Callable[[type], str] = vars(type)["__qualname__"].__get__
_module: Callable[[type], object] = vars(type)["__module__"].__get__
_mro: Callable[[type], tuple[type, ...]] = vars(type)["__mro__"].__get__
_vars: Callable[[type], dict[str, Any]] = vars(type)["__dict__"].__get__
_func: Callable[[object], object] = vars(partial)["func"].__get__


def name_of(fn: object) -> str:
    """A callable: a partial by the function that it calls, an object by its class."""
    try:
        module, qualname = _place(_called(fn))
    except Exception:  # noqa: BLE001 - too deep a stack, a field that is empty: a name is not worth an error
        return NAMELESS
    return f"{module}.{qualname}" if module and module != "builtins" else qualname


def type_name(kind: type) -> str:
    """A class."""
    return _text(_qualname(kind))


def _called(fn: object) -> object:
    """What is called in the end."""
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
    if issubclass(kind, type):
        return _text(_module(fn)), type_name(fn)  # type: ignore[arg-type]  # it is a class
    if issubclass(kind, BuiltinFunctionType):
        return _of_builtin(fn)
    qualname = _text(_attribute(fn, "__qualname__"))
    module = _text(_attribute(fn, "__module__"))
    return (module, qualname) if qualname else (module or _text(_module(kind)), type_name(kind))


def _of_builtin(fn: Any) -> tuple[str, str]:
    """A method of an object says its class's name, for which it would ask the metaclass."""
    owner = fn.__self__
    if owner is None or type(owner) is ModuleType:
        return _text(fn.__module__), fn.__name__
    return "", f"{type_name(owner if issubclass(type(owner), type) else type(owner))}.{fn.__name__}"


def _attribute(thing: object, name: str) -> object:
    """What is stored: in a field, else in the object's dict, else in its class; as ``inspect.getattr_static`` looks."""
    if type(thing) is FunctionType:
        return getattr(thing, name)
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
