"""A call pickled from parts is read as what the pickler would have written; what is not so simple is refused."""

from __future__ import annotations

import io
import pickle
import pickletools
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from checkedpool._fast import pack as calls
from checkedpool._payload import pickling
from checkedpool._payload.pickling import name_of


def task(*args: object) -> object:
    return args


class Inner:
    @staticmethod
    def task() -> None: ...


SIMPLE = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9) | st.binary()


@given(args=st.lists(SIMPLE, max_size=9).map(tuple))
@settings(deadline=None, max_examples=100)
def test_a_call_from_parts_is_a_pickle_of_the_call(args: tuple[Any, ...]) -> None:
    simple = calls.by_name(task, args, {})
    if any(isinstance(arg, bytes) and len(arg) >= calls.SHORT for arg in args):
        assert simple is None
        return
    assert simple is not None
    data, name = simple
    read = [pickle.loads(data), pickle._Unpickler(io.BytesIO(data)).load()]  # in Python
    for call in read:
        assert call == (task, args, {}) == pickle.loads(pickling.dumps((task, args, {})))
        assert [type(arg) for arg in call[1]] == [type(arg) for arg in args]
    pickletools.dis(data, io.StringIO())  # nothing is left on its stack
    assert name == name_of(task)


NAMES = st.text(st.characters(categories=["L"]), min_size=1, max_size=140)
SIZES = st.integers(calls.SHORT - 2, calls.SHORT + 1)
SOME = SIMPLE | SIZES.map(lambda size: "x" * size) | SIZES.map(lambda size: "ü" * size) | SIZES.map(bytes)


class Module:
    """In a place of ``sys.modules``: functions can be found in it."""


@given(
    modules=st.lists(NAMES, min_size=2, max_size=2, unique=True), name=NAMES,
    args=st.lists(SOME, max_size=6), places=st.lists(st.integers(0, 5), max_size=6),
)  # fmt: skip
@settings(deadline=None, max_examples=200)
def test_a_call_from_parts_reads_as_the_pickler_s_whatever_its_function_is_called_and_however_often_a_value_is_in_it(
    modules: list[str], name: str, args: list[Any], places: list[int]
) -> None:
    """Of two functions of the same name in two modules, each by turns."""
    some = tuple(args[place % len(args)] for place in places) if args else ()
    with pytest.MonkeyPatch.context() as patched:
        functions = []
        for module in modules:
            there, function = Module(), made(module, name)
            setattr(there, name, function)
            patched.setitem(sys.modules, module, there)
            functions.append(function)
        for function in (*functions, *functions):
            simple, whole = calls.by_name(function, some, {}), pickling.dumps((function, some, {}))
            is_simple = all(not isinstance(arg, str | bytes) or len(arg) < calls.SHORT for arg in some)
            is_short = all(len(text.encode()) < 256 for text in (function.__module__, name))
            assert (simple is not None) is (is_simple and is_short)
            if simple is None:
                continue
            ours, theirs = pickle.loads(simple[0]), pickle.loads(whole)
            assert ours == theirs
            assert ours[0] is function
            assert simple[1] == name_of(function)
            assert [type(arg) for arg in ours[1]] == [type(arg) for arg in theirs[1]]
            assert same_objects(ours[1]) == same_objects(theirs[1])


def same_objects(values: tuple[Any, ...]) -> list[int]:
    """For each value, where the same object was first."""
    return [next(at for at, other in enumerate(values) if other is value) for value in values]


def made(module: str | None, name: str) -> FunctionType:
    """A function that says it is to be found there."""
    function = FunctionType(task.__code__, globals())
    function.__module__, function.__qualname__ = module, name  # type: ignore[assignment]
    return function


@pytest.mark.parametrize(
    ("fn", "args", "kwargs"),
    [
        (task, (), {"keyword": 1}),
        (task, ([1],), {}),
        (task, (2j,), {}),
        (task, (True, "x" * calls.SHORT), {}),
        (task, (type("Subclass", (int,), {})(1),), {}),
        (Inner.task, (), {}),
        (print, (), {}),
        (int, (), {}),
        (lambda: None, (), {}),
        (made(__name__, "task"), (), {}),
        (made(__name__, "no_such_task"), (), {}),
        (made("no.such.module", "task"), (), {}),
        (made(None, "task"), (), {}),
    ],
)
def test_what_is_not_so_simple_is_left_to_the_pickler(fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    assert calls.by_name(fn, args, kwargs) is None


def test_a_function_that_is_no_more_to_be_found_is_left_to_the_pickler(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was known before: the pickler says what is wrong with it now."""
    before: Callable[..., object] = task
    assert calls.by_name(before, (), {}) is not None
    monkeypatch.setattr(sys.modules[__name__], "task", lambda: None)
    assert calls.by_name(before, (), {}) is None
    with pytest.raises(pickle.PicklingError):
        pickling.dumps((before, (), {}))


def test_a_name_too_long_for_the_short_form_is_left_to_the_pickler(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "ü" * 128
    function = made(__name__, name)
    monkeypatch.setattr(sys.modules[__name__], name, function, raising=False)
    assert calls.by_name(function, (), {}) is None
    assert pickle.loads(pickling.dumps((function, (), {}))) == (function, (), {})
