"""What is measured, one line each.

Decides: the rows, their numbers, and how long one measurement may take. Must not know: how a row is measured or shown.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from tests.bench import units
from tests.bench.units import Unit
from tests.bench.workloads import lifetime, mix, payload, resources, throughput

LIMIT = 20.0
LONG_LIMIT = 60.0


@dataclass(frozen=True)
class Row:
    """One row: its name on the command line, its title, its unit, and how a peer's cost is measured."""

    name: str
    title: str
    unit: Unit
    measure: Callable[[str, int], float]
    count: int
    """How many tasks, items or round trips; how many milliseconds of idleness."""
    quick: int
    """The same in a quick run; 0: a quick run goes without this row."""
    limit: float = LIMIT
    """Seconds for one measurement, its interpreter's start and end included."""


def _tiny() -> Iterator[Row]:
    two = partial(throughput.burst, workers=2)
    one = partial(throughput.burst, workers=1)
    yield Row("tiny-1", "tiny tasks, 1 worker", units.TASKS, one, 6_000, 2_000)
    yield Row("tiny-2", "tiny tasks, 2 workers, 10,000 pending", units.TASKS, two, 10_000, 2_000)
    a_thousand = partial(two, pending=1_000)
    yield Row("pending-1k", "tiny tasks, 2 workers, 1,000 pending", units.TASKS, a_thousand, 5_000, 2_000)
    yield Row("in-time", "tiny tasks that end long before their limit, 2 workers", units.TASKS, throughput.in_time,
              5_000, 1_000)  # fmt: skip
    yield Row("pending-100k", "tiny tasks, 2 workers, 100,000 pending", units.TASKS, two, 100_000, 0, LONG_LIMIT)


def _given() -> Iterator[Row]:
    """What is asked for beyond the standard."""
    yield Row("lambdas", "tiny lambdas, 2 workers", units.TASKS, partial(throughput.lambdas, workers=2), 6_000, 1_000)
    title = "tiny tasks with a log record each, 2 workers"
    yield Row("logged", title, units.TASKS, partial(throughput.logged, workers=2), 6_000, 1_000)


def _tasks() -> Iterator[Row]:
    for name, seconds, count, quick in (
        ("10 µs", 1e-5, 2_000, 500),
        ("100 µs", 1e-4, 1_000, 300),
        ("1 ms", 1e-3, 160, 60),
        ("10 ms", 1e-2, 24, 10),
    ):
        measure = partial(throughput.computing, workers=2, seconds=seconds)
        title = f"tasks that compute for {name}, 2 workers"
        yield Row(f"task-{name.replace(' ', '').replace('µ', 'u')}", title, units.TASKS, measure, count, quick)


def _maps() -> Iterator[Row]:
    for chunksize, count, quick in ((1, 5_000, 2_000), (100, 60_000, 20_000)):
        measure = partial(throughput.mapped, workers=2, chunksize=chunksize)
        yield Row(f"map-{chunksize}", f"map, chunksize {chunksize}, 2 workers", units.ITEMS, measure, count, quick)


SIZES = {
    "1k": ("1 kB", 1_000, 2_000, 500),
    "64k": ("64 kB", 64_000, 600, 150),
    "100k": ("100 kB", 100_000, 500, 120),
    "300k": ("300 kB", 300_000, 300, 75),
    "1m": ("1 MB", 1_000_000, 200, 30),
    "16m": ("16 MB", 16_000_000, 40, 4),
}
"""How it is called, bytes, tasks, tasks in a quick run. Around what a pipe holds (64 kB) pools change their ways."""


def _payloads() -> Iterator[Row]:
    for noun, kind in (("bytes", payload.BYTES), ("array", payload.ARRAY)):
        for verb, measure in (("send", payload.send), ("echo", payload.echo)):
            for short, (long, size, count, quick) in SIZES.items():
                title = f"{verb} {long} ({noun})"
                chosen = partial(measure, kind=kind, size=size)
                yield Row(f"{noun}-{verb}-{short}", title, units.MEGABYTES, chosen, count, quick)
        size = SIZES["16m"][1]
        first = partial(payload.echo, kind=kind, size=size)  # nearly all of them in memory that is new
        yield Row(f"{noun}-echo-first", f"echo 16 MB, the first eight ({noun})", units.MEGABYTES, first, 8, 0)


def _lifetimes() -> Iterator[Row]:
    for method in ("fork", "spawn", "forkserver"):
        start = partial(lifetime.start, method=method)
        yield Row(f"start-{method}", f"start to first value, {method}", units.MILLISECONDS, start, 1, 1)
    yield Row("import", "a script with one task, its import included", units.MILLISECONDS, lifetime.script, 10, 3)
    for method, count, quick in (("spawn", 20, 6), ("forkserver", 60, 20)):
        spent = partial(lifetime.spent, method=method)
        title = f"a new worker for each task, 2 workers, {method}"
        yield Row(f"limit-{method}", title, units.TASKS, spent, count, quick)
    title = "shutdown(cancel_futures=True), 100,000 pending"
    yield Row("cancel-100k", title, units.MILLISECONDS, lifetime.cancel, 100_000, 20_000)
    yield Row("death", "worker's death to all of 2,000 settled", units.MILLISECONDS, lifetime.death, 2_000, 2_000, 10.0)


ROWS: dict[str, Row] = {
    row.name: row
    for row in (
        *_tiny(),
        *_maps(),
        Row("latency", "round trip, one task at a time", units.MICROSECONDS, throughput.round_trips, 1_000, 300),
        *_given(),
        *_tasks(),
        *_payloads(),
        *_lifetimes(),
        Row("memory", "memory per pending future", units.BYTES, resources.memory, 20_000, 5_000),
        Row("mix", "long and short: longest idleness while a task waits", units.MILLISECONDS, mix.mix, 8, 4),
        Row("idle", "processor time while idle", units.PER_SECOND, resources.idle, 600, 300),
    )
}
"""By name, in the order of the report."""
