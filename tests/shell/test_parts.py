"""A pickle in parts is read as what the pickler would have written, and holds the caller's bytes, not a copy."""

from __future__ import annotations

import io
import pickle
import pickletools
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from checkedpool._fast import pack, payload
from checkedpool._fast.memory import Memory
from checkedpool._fast.pack import MOST, PLACE, WHOLE, Parts
from checkedpool._fast.payload import LARGE
from checkedpool._payload.pickling import Kind
from tests.shell.carriers import fast_codec

LONG = bytes(range(256)) * (WHOLE // 64)
SIMPLE = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9) | st.binary()


def task(*args: object) -> object:
    return args


def together(packed: object) -> bytes:
    """The pickle as it is written."""
    assert isinstance(packed, Parts)
    data = b"".join(packed.parts)
    assert len(data) == len(packed)
    return data


@given(before=st.lists(SIMPLE, max_size=4), behind=st.lists(SIMPLE, max_size=4))
@settings(deadline=None, max_examples=50)
def test_a_call_in_parts_is_a_pickle_of_the_call(before: list[Any], behind: list[Any]) -> None:
    args = *before, LONG, *behind
    packed = fast_codec(4).pack_call(task, args, {})
    if PLACE in args:
        return  # the next test
    data = together(packed)
    for call in pickle.loads(data), pickle._Unpickler(io.BytesIO(data)).load():
        assert call == (task, args, {})
        assert [type(arg) for arg in call[1]] == [type(arg) for arg in args]
    pickletools.dis(data, io.StringIO())  # nothing is left on its stack
    assert any(part is LONG for part in packed.parts)


@pytest.mark.parametrize(
    ("fn", "args", "kwargs"),
    [
        (task, (LONG[: WHOLE - 1],), {}),
        (task, (bytes(MOST),), {}),
        (task, (LONG, LONG), {}),
        (task, (LONG, bytearray(LONG)), {}),
        (task, (LONG,), {"keyword": 1}),
        (task, (type("Subclass", (bytes,), {})(LONG),), {}),
        (lambda value: value, (LONG,), {}),
        (task, (LONG, PLACE), {}),
        (task, (PLACE.decode(), LONG, b"." + PLACE), {}),
    ],
)
def test_what_is_not_so_simple_is_left_to_the_pickler(fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    packed = pack.of_call(fn, args, kwargs)
    if packed is not None:  # a text that says the same, but is none of the bytes
        assert pickle.loads(together(packed)) == (fn, args, kwargs)
        assert PLACE.decode() in args


def test_an_argument_that_says_what_stands_for_the_bytes_comes_as_it_is() -> None:
    codec = fast_codec(4)
    for args in (LONG, PLACE), (PLACE, LONG), (PLACE, LONG, PLACE):
        packed = codec.pack_call(task, args, {})
        data = together(packed) if isinstance(packed, Parts) else packed
        assert isinstance(data, bytes)
        assert pickle.loads(data) == (task, args, {})


@pytest.mark.parametrize("size", [WHOLE - 1, WHOLE, MOST - 1, MOST])
def test_a_result_of_bytes_is_in_parts_between_what_is_copied_and_what_lies_in_memory(size: int) -> None:
    codec, value = fast_codec(4), bytes(size)
    kind, packed = codec.pack_answer(value)
    assert kind is (Kind.PLAIN if size < MOST else Kind.VALUE)
    if size < WHOLE:
        assert isinstance(packed, bytes)
    elif size < MOST:
        assert pickle.loads(together(packed)) == value
        assert any(part is value for part in packed.parts)
    else:
        assert isinstance(packed, Memory)
    codec.close()


def test_what_can_change_is_copied() -> None:
    codec, value = fast_codec(4), bytearray(b"a" * (LARGE - 4096))
    packed = codec.pack([value])
    value[:] = b"b" * len(value)
    assert isinstance(packed, bytes)
    assert pickle.loads(packed) == [b"a" * len(value)]
    text = "ä" * (LARGE // 3)
    assert pickle.loads(together(codec.pack([text, LONG]))) == [text, LONG]


def test_a_large_copy_counts_eight_times_among_what_waits_a_small_one_once_and_the_callers_own_bytes_nothing() -> None:
    codec = fast_codec(4)
    assert codec.weight(LONG) == 8 * len(LONG)
    assert codec.weight(LONG[:4096]) == 4096
    assert codec.weight(codec.pack_call(task, (LONG,), {})) == 0
    text = codec.pack_call(task, ("x" * (LARGE - 4096),), {})
    assert codec.weight(text) == len(text) > LARGE - 4096, "it is pickled as bytes, which are new"


def test_pages_are_asked_for_once_for_each_size_that_is_larger_than_before(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    monkeypatch.setattr(payload, "_asked", [0])
    monkeypatch.setattr(payload, "bytes", made.append, raising=False)
    for size in (100_000, 1_000_000, payload.LEAST_KEPT, 16 << 20, 1 << 40, 1 << 40, 5):
        payload.keep_pages(size)
    assert made == [payload.LEAST_KEPT, payload.MOST_KEPT]


def test_a_process_that_has_no_room_for_pages_goes_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: int) -> bytes:
        raise MemoryError

    monkeypatch.setattr(payload, "_asked", [0])
    monkeypatch.setattr(payload, "bytes", refused, raising=False)
    payload.keep_pages(100_000)
