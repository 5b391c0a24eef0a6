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

from checkedpool._shell import calls, pickling
from checkedpool._shell.pool import name_of


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
        assert call == (task, args, {}) == pickle.loads(pickling.dump_call(task, args, {}))
        assert [type(arg) for arg in call[1]] == [type(arg) for arg in args]
    pickletools.dis(data, io.StringIO())  # nothing is left on its stack
    assert name == name_of(task)


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
        pickling.dump_call(before, (), {})


def test_a_name_too_long_for_the_short_form_is_left_to_the_pickler(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "ü" * 128
    function = made(__name__, name)
    monkeypatch.setattr(sys.modules[__name__], name, function, raising=False)
    assert calls.by_name(function, (), {}) is None
    assert pickle.loads(pickling.dump_call(function, (), {})) == (function, (), {})
