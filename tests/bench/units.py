"""How a cost is shown. Decides: the words and the scale. Must not know: rows, pools."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """A unit, and a cost (seconds or bytes, less is better) in it."""

    name: str
    of: Callable[[float], float]
    more_is_better: bool = False

    def show(self, cost: float) -> str:
        """The number and the unit."""
        return f"{number(self.of(cost))} {self.name}"


def _rate(cost: float) -> float:
    return 1 / cost


def _milliseconds(cost: float) -> float:
    return cost * 1e3


def _microseconds(cost: float) -> float:
    return cost * 1e6


TASKS = Unit("tasks/s", _rate, more_is_better=True)
ITEMS = Unit("items/s", _rate, more_is_better=True)
MEGABYTES = Unit("MB/s", _rate, more_is_better=True)
MICROSECONDS = Unit("µs", _microseconds)
MILLISECONDS = Unit("ms", _milliseconds)
PER_SECOND = Unit("ms/s", _milliseconds)
BYTES = Unit("bytes", float)


def number(value: float) -> str:
    """Three digits that mean something, and no more."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
