"""A run as a sequence of states in Apalache's Informal Trace Format (ADR-015).

Decides: how a state is written there, how many fit. Must not know: what the states mean.

A record is a record, a tuple is a list, a word of the model is a string. A word that stands where otherwise a number
stands (``Mark``) is a number. Beside each state, in ``#meta``, is the step that led to it.
"""

import json
from collections.abc import Iterator
from enum import Enum
from functools import cache
from typing import get_args, get_type_hints

from checkedpool_model.protocol.state import State
from checkedpool_model.traces.timed import TimedRun

__all__ = ["PARTS", "itf"]

FORMAT = "https://apalache-mc.org/docs/adr/015adr-trace.html"
PARTS = 200_000
"""Clients, tasks and lanes of all states together: a run of many has fewer states here."""

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]


def itf(made: TimedRun) -> tuple[str, str]:
    """The file, and what is left out of it, in a sentence; "": nothing."""
    first = made.states[0]
    most = max(PARTS // max(len(first.clients) + len(first.tasks) + len(first.lanes), 1), 1)
    states = made.states[:most]
    left_out = "" if len(states) == len(made.states) else f"the first {most:,} of {len(made.states):,} states are here"
    meta: Json = {
        "format": "ITF", "format-description": FORMAT, "source": made.name,
        "description": f"the run of the protocol that a trace is; {made.verdict.value}", "left out": left_out,
    }  # fmt: skip
    whole: Json = {
        "#meta": meta,
        "vars": list(State._fields),
        "states": [
            {"#meta": {"index": index, **led}, **_record(state)}
            for index, (state, led) in enumerate(zip(states, _led(made), strict=False))
        ],
    }
    return json.dumps(whole, indent=None, separators=(",", ":")) + "\n", left_out


def _led(made: TimedRun) -> Iterator[dict[str, Json]]:
    """Of each state, the step that led to it; the first was there."""
    yield {}
    for one in made.happened:
        for action in one.steps:
            yield {"action": action, "event": one.text, "where": one.where}


def _record(value: tuple[object, ...]) -> dict[str, Json]:
    hints = _hints(type(value))
    return {name: _expression(part, hints[name]) for name, part in zip(hints, value, strict=True)}


@cache
def _hints(kind: type) -> dict[str, object]:
    """The fields of a record in their order, each with its type."""
    return get_type_hints(kind)


def _expression(value: object, kind: object) -> Json:
    """A value as what its field is declared to be."""
    if isinstance(value, tuple):
        return _record(value) if hasattr(value, "_fields") else [_expression(part, get_args(kind)[0]) for part in value]
    if isinstance(value, Enum) and kind is not int:
        return value.name
    assert isinstance(value, int)  # noqa: S101 - a state has nothing else
    return value if isinstance(value, bool) else int(value)
