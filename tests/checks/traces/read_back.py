"""Exports of runs, read back as their readers would: ShiViz by the expression that its log gives, ITF by its document.

Decides: what is malformed. Must not know: how they are written.
"""

from __future__ import annotations

import json
import re
from enum import Enum
from types import GenericAlias
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

from checkedpool_model.protocol.state import State

__all__ = ["Entry", "MalformedError", "entries", "states"]


class MalformedError(ValueError):
    """It is not in the format."""


# --- ShiViz -----------------------------------------------------------------------------------------------------------


class Entry(NamedTuple):
    """One event of a log."""

    host: str
    clock: dict[str, int]
    event: str
    action: str
    where: str


def entries(log: str) -> list[Entry]:
    """All events of a log, by the expression in its first line; all of the log must be read by it.

    ShiViz reads whole lines: it puts the expression between ``^`` and ``$``.
    """
    expression, delimiter, rest = log.split("\n", 2)
    if delimiter:
        raise MalformedError("there is one run, and no delimiter")
    reading = re.compile(f"^{expression.replace('(?<', '(?P<')}$", re.MULTILINE)
    if not {"host", "clock", "event"} <= set(reading.groupindex):
        raise MalformedError("the expression lacks a group that ShiViz needs")
    found = list(reading.finditer(rest))
    if reading.sub("", rest).strip():
        raise MalformedError(f"not read: {reading.sub('', rest).strip()[:60]!r}")
    return [_entry(one.groupdict()) for one in found]


def _entry(groups: dict[str, str]) -> Entry:
    clock = json.loads(groups["clock"])
    if groups["host"] not in clock or not all(isinstance(count, int) and count > 0 for count in clock.values()):
        raise MalformedError(f"{groups['host']} has the clock {clock}")
    return Entry(groups["host"], clock, groups["event"], groups["action"], groups["where"])


# --- ITF --------------------------------------------------------------------------------------------------------------


def states(text: str) -> list[State]:
    """The states of a trace in ITF, each as the model has it."""
    whole = json.loads(text)
    variables = whole["vars"]
    if not isinstance(variables, list) or not all(isinstance(name, str) for name in variables):
        raise MalformedError("vars is a list of strings")
    if set(whole) - {"#meta", "params", "vars", "states", "loop"}:
        raise MalformedError(f"a trace has no {sorted(set(whole) - {'#meta', 'params', 'vars', 'states', 'loop'})}")
    found = []
    for at, state in enumerate(whole["states"]):
        if {name for name in state if name != "#meta"} != set(variables):
            raise MalformedError(f"state {at}: its variables are not those of the trace")
        if state.get("#meta", {}).get("index") != at:
            raise MalformedError(f"state {at}: its index is another")
        found.append(_value({name: state[name] for name in variables}, State))
    return found


def _value(told: Any, kind: Any) -> Any:
    """What an expression means where a value of this type is expected."""
    if isinstance(told, dict) and "#bigint" in told:
        return int(told["#bigint"])
    if kind is bool and isinstance(told, bool):
        return told
    if kind is int and isinstance(told, int) and not isinstance(told, bool):
        return told
    if isinstance(kind, type) and issubclass(kind, Enum) and isinstance(told, str):
        return kind[told]
    if isinstance(kind, GenericAlias) and get_origin(kind) is tuple and isinstance(told, list):
        return tuple(_value(part, get_args(kind)[0]) for part in told)
    if isinstance(kind, type) and hasattr(kind, "_fields") and isinstance(told, dict):
        hints = get_type_hints(kind)
        if set(told) != set(kind._fields):
            raise MalformedError(f"a {kind.__name__} has the fields {kind._fields}")
        return kind(**{name: _value(told[name], hints[name]) for name in kind._fields})
    raise MalformedError(f"{told!r} is no {kind}")
