"""What of ``typing`` must exist when the pool runs, without ``typing``: to import that takes six milliseconds.

Each program that starts a pool would wait for it, and each worker that is spawned.  So no module of the pool imports it
when it runs; what annotations alone need stands under ``TYPE_CHECKING``, which is true for type checkers only.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol, TypeVar, assert_never, cast, dataclass_transform
else:
    Protocol = object

    def TypeVar(name: str) -> object:  # noqa: N802 - it stands for the class
        """Something that can stand in brackets."""
        return name

    def assert_never(value: object) -> None:
        """Reached if a type checker was not asked."""
        raise AssertionError(value)

    def cast(_: object, value: object) -> object:
        """The value."""
        return value

    def dataclass_transform(**_: object) -> object:
        """No change."""
        return lambda cls: cls


__all__ = ["Protocol", "TypeVar", "assert_never", "cast", "dataclass_transform"]
