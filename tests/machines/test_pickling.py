"""Pickling may fail in four places, and in each it costs one task; errors cross over, or say why they could not.

The four: the call on its way out, the call on its arrival, the value on its way back, the value on its arrival.
"""

from __future__ import annotations

import copyreg
import pickle
import socket
from collections.abc import Iterator
from multiprocessing.reduction import ForkingPickler
from typing import NoReturn

import pytest

from checkedpool._core.words import Pickled, PickleFailed, Verdict
from checkedpool._shell import jobs, pickling
from checkedpool._shell.frames import Kind
from checkedpool._shell.pool import name_of, pickle_call
from checkedpool._shell.shared import BUDGET, Shared
from checkedpool._shell.worker import PLAIN_BYTES, _call
from checkedpool.future import PoolFuture
from tests.machines import usercode


@pytest.fixture
def future() -> PoolFuture[object]:
    shared = Shared()
    shared.unclaimed[0] = None
    return PoolFuture(shared, 0)


def shared_of(future: PoolFuture[object]) -> Shared:
    assert future._shared is not None
    return future._shared


def frame_of(future: PoolFuture[object]) -> bytes:
    assert future._frame is not None
    return future._frame


def error_of(future: PoolFuture[object]) -> BaseException:
    error = future.exception(0)
    assert error is not None
    return error


def crossed(error: BaseException) -> BaseException:
    """The error as it comes out of `result` on the other side."""
    with pytest.raises(type(error)) as caught:
        usercode.raise_it(error)
    return pickling.load_error(pickling.dump_error(caught.value))


# --- the call on its way out ----------------------------------------------------------------------------------------


def test_a_call_that_cannot_be_pickled_is_the_end_of_its_future(future: PoolFuture[object]) -> None:
    assert not pickle_call(shared_of(future), future, usercode.double, (usercode.NoPickle(),), {})
    assert isinstance(error_of(future), TypeError)


def test_its_error_says_what_to_do_and_where_it_came_from(future: PoolFuture[object]) -> None:
    pickle_call(shared_of(future), future, lambda: None, (), {})
    error = error_of(future)
    assert "top level of a module" in error.__notes__[0]
    assert "<lambda>" in error.__notes__[0]
    assert "Traceback" in str(error.__cause__)
    assert error.__traceback__ is None or error.__traceback__.tb_next is None


def test_an_error_that_refuses_attributes_is_the_end_all_the_same(future: PoolFuture[object]) -> None:
    pickle_call(shared_of(future), future, usercode.double, (usercode.FrozenNoPickle(),), {})
    assert isinstance(error_of(future), usercode.FrozenError)


def test_what_is_no_exception_is_the_end_too(future: PoolFuture[object]) -> None:
    pickle_call(shared_of(future), future, usercode.double, (usercode.NoPickleAtAll(),), {})
    assert isinstance(error_of(future), SystemExit)


def test_an_interrupt_while_pickling_comes_out_of_submit(future: PoolFuture[object]) -> None:
    class Interrupted:
        def __reduce__(self) -> str:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pickle_call(shared_of(future), future, usercode.double, (Interrupted(),), {})


def test_above_the_budget_calls_are_kept_and_pickled_later(future: PoolFuture[object]) -> None:
    shared = shared_of(future)
    shared.pending_bytes = BUDGET
    assert pickle_call(shared, future, usercode.double, (3,), {})
    assert not hasattr(future._frame, "decode")
    jobs.pickle_late(shared, future)
    assert list(shared.inbox) == [Pickled(0)]
    assert not future._kept
    assert pickle.loads(frame_of(future)) == (usercode.double, (3,), {})


@pytest.mark.parametrize("argument", [usercode.NoPickle(), usercode.FrozenNoPickle(), usercode.NoPickleAtAll()])
def test_a_call_that_cannot_be_pickled_later_ends_its_future_and_the_manager_is_told(
    future: PoolFuture[object], argument: object
) -> None:
    shared = shared_of(future)
    future._kept, future._name = (usercode.double, (argument,), {}), "double"
    jobs.pickle_late(shared, future)
    assert list(shared.inbox) == [PickleFailed(0)]
    assert error_of(future) is not None


def test_a_call_that_was_cancelled_before_is_not_pickled_later(future: PoolFuture[object]) -> None:
    shared = shared_of(future)
    future._kept = usercode.double, (usercode.NoPickle(),), {}
    future.cancel()
    shared.inbox.clear()
    jobs.pickle_late(shared, future)
    assert list(shared.inbox) == [PickleFailed(0)]
    assert future.cancelled()


@pytest.mark.parametrize(
    ("fn", "name"),
    [
        (usercode.double, "tests.machines.usercode.double"),
        (int, "int"),
        (len, "len"),
        (usercode.NoPickle(), "NoPickle"),
    ],
)
def test_a_function_is_called_by_its_qualified_name(fn: object, name: str) -> None:
    assert name_of(fn).endswith(name)


# --- reducers -------------------------------------------------------------------------------------------------------


@pytest.fixture
def _registered() -> Iterator[None]:
    def reduce(value: usercode.Registered) -> tuple[type, tuple[str]]:
        return usercode.Registered, (f"{value.origin}, by its reducer",)

    ForkingPickler.register(usercode.Registered, reduce)
    yield
    del ForkingPickler._extra_reducers[usercode.Registered]  # type: ignore[attr-defined]


@pytest.mark.usefixtures("_registered")
def test_what_was_registered_with_multiprocessing_is_honoured() -> None:
    value = pickle.loads(pickling.dumps([usercode.Registered("made")]))[0]
    assert value.origin == "made, by its reducer"


@pytest.mark.usefixtures("_registered")
def test_it_is_honoured_in_the_arguments_of_a_call_too() -> None:
    _, (value,), _ = pickle.loads(pickling.dump_call(usercode.double, (usercode.Registered("made"),), {}))
    assert value.origin == "made, by its reducer"


@pytest.mark.usefixtures("_registered")
def test_a_reducer_that_was_registered_anew_is_honoured() -> None:
    pickling.dumps(usercode.Registered("made"))
    ForkingPickler.register(usercode.Registered, lambda value: (str, (f"{value.origin}, by another reducer",)))
    assert pickle.loads(pickling.dumps(usercode.Registered("made"))) == "made, by another reducer"


def test_what_was_registered_with_copyreg_is_honoured_and_forgotten_with_it() -> None:
    class Local:
        pass

    copyreg.pickle(Local, lambda _: (int, ("7",)))  # type: ignore[arg-type, return-value]
    try:
        assert pickle.loads(pickling.dumps(Local())) == 7
    finally:
        del copyreg.dispatch_table[Local]
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickling.dumps(Local())


def test_a_call_of_plain_values_is_pickled_as_any_other() -> None:
    for args in ((), (1, "a", None, 2.5, True, b"x", 3j), ([1],), ({"k": ()},)):
        assert pickle.loads(pickling.dump_call(usercode.double, args, {})) == (usercode.double, args, {})
    assert pickle.loads(pickling.dump_call(usercode.double, (1,), {"k": 2})) == (usercode.double, (1,), {"k": 2})


def test_a_socket_is_refused_by_a_plain_pickler_only() -> None:
    with socket.socket() as opened:
        with pytest.raises(TypeError):
            pickle.dumps(opened)
        assert pickling.dumps(opened)


# --- the call on its arrival, the value on its way back -------------------------------------------------------------


def test_a_call_that_cannot_be_rebuilt_raises_in_the_worker() -> None:
    with pytest.raises(ValueError, match="not for rebuilding"):
        _call(pickling.dump_call(usercode.double, (usercode.NoUnpickle(),), {}))


def test_a_value_that_cannot_be_pickled_raises_in_the_worker() -> None:
    with pytest.raises(TypeError, match="not for pickling"):
        _call(pickling.dump_call(usercode.made, (usercode.NoPickle,), {}))


@pytest.mark.parametrize("value", [None, True, 1, 2.5, 3j, "text", b"bytes"])
def test_plain_values_need_no_user_code_to_be_read(value: object) -> None:
    kind, _ = _call(pickling.dump_call(max, ([value],), {}))
    assert kind is Kind.PLAIN


def test_values_of_other_types_and_large_ones_are_not_plain() -> None:
    for made in (list, usercode.TextlessError):
        assert _call(pickling.dump_call(usercode.made, (made,), {}))[0] is Kind.VALUE
    assert _call(pickling.dump_call(bytes, (PLAIN_BYTES + 1,), {}))[0] is Kind.VALUE


# --- the value on its arrival ---------------------------------------------------------------------------------------


def test_a_value_that_cannot_be_rebuilt_is_the_end_of_its_future(future: PoolFuture[object]) -> None:
    jobs.deliver(future, Verdict.VALUE, pickle.dumps(usercode.NoUnpickle()))
    error = error_of(future)
    assert isinstance(error, ValueError)
    assert "Traceback" in str(error.__cause__)


def test_a_value_and_an_error_are_delivered(future: PoolFuture[object]) -> None:
    jobs.deliver(future, Verdict.VALUE, pickle.dumps([1, 2]))
    assert future.result(0) == [1, 2]
    other: PoolFuture[object] = PoolFuture(Shared(), 1)
    jobs.deliver(other, Verdict.ERROR, pickling.dump_error(KeyError("k")))
    assert isinstance(error_of(other), KeyError)


def test_bytes_that_are_no_pickle_are_the_end_too(future: PoolFuture[object]) -> None:
    jobs.deliver(future, Verdict.ERROR, b"\x80")
    assert error_of(future) is not None


# --- errors ---------------------------------------------------------------------------------------------------------


def test_an_error_crosses_with_its_remote_traceback_as_its_cause() -> None:
    error = crossed(ZeroDivisionError("by zero"))
    assert type(error) is ZeroDivisionError
    assert error.args == ("by zero",)
    assert "in raise_it" in str(error.__cause__)
    assert "ZeroDivisionError: by zero" in str(error.__cause__)


def test_the_cause_of_a_remote_error_is_in_its_text() -> None:
    def with_cause() -> BaseException:
        error = ValueError("second")
        error.__cause__ = KeyError("first")
        return error

    text = str(crossed(with_cause()).__cause__)
    assert "first" in text
    assert "direct cause" in text


def test_an_error_that_cannot_be_pickled_is_replaced_by_one_that_says_so() -> None:
    error = crossed(usercode.UnpicklableError())
    assert isinstance(error, pickle.PicklingError)
    assert "UnpicklableError" in str(error)
    assert "not for pickling" in str(error)
    assert "UnpicklableError" in str(error.__cause__), "the task's own traceback is not lost"


def test_an_error_that_cannot_be_rebuilt_says_so_and_keeps_the_traceback_of_the_task() -> None:
    error = crossed(usercode.two_arguments())
    assert isinstance(error, TypeError)
    assert "TwoArgumentsError: one and two" in str(error.__cause__)


def test_an_error_that_is_rebuilt_as_something_else_is_an_error_all_the_same() -> None:
    error = crossed(usercode.RebuiltAsTextError())
    assert isinstance(error, pickle.UnpicklingError)
    assert "str" in str(error)


@pytest.mark.parametrize("kind", [usercode.TextlessError, usercode.UnshowableError, usercode.FrozenError])
def test_an_error_that_cannot_be_printed_or_changed_crosses(kind: type[Exception]) -> None:
    error = crossed(kind())
    assert type(error) is kind
    assert kind.__name__ in str(error.__cause__)


def test_an_unpicklable_error_whose_reason_cannot_be_printed_crosses_too() -> None:
    class Reason(usercode.UnpicklableError):
        def __reduce__(self) -> NoReturn:
            raise usercode.TextlessError

    error = crossed(Reason())
    assert isinstance(error, pickle.PicklingError)
    assert "Reason" in str(error)


def test_what_is_no_exception_crosses() -> None:
    assert isinstance(crossed(SystemExit(3)), SystemExit)
    assert isinstance(crossed(KeyboardInterrupt()), KeyboardInterrupt)


def test_of_a_dumped_error_the_text_can_be_had_without_rebuilding_it() -> None:
    error = pickling.remote_text(pickling.dump_error(usercode.two_arguments()))
    assert "one and two" in str(error)


def test_an_error_that_crossed_keeps_no_frame_of_the_other_side() -> None:
    assert crossed(ValueError()).__traceback__ is None
