"""A run as a log for ShiViz: events of several hosts, each with its vector clock.

Decides: what a host is, and the clocks. Must not know: which event is a cause of which (``causes``).

ShiViz takes the first line of a log for the regular expression that reads the rest, and the second for what stands
between two runs: there is one here. A host is a client, the manager, the start thread, a user-code thread or a worker;
what nature does to a worker is the worker's.
"""

import json
from collections.abc import Iterator

from checkedpool_model.checker.sequence import in_one_line
from checkedpool_model.exports.causes import causes
from checkedpool_model.traces.timed import Happened, TimedRun

__all__ = ["EXPRESSION", "clocks", "log"]

EXPRESSION = r"(?<host>\S*) (?<clock>{.*})\n(?<event>.*)\n(?<action>.*) \((?<where>\S*)\)"
"""An entry has three lines."""

Clock = dict[str, int]


def log(made: TimedRun) -> str:
    """The file."""
    entries = (
        f"{host} {json.dumps(clock)}\n{in_one_line(one.text)}\n{', '.join(one.actions)} ({one.where})\n"
        for one, host, clock in clocks(made)
    )
    return f"{EXPRESSION}\n\n{''.join(entries)}"


def clocks(made: TimedRun) -> Iterator[tuple[Happened, str, Clock]]:
    """Each event, its host and its clock."""
    before: dict[int, list[int]] = {}
    for cause in causes(made):
        before.setdefault(cause.effect, []).append(cause.cause)
    by_host: dict[str, Clock] = {}
    by_event: dict[int, Clock] = {}
    for one in made.happened:
        host = _host(one)
        clock = dict(by_host.get(host, {}))
        for number in before.get(one.number, ()):
            for other, count in by_event[number].items():
                clock[other] = max(clock.get(other, 0), count)
        clock[host] = clock.get(host, 0) + 1
        by_host[host] = by_event[one.number] = clock
        yield one, host, clock


def _host(one: Happened) -> str:
    """Who has this event, without a blank."""
    name = one.whom if one.who == "nature" and one.whom else one.who
    return name.replace(" ", "-")
