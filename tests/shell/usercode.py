"""What users do to a pool: functions, values and exceptions, the awkward ones included. They travel by their names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn


def double(number: int) -> int:
    return 2 * number


def raise_it(error: BaseException) -> NoReturn:
    raise error


def raise_made(kind: Callable[[], BaseException]) -> NoReturn:
    raise kind()


def made(kind: Callable[[], Any]) -> Any:
    return kind()


class NoPickle:
    """Cannot be pickled."""

    def __reduce__(self) -> NoReturn:
        raise TypeError("this is not for pickling")


class NoPickleAtAll:
    """Ends its pickling with something that is no Exception."""

    def __reduce__(self) -> NoReturn:
        raise SystemExit(3)


class NoUnpickle:
    """Cannot be rebuilt."""

    def __reduce__(self) -> tuple[Any, ...]:
        return raise_it, (ValueError("this is not for rebuilding"),)


class UnpicklableError(Exception):
    """An error that cannot be pickled."""

    def __reduce__(self) -> NoReturn:
        raise TypeError("this error is not for pickling")


class TwoArgumentsError(Exception):
    """An error that cannot be rebuilt: its `args` are not what its `__init__` takes."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second}")


def two_arguments() -> TwoArgumentsError:
    return TwoArgumentsError("one", "two")


class RebuiltAsTextError(Exception):
    """An error that is rebuilt as something else."""

    def __reduce__(self) -> tuple[Any, ...]:
        return str, ("no error",)


class TextlessError(Exception):
    """An error that cannot be printed."""

    def __str__(self) -> NoReturn:
        raise RuntimeError("no text")

    __repr__ = __str__


class UnshowableError(Exception):
    """An error whose traceback cannot be formatted."""

    @property
    def __notes__(self) -> NoReturn:  # type: ignore[override]
        raise RuntimeError("no notes")


class NotelessError(Exception):
    """An error that ends whoever adds a note to it."""

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise SystemExit(4)

    def add_note(self, _: str) -> NoReturn:
        raise SystemExit(4)


class NotelessNoPickle:
    """Its pickling raises such an error."""

    def __reduce__(self) -> NoReturn:
        raise NotelessError


@dataclass(frozen=True)
class FrozenError(Exception):
    """An error that refuses attributes: `__traceback__`, `__cause__`, notes."""


class FrozenNoPickle:
    """Its pickling raises such an error."""

    def __reduce__(self) -> NoReturn:
        raise FrozenError


class FalseError(Exception):
    """An error that is false."""

    def __bool__(self) -> bool:
        return False


class Registered:
    """Pickled by a reducer that was registered with multiprocessing, in another way than by itself."""

    def __init__(self, origin: str) -> None:
        self.origin = origin

    def __reduce__(self) -> NoReturn:
        raise TypeError("ask the reducer")
