"""Prints how far one scheduler goes, as tables of Markdown: ``make scale``.

Decides: which sizes are asked.  ``docs/scale.md`` shows what it printed.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.dask.scale import costs, throughput
from tests.dask.scale.simulated import Cluster, Costs, Size

MEASURED = Costs(message=0.00018, ticket=0.000006, revoke=0.000001, engine=0.00027)
"""What ``make scale ARGS=costs`` has found once, on the machine of docs/scale.md: what is simulated by default."""
SMALL = [(100, 1.0, 10_000), (1_000, 1.0, 20_000), (1_000, 0.5, 20_000)]
"""Workers, seconds that a task takes, tasks."""


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - that is what it is for


def microseconds(seconds: float) -> str:
    return f"{1e6 * seconds:.0f} µs"


def milliseconds(seconds: float) -> str:
    return f"{1e3 * seconds:.1f} ms"


def rows(titles: str, lines: list[str]) -> str:
    bars = "| " + " | ".join("---" for _ in titles.split("|")) + " |"
    return "\n".join([f"| {titles} |", bars, *(f"| {line} |" for line in lines)])


def paid(costs_: Costs) -> str:
    """The costs."""
    lines = [
        f"a message | {microseconds(costs_.message)}",
        f"each ticket in it | {microseconds(costs_.ticket)}",
        f"each ticket that is taken back | {1e6 * costs_.revoke:.1f} µs",
        f"what the engine does besides, a task | {microseconds(costs_.engine)}",
    ]
    return rows("the scheduler pays for | processor", lines)


def saturation(costs_: Costs, sizes: list[tuple[int, float, int]]) -> str:
    """Of workers, seconds that a task takes, and tasks: what they could do, and what one scheduler lets them do."""
    lines = []
    for workers, seconds, tasks in sizes:
        result = Cluster(Size(workers, tasks, seconds), costs_).run()
        waits = sorted(result.waits)
        lines.append(
            f"{workers:,} | {seconds:g} s | {tasks:,} | {workers / seconds:,.0f} | {result.rate:,.0f} "
            f"| {result.busy:.0%} | {milliseconds(waits[len(waits) // 2])}"
        )
    return rows(
        "workers | a task | tasks | wanted a second | begun a second | scheduler works | half of the begins wait", lines
    )


def together(costs_: Costs, tasks: int) -> str:
    """A worker with many threads asks for each ticket, or for all that are wanted by then."""
    lines = []
    for threads in (1, 8, 64):
        for at_once in (False, True):
            result = Cluster(Size(512 // threads, tasks, 0.1, threads, together=at_once), costs_).run()
            begins = result.messages - result.begun - tasks // 100
            lines.append(
                f"{512 // threads} | {threads} | {'together' if at_once else 'each'} "
                f"| {result.begun / begins:.1f} | {result.rate:,.0f}"
            )
    return rows("workers | threads | tickets are asked for | tickets a question | begun a second", lines)


def revoked(costs_: Costs, tasks: int) -> str:
    """A client cancels what waits, in messages of so many tickets, while workers ask."""
    lines = []
    for at_once in (1, 100, 1_000, 10_000, tasks):
        result = Cluster(Size(100, tasks, 1.0, revoked=at_once), costs_).run()
        lines.append(f"{result.revoked:,} | {at_once:,} | {result.cancelled:.2f} s | {milliseconds(max(result.waits))}")
    return rows("revoked | in messages of | all of them after | the longest wait of a begin", lines)


def simulate(*, long: bool) -> None:
    """With the costs that were measured once."""
    begun = time.monotonic()
    alone = MEASURED._replace(engine=0.0)
    more = [(10_000, 10.0, 100_000), (10_000, 20.0, 1_000_000)] if long else []
    say("Tickets and the engine's own work:\n\n" + saturation(MEASURED, SMALL + more))
    say("\nTickets alone:\n\n" + saturation(alone, SMALL + more[:1]))
    say("\nQuestions together:\n\n" + together(alone, 20_000))
    say("\nA cancel of what waits:\n\n" + revoked(alone, 1_000_000 if long else 20_000))
    say(f"\nsimulated in {time.monotonic() - begun:.0f} s")


def measure(many: int) -> None:
    """On a real cluster."""
    found = costs.measured(many)
    say(paid(found) + "\n")
    lines = []
    for threads, seconds in ((4, 0.1), (16, 0.1)):
        rate, busy = costs.of_a_run(2, threads, seconds, many)
        like = Cluster(Size(2, many, seconds, threads), found).run()
        lines.append(f"2 | {threads} | {seconds:g} s | {rate:.0f} | {like.rate:.0f} | {busy:.0%} | {like.busy:.0%}")
    say(rows("workers | threads | a task | tasks a second | simulated | scheduler works | simulated", lines))


def main(arguments: list[str]) -> None:
    """Say what was asked for; without a word, all of it, small."""
    parser = argparse.ArgumentParser(prog="make scale", description=__doc__)
    parser.add_argument("what", nargs="*", choices=["costs", "simulate", "throughput", []], help="default: all three")
    parser.add_argument("--long", action="store_true", help="a million tasks, 10,000 workers; more rounds")
    asked = parser.parse_args(arguments)
    what = asked.what or ["costs", "simulate", "throughput"]
    if "costs" in what:
        measure(5000 if asked.long else 1000)
    if "simulate" in what:
        simulate(long=asked.long)
    if "throughput" in what:
        for name, many in (("tiny", 500), ("10 ms", 200), ("100 ms", 40)):
            say("\n" + throughput.table(name, many, rounds=9 if asked.long else 3))


if __name__ == "__main__":
    main(sys.argv[1:])
