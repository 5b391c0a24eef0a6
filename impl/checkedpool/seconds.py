"""Seconds as a caller gives them.  Decides which numbers are some."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def positive(name: str, value: object) -> float:
    """A limit."""
    seconds = real(name, value)
    if not seconds > 0:
        msg = f"{name} must be a positive number of seconds, not {value!r}"
        raise ValueError(msg)
    return seconds


def real(name: str, value: Any) -> float:  # noqa: ANN401 - what is no number is refused
    """Any real number of seconds, as in Python 3.15; text is none, which ``float`` would read."""
    if not hasattr(type(value), "__float__") and not hasattr(type(value), "__index__"):
        msg = f"{name} must be a number of seconds, not {type(value).__name__}"
        raise TypeError(msg)
    try:
        return float(value)
    except OverflowError:  # an integer
        return float("inf" if value > 0 else "-inf")
