"""Arrays arrive as the standard executor's do: as writable, as resizable, in the same order; whatever is copied."""

from __future__ import annotations

import pickle
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import parent_only

if TYPE_CHECKING:
    from collections.abc import Callable

    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import MakeScript

numpy: Any = pytest.importorskip("numpy")

SMALL, MIDDLE, LARGE = 8, 1 << 13, 1 << 17
"""Elements: of what is copied, of what goes through a pipe, of what lies in memory (eight bytes each)."""


def read_only(size: int) -> Any:
    array = numpy.arange(size, dtype="f8")
    array.flags.writeable = False
    return array


def mapped(size: int, directory: Path) -> Any:
    numpy.save(directory / "array.npy", numpy.arange(size, dtype="f8"))
    return numpy.load(directory / "array.npy", mmap_mode="r")


MAKE: dict[str, Callable[[int, Path], Any]] = {
    "writable": lambda size, _: numpy.arange(size, dtype="f8"),
    "of bytes": lambda size, _: numpy.frombuffer(bytes(8 * size)),
    "set so": lambda size, _: read_only(size),
    "a part of it": lambda size, _: read_only(size)[1:],
    "mapped": mapped,
    "a view of what is mapped": lambda size, directory: numpy.asarray(mapped(size, directory)),
    "in Fortran's order": lambda size, _: numpy.asfortranarray(read_only(size).reshape(2, -1)),
    "every other element": lambda size, _: numpy.arange(size)[::2],
    "structured": lambda size, _: numpy.zeros(size, dtype=[("a", "f8"), ("b", "i4")]),
    "of dates": lambda size, _: numpy.zeros(size, dtype="M8[s]"),
    "of objects": lambda size, _: numpy.array([1, "two"] * size, dtype=object),
    "masked": lambda size, _: numpy.ma.masked_array(read_only(size), read_only(size) > 1),
    "without an axis": lambda size, _: numpy.array(float(size)),
    "empty": lambda *_: numpy.zeros((0, 3)),
}


def told(array: Any) -> dict[str, object]:
    """What a task, or a caller, can find out about an array; it is changed by that."""
    flags = array.flags
    found = {
        "kind": type(array).__name__, "shape": array.shape, "dtype": str(array.dtype), "writable": flags.writeable,
        "owner": flags.owndata, "C": flags.c_contiguous, "F": flags.f_contiguous, "content": array.tolist(),
    }  # fmt: skip
    try:
        array.flat[:1] = array.flat[:1]
        found["written"] = True
        array.resize(array.size + 1, refcheck=False)
        found["resized"] = True
    except ValueError as error:
        found["refused"] = str(error)
    return found


def echo(value: Any) -> Any:
    return value


def as_usual(array: Any) -> Any:
    """As the standard executor's pickles bring it."""
    return pickle.loads(ForkingPickler.dumps(array))


@pytest.mark.one_in(3, "make test-all alone")
@parent_only
@pytest.mark.parametrize("size", [SMALL, MIDDLE, LARGE])
@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_an_array_arrives_as_the_standard_executor_brings_it(
    make: Callable[[int, Path], Any], size: int, pool: ProcessPoolExecutor, tmp_path: Path
) -> None:
    """C-101: in a task, within something, and in its result."""
    array = make(size, tmp_path)
    assert pool.submit(told, array).result(LIMIT) == told(as_usual(array))
    there_and_back = told(as_usual(as_usual(array)))
    assert told(pool.submit(echo, array).result(LIMIT)) == there_and_back
    (first, _), _ = pool.submit(echo, ((array, 1), {"more": [array]})).result(LIMIT)
    assert told(first) == there_and_back


def test_what_is_read_only_where_it_is_made_arrives_as_usual(pool: ProcessPoolExecutor) -> None:
    """C-101: the worker has learned of arrays by the first task alone."""
    for size in SMALL, MIDDLE, LARGE:
        assert told(pool.submit(read_only, size).result(LIMIT)) == told(as_usual(read_only(size)))
        assert pool.submit(told, read_only(size)).result(LIMIT) == told(as_usual(read_only(size)))


@parent_only
def test_a_lazily_loaded_or_refused_numpy_is_not_asked(script: MakeScript) -> None:
    """C-16: not by a submit; it may be refused to this program, or be a stand-in that loads it when it is touched."""
    program = script("""
        import sys, types

        class Lazy(types.ModuleType):
            def __getattribute__(self, name):
                print("touched")

        class Some:
            pass

        if __name__ == "__main__":
            for numpy in None, Lazy("numpy"), types.SimpleNamespace():
                sys.modules["numpy"] = numpy
                with make(1) as pool:
                    print(type(pool.submit(tasks.identity, Some()).result(LIMIT)).__name__)
    """)
    assert program.output() == ["Some"] * 3
