"""The pickling edge: multiprocessing's reducers have their say, and no value or error costs more than its own task."""

from __future__ import annotations

import multiprocessing
import pickle
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures.process import _RemoteTraceback
from dataclasses import FrozenInstanceError, dataclass
from functools import partial
from multiprocessing import resource_sharer
from multiprocessing.connection import Pipe
from multiprocessing.context import set_spawning_popen
from multiprocessing.reduction import ForkingPickler
from typing import Any, NoReturn

import pytest

from checkedpool._core.messages import Pickled, PickleFailed, Verdict
from checkedpool._fast.fitting import fitted
from checkedpool._fast.memory import MemoryCodec
from checkedpool._payload import pickling
from checkedpool._payload.pickling import Codec, Kind
from checkedpool._pool import user_code
from checkedpool._pool.shared import PoolFuture, Shared
from checkedpool._pool.starting_in_threads import _NoProcess
from checkedpool._worker import worker
from checkedpool.rooms import ROOMS

CURE = "define it at the top level of a module"


class Plain:
    """With a method, and with a reducer of multiprocessing in one of the tests."""

    def method(self) -> str:
        return "called"


class Reduced:
    """Travels only by a reducer that is registered with multiprocessing."""

    def __reduce__(self) -> NoReturn:
        raise TypeError("not this way")


class OnArrival:
    """Raises when it is unpickled."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _raise, (self.error,)


class OnDeparture:
    """Raises when it is pickled."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __reduce__(self) -> NoReturn:
        raise self.error


class TwoArguments(Exception):  # noqa: N818 - its shape matters, not its meaning
    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{text} ({code})")


class Unpicklable(Exception):  # noqa: N818 - likewise
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.lock = threading.Lock()


@dataclass(frozen=True)
class Frozen(Exception):  # noqa: N818 - likewise
    text: str


class Sealed(Exception):  # noqa: N818 - likewise
    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise TypeError("no attributes")


class Unprintable(Exception):  # noqa: N818 - likewise
    def __str__(self) -> NoReturn:
        raise ZeroDivisionError

    __repr__ = __str__


class UnprintableAndUnpicklable(Unprintable):
    def __reduce__(self) -> NoReturn:
        raise self


class StrangeNotes(Exception):  # noqa: N818 - likewise
    __notes__ = 7  # type: ignore[assignment]


class Turncoat(Exception):  # noqa: N818 - likewise
    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return str, ("no exception at all",)


class Nasty(BaseException):
    """Not even an Exception."""


def _raise(error: BaseException) -> NoReturn:
    raise error


def raised(error: BaseException) -> BaseException:
    """The error with a traceback, as a task raises it."""
    try:
        _raise(error)
    except BaseException as same:  # noqa: BLE001 - whatever it is
        return same


def through_the_pool(error: BaseException) -> BaseException:
    """What ``result`` raises for a task's error."""
    return pickling.load_error(pickling.dump_error(raised(error)))


def cause_text(error: BaseException) -> str:
    assert isinstance(error.__cause__, _RemoteTraceback)
    return str(error.__cause__)


@pytest.fixture(params=["plain", "fast"])
def codec(request: pytest.FixtureRequest) -> Codec:
    """The plain codec, and one with all rooms; of both the same is true."""
    if request.param == "plain":
        return Codec()
    made = fitted(Codec, ROOMS)()
    assert isinstance(made, MemoryCodec)
    made.store = None  # what is large goes through pipes: here nothing else carries it
    return made


# --- reducers ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def as_if_starting() -> Iterator[None]:
    """Descriptors pickle as numbers."""
    set_spawning_popen(_NoProcess())  # type: ignore[arg-type]
    yield
    set_spawning_popen(None)


@pytest.fixture
def calls() -> Iterator[list[tuple[Any, tuple[Any, ...], dict[str, Any]]]]:
    """Calls of which multiprocessing's reducers have to do with every part."""
    reader, writer = Pipe(duplex=False)
    with reader, writer, socket.socket() as unconnected:
        yield [
            (print, (unconnected,), {}),
            (print, (reader, writer), {}),
            (print, (), {"file": writer}),
            (print, ([unconnected],), {}),
            (partial(print, unconnected), (1,), {}),
            (partial(partial(print, 1), end="", file=reader), (), {}),
            (Plain().method, (), {}),
            (reader.recv, (), {}),
            (str.join, (" ", ["a"]), {}),
            (print, (list.append, int.__add__, (1).__add__), {}),
        ]


@pytest.mark.usefixtures("as_if_starting")
def test_calls_are_pickled_as_multiprocessing_does_it(
    codec: Codec, calls: list[tuple[Any, tuple[Any, ...], dict[str, Any]]]
) -> None:
    for call in calls:
        ours = codec.pack_call(*call)
        assert ours == bytes(ForkingPickler.dumps(call, ours[1]))  # by the protocol that it names


@pytest.mark.usefixtures("as_if_starting")
def test_a_bound_method_of_a_container_carries_what_that_contains(codec: Codec) -> None:
    with socket.socket() as unconnected:
        for fn in ({1: unconnected}.get, [unconnected].pop, deque([unconnected]).pop):
            call: tuple[Any, tuple[Any, ...], dict[str, Any]] = (fn, (), {})
            ours = codec.pack_call(*call)
            assert ours == bytes(ForkingPickler.dumps(call, ours[1]))


def test_plain_calls_come_back_as_they_were(codec: Codec) -> None:
    for call in [(abs, (1,), {}), (print, ("a", b"b", None, 1.0, 2j), {}), (int, ("7",), {"base": 8})]:
        assert codec.unpack(codec.pack_call(*call)) == call


def test_a_socket_travels_and_is_the_same_connection() -> None:
    one, other = socket.socketpair()
    try:
        with one, other:
            with pickling.loads(pickling.dumps(one)) as twin:
                twin.sendall(b"through the twin")
            assert other.recv(100) == b"through the twin"
    finally:
        resource_sharer.stop()


def test_a_reducer_that_is_registered_late_is_found(codec: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ForkingPickler, "_extra_reducers", dict(ForkingPickler._extra_reducers))  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="not this way"):
        codec.pack(Reduced())
    ForkingPickler.register(Reduced, lambda _: (str, ("reduced",)))
    assert codec.unpack(codec.pack_call(print, (Reduced(),), {}))[1] == ("reduced",)


def test_a_reducer_that_replaces_another_is_found(codec: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ForkingPickler, "_extra_reducers", dict(ForkingPickler._extra_reducers))  # type: ignore[attr-defined]
    for make in (list, dict):
        ForkingPickler.register(Reduced, lambda _, make=make: (make, ()))  # type: ignore[misc]
        assert codec.unpack(codec.pack(Reduced())) == make()


# --- the four places --------------------------------------------------------------------------------------------------


@pytest.fixture
def future() -> PoolFuture[Any]:
    return PoolFuture(Shared(), 7)


@pytest.mark.parametrize("error", [ValueError("departure"), Nasty("departure"), Frozen("departure")])
def test_arguments_that_cannot_be_pickled_are_the_futures_error(future: PoolFuture[Any], error: BaseException) -> None:
    shared = future.shared
    assert shared is not None
    shared.unclaimed[7] = None
    future.deferred, future.name = (print, (OnDeparture(error),), {}), "module.function"
    user_code.pickle_late(shared, future)
    told = future.exception(0)
    assert told is not None
    noted = sys.version_info >= (3, 14) and isinstance(told, FrozenInstanceError)
    assert told is error or noted  # from 3.14 on the pickler adds a note, which the frozen class refuses
    assert "departure" in cause_text(told)
    assert told.__traceback__ is None
    assert list(shared.inbox) == [PickleFailed(7)]


def test_a_call_that_was_kept_is_pickled_once_and_let_go_of(future: PoolFuture[Any]) -> None:
    shared = future.shared
    assert shared is not None
    future.deferred = print, (1,), {}
    user_code.pickle_late(shared, future)
    assert future.frame == pickling.dumps((print, (1,), {}))
    assert list(shared.inbox) == [Pickled(7)]
    assert future.deferred is None


def test_arguments_that_cannot_be_unpickled_are_the_tasks_error(codec: Codec) -> None:
    body = codec.pack_call(print, (OnArrival(ValueError("arrival")),), {})
    with pytest.raises(ValueError, match="arrival") as caught:
        worker.answer_to(body, codec, [])
    error = pickling.load_error(pickling.dump_error(caught.value))
    assert type(error) is ValueError
    assert "_raise" in cause_text(error)


def test_a_result_that_cannot_be_pickled_is_the_tasks_error(codec: Codec) -> None:
    with pytest.raises(ValueError, match="departure"):
        worker.answer_to(codec.pack_call(_make_departing, (), {}), codec, [])


def test_an_error_of_a_chunks_values_names_the_function_of_the_map(codec: Codec) -> None:
    """C-115."""
    held: list[Any] = []
    body = codec.pack_call(worker.run_chunk, (_departs, (1, 2)), {})
    with pytest.raises(ValueError, match="departure") as caught:
        worker.answer_to(body, codec, held)
    worker.answer_of_error(caught.value, held)
    ours = caught.value.__notes__[-1]  # CPython 3.14 and later add one of their own
    assert "test_pickling._departs ended well" in ours


def _departs(_number: int) -> OnDeparture:
    return _make_departing()


def _make_departing() -> OnDeparture:
    return OnDeparture(ValueError("departure"))


@pytest.mark.parametrize("error", [ValueError("arrival"), Nasty("arrival"), Unprintable("arrival")])
def test_a_result_that_cannot_be_unpickled_is_the_futures_error(future: PoolFuture[Any], error: BaseException) -> None:
    user_code.deliver(Codec(), future, Verdict.VALUE, pickling.dumps(OnArrival(error)))
    found = future.exception(0)
    assert type(found) is type(error)
    assert type(error).__name__ in cause_text(found)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1, Kind.PLAIN),
        ("text", Kind.PLAIN),
        (True, Kind.PLAIN),
        ([1], Kind.PLAIN),
        ((1, "x"), Kind.PLAIN),
        ([1, 2j], Kind.VALUE),
        ([[1]], Kind.VALUE),
        ({1}, Kind.VALUE),
        ("x" * 100_000, Kind.VALUE),
    ],
)
def test_only_small_plain_values_are_left_to_the_manager(codec: Codec, value: object, kind: Kind) -> None:
    found, data = worker.answer_to(codec.pack_call(partial(_same, value), (), {}), codec, [])
    assert (found, codec.unpack(data)) == (kind, value)


def _same(value: object) -> object:
    return value


# --- errors -----------------------------------------------------------------------------------------------------------


def test_an_error_comes_back_as_it_was_with_its_remote_traceback_as_cause() -> None:
    error = through_the_pool(KeyError("key"))
    assert isinstance(error, KeyError)
    assert error.args == ("key",)
    assert "Traceback" in cause_text(error)
    assert "KeyError: 'key'" in cause_text(error)
    assert error.__traceback__ is None


def test_an_errors_own_cause_is_in_the_text() -> None:
    error = KeyError("outer")
    error.__cause__ = OSError("inner")
    assert "OSError: inner" in cause_text(through_the_pool(error))


def test_notes_travel() -> None:
    error = ValueError("text")
    error.add_note("a note")
    found = through_the_pool(error)
    assert found.__notes__ == ["a note"]
    assert "a note" in cause_text(found)


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (Unpicklable("words"), pickle.PicklingError, "the exception Unpicklable that the task raised cannot be"),
        (UnprintableAndUnpicklable(), pickle.PicklingError, "the exception UnprintableAndUnpicklable that the task"),
        (TwoArguments(3, "words"), TypeError, "text"),
        (Turncoat("words"), pickle.UnpicklingError, "the exception that the task raised was rebuilt as str"),
        (Frozen("words"), FrozenInstanceError, "cannot assign to field 'text'"),
        (Sealed("words"), Sealed, "words"),
        (StrangeNotes("words"), StrangeNotes, "words"),
        (Nasty("words"), Nasty, "words"),
    ],
)  # fmt: skip
def test_an_awkward_error_gives_a_plain_word_and_keeps_its_text(
    error: BaseException, kind: type[BaseException], says: str
) -> None:
    found = through_the_pool(error)
    assert type(found) is kind
    assert says in str(found)
    assert type(error).__name__ in cause_text(found)
    if not isinstance(error, Unprintable):
        assert "words" in cause_text(found)
    if kind in (pickle.PicklingError, pickle.UnpicklingError, TypeError):
        (note,) = found.__notes__
        assert note == (pickling.UNSENT_ERROR if kind is pickle.PicklingError else pickling.UNREAD_ERROR)


def test_an_error_of_transport_that_is_raised_again_and_again_is_noted_once() -> None:
    """C-115: a note each time would be a leak."""
    error = ValueError("the only one of its class")
    for _ in range(3):
        assert pickling.call_error(error, "function") is error
        assert pickling.value_error(error, "function") is error
    assert len(error.__notes__) == 2


def test_an_error_that_cannot_be_printed_comes_back() -> None:
    found = through_the_pool(Unprintable("words"))
    assert type(found) is Unprintable
    assert found.args == ("words",)
    assert "Unprintable" in cause_text(found)


@pytest.mark.parametrize(
    "error", [Frozen("words"), Sealed("words"), StrangeNotes("words"), Unprintable("words"), Nasty("words")]
)
def test_a_call_that_cannot_be_sent_is_told_so_whatever_its_error_makes_of_notes(error: BaseException) -> None:
    found = pickling.call_error(raised(error), "module.function")
    assert found is error
    assert type(error).__name__ in cause_text(found)
    assert found.__traceback__ is None


def test_a_call_that_cannot_be_sent_names_the_function_and_the_cure() -> None:
    with pytest.raises((AttributeError, pickle.PicklingError)) as caught:
        pickling.dumps((lambda: 1, (), {}))
    *_, note = pickling.call_error(caught.value, "module.<lambda>").__notes__  # 3.14's pickle has some too
    assert note.startswith("The call of module.<lambda> could not be sent to a worker process.")
    assert CURE in note


def test_a_lock_of_multiprocessing_cannot_be_an_argument_and_says_how_it_could() -> None:
    lock = multiprocessing.get_context("spawn").Lock()
    with pytest.raises(RuntimeError, match="should only be shared between processes through inheritance"):
        pickling.dumps((print, (lock,), {}))
