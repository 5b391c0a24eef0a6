"""How long each row took the last time, and how long the rest may take by that.

Decides: where that is kept, what is believed of it. Must not know: what a row looks at; how an estimate is shown.

What a row took is by the clock, since the row before it on its track was done: so the rows of a track add up to what it
took, however many processes worked on each. The record lies outside of git, and one that cannot be read is left aside.
"""

import json
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from math import inf
from pathlib import Path

from tests.checks.verify.report import Check, Row

__all__ = ["NoRecordError", "Times", "kept", "read", "write"]

Seconds = dict[str, float]
"""By row."""


class NoRecordError(ValueError):
    """What stands in the file is no record of times."""


class Times:
    """Of one run: what each row takes, and how much is left by what they took before."""

    def __init__(self, checks: Iterable[Check], before: Seconds, clock: Callable[[], float]) -> None:
        self._clock = clock
        checks = tuple(checks)
        self._track = {_name(check): check.beside for check in checks}
        self._since = dict.fromkeys((False, True), clock())
        self._left = {key: seconds for key, seconds in before.items() if _check_of(key) in self._track}
        self._known = {_check_of(key) for key in self._left} >= self._track.keys()
        self.took: Seconds = {}

    def came(self, check: Check, row: Row) -> None:
        """A row is done."""
        now, key = self._clock(), _key(check, row)
        self.took[key] = now - self._since[check.beside]
        self._since[check.beside] = now
        self._left.pop(key, None)

    @property
    def to_come(self) -> int | None:
        """How many rows were there the last time and are not done yet; None: of some check nothing is known."""
        return len(self._left) if self._known else None

    @property
    def left(self) -> float | None:
        """Seconds, by the last time; None: of some check nothing is known."""
        return max(map(self._left_in, (False, True))) if self._known else None

    def _left_in(self, track: bool) -> float:
        waits = sum(seconds for key, seconds in self._left.items() if self._track[_check_of(key)] is track)
        return max(0.0, waits - (self._clock() - self._since[track]))


def kept(before: Seconds, took: Seconds, left: Collection[str]) -> Seconds:
    """What is kept for the next time: of a check that was done its rows and no older ones."""
    done = {_check_of(key) for key in took}
    done = {name for name in done if name.removesuffix(BESIDE) not in left}
    return {key: seconds for key, seconds in before.items() if _check_of(key) not in done} | took


def read(path: Path, of: str) -> Seconds:
    """The record of this kind of run; nothing if there is none; NoRecordError if it is not one."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return {str(key): _seconds(seconds) for key, seconds in record.get(of, {}).items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise NoRecordError(f"{path} is no record of times: it is left aside") from error


def write(path: Path, of: str, seconds: Seconds) -> None:
    """Keep it beside the record of the other kinds; whole or not at all. OSError if that cannot be."""
    record: dict[str, object] = {}
    with suppress(OSError, ValueError, TypeError, RecursionError):
        record = dict(json.loads(path.read_text(encoding="utf-8")))
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps({**record, of: seconds}, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    new.replace(path)


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < inf:
        raise NoRecordError(f"{value!r} is no number of seconds")
    return float(value)


BETWEEN, BESIDE = " | ", ", beside"


def _name(check: Check) -> str:
    """Two checks of one name may lie on different tracks."""
    return f"{check.section}{BESIDE if check.beside else ''}"


def _key(check: Check, row: Row) -> str:
    return BETWEEN.join((_name(check), row.title, row.name))


def _check_of(key: str) -> str:
    return key.partition(BETWEEN)[0]
