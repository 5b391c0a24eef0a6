"""How errors call callables and classes: as people do, and without a line of the user's code."""

from __future__ import annotations

import functools
import math
import operator
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

import pytest

from checkedpool._payload.pickling import DEEP, NAMELESS, name_of, type_name

HERE = __name__


class Refused(BaseException):
    """What no code that asks for a name expects."""


def refuse(*_: object) -> NoReturn:
    raise Refused


class Greedy(type):
    """A class of classes that refuses to say anything."""

    __module__ = property(refuse)
    __eq__ = __getattribute__ = refuse
    __hash__ = type.__hash__


def greed() -> Any:
    """A class that is not to be found here: whoever collects tests would ask it."""
    return type.__new__(Greedy, "Greed", (Exception,), {"__module__": HERE, "__qualname__": "Greed"})


class Refusing:
    """Refuses to say anything, and can be called."""

    __getattribute__ = __getattr__ = refuse
    __class__ = property(refuse)
    __dict__ = property(refuse)

    def __call__(self) -> None: ...


class Text(str):
    """A text that is no plain one."""

    __slots__ = ()
    __str__ = __format__ = __bool__ = __eq__ = refuse
    __hash__ = str.__hash__


class Plain:
    def method(self) -> None: ...

    @classmethod
    def made(cls) -> None: ...

    def __call__(self) -> None: ...


@functools.lru_cache
def cached() -> None: ...


def task() -> None: ...


class Wrapper:
    """As decorators make them."""

    def __init__(self, fn: Callable[..., object]) -> None:
        functools.update_wrapper(self, fn)

    def __call__(self) -> None: ...


class Derived(partial): ...  # type: ignore[type-arg]


def containing_itself() -> Callable[..., object]:
    made: Any = partial(task)
    made.__setstate__((made, (), {}, {}))
    return made  # type: ignore[no-any-return]


def renamed(module: object, qualname: str) -> Callable[..., object]:
    def made() -> None: ...

    made.__module__, made.__qualname__ = module, qualname  # type: ignore[assignment]
    return made


USUAL: list[tuple[Any, str]] = [
    (task, f"{HERE}.task"),
    (partial(partial(task)), f"{HERE}.task"),
    (Derived(partial(pow, 1)), "pow"),
    (Plain, f"{HERE}.Plain"),
    (Plain(), f"{HERE}.Plain"),
    (Plain.method, f"{HERE}.Plain.method"),
    (Plain().method, f"{HERE}.Plain.method"),
    (Plain.made, f"{HERE}.Plain.made"),
    (Plain().__call__, f"{HERE}.Plain.__call__"),
    (cached, f"{HERE}.cached"),
    (Wrapper(task), f"{HERE}.task"),
    (pow, "pow"),
    (math.sqrt, "math.sqrt"),
    (int, "int"),
    (OrderedDict, "collections.OrderedDict"),
    ([].append, "list.append"),
    (dict.fromkeys, "dict.fromkeys"),
    (str.upper, "str.upper"),
    (operator.itemgetter(1), "operator.itemgetter"),
    (containing_itself(), "functools.partial"),
]
ODD: list[tuple[Callable[[], Any], str]] = [
    (greed, f"{HERE}.Greed"),
    (lambda: BaseException.add_note.__get__(greed()()), "Greed.add_note"),
    (Refusing, f"{HERE}.Refusing"),
    (lambda: partial(Refusing()), f"{HERE}.Refusing"),
    (lambda: renamed(["no", "module"], "made"), "made"),
    (lambda: renamed(Refusing(), "made"), "made"),
    (lambda: renamed(Text("module"), Text("made")), "module.made"),
    (lambda: renamed(None, "made"), "made"),
]


@pytest.mark.parametrize(("fn", "name"), USUAL, ids=[name for _, name in USUAL])
def test_a_callable_is_called_as_people_do(fn: object, name: str) -> None:
    assert name_of(fn) == name


@pytest.mark.parametrize("at", range(len(ODD)))
def test_a_callable_is_not_asked_for_its_name(at: int) -> None:
    make, name = ODD[at]
    found = name_of(make())
    assert type(found) is str
    assert found == name


def test_a_class_is_not_asked_for_its_name() -> None:
    assert type_name(greed()) == "Greed"
    assert type_name(int) == "int"


def test_what_cannot_be_named_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checkedpool._payload.pickling._place", lambda _: 1 / 0)
    assert name_of(Derived(task)) == NAMELESS


def test_partials_are_looked_through_as_deep_as_anybody_nests_them() -> None:
    made: Any = task
    for _ in range(DEEP - 1):
        made = Derived(made)
        made.tag = 1  # else it would be flattened
    assert name_of(made) == f"{HERE}.task"
