"""The executor beside ``client.submit`` and the engine's own executor: the same tasks in turns, in one run.

Decides: who is asked for what, and how often.  Must not know: which ratio is good enough.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

WORKERS = 2


class Spent(NamedTuple):
    """Seconds: by the clock, and of the processor, of this process with its scheduler and of the workers."""

    clock: float
    processor: float


def tiny(number: int) -> int:
    """Takes no time."""
    return number


def ten(number: int) -> int:
    """Takes 10 ms."""
    time.sleep(0.01)
    return number


def hundred(number: int) -> int:
    """Takes 100 ms: in a slot of its own."""
    time.sleep(0.1)
    return number


TASKS = {"tiny": tiny, "10 ms": ten, "100 ms": hundred}


def contenders(client: Any, executor: Any) -> dict[str, Callable[[Any, int], list[int]]]:
    """Each as it is best used: the client's futures are gathered at once, those of executors asked in turn."""
    engine = client.get_executor(pure=False)

    def submit(task: Any, many: int) -> list[int]:
        return list(client.gather([client.submit(task, number, pure=False) for number in range(many)]))

    def futures(of: Any) -> Callable[[Any, int], list[int]]:
        return lambda task, many: [future.result() for future in [of.submit(task, number) for number in range(many)]]

    return {"client.submit": submit, "client.get_executor()": futures(engine), "DaskExecutor": futures(executor)}


def compared(name: str, many: int, rounds: int) -> dict[str, Spent]:
    """The least that each has spent, for one task; a round that goes before is not counted."""
    import psutil  # noqa: PLC0415 - it comes with the engine
    from distributed import Client, LocalCluster  # noqa: PLC0415

    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine
    from checkedpool.dask.executor import LOCAL  # noqa: PLC0415

    found: dict[str, list[Spent]] = {}
    with (
        LocalCluster(n_workers=WORKERS, **LOCAL) as cluster,
        Client(cluster, set_as_default=False) as client,
        DaskExecutor(client) as executor,
    ):
        processes = [psutil.Process(), *(psutil.Process(nanny.pid) for nanny in cluster.workers.values())]
        for turn in range(rounds + 1):
            for who, run in contenders(client, executor).items():
                spent = _one(cluster, processes, partial(run, TASKS[name], many), many)
                if turn:
                    found.setdefault(who, []).append(spent)
    return {who: Spent(*(min(all_of) for all_of in zip(*spent, strict=True))) for who, spent in found.items()}


def _one(cluster: Any, processes: list[Any], run: Callable[[], list[int]], many: int) -> Spent:
    before, begun = _processor(processes), time.monotonic()
    assert run() == list(range(many))
    clock = time.monotonic() - begun
    while len(cluster.scheduler.tasks) > 1:  # of the last round; the executor watches a future of its own
        time.sleep(0.01)
    return Spent(clock / many, (_processor(processes) - before) / many)


def _processor(processes: list[Any]) -> float:
    spent = [process.cpu_times() for process in processes]
    return float(sum(times.user + times.system for times in spent))


def table(name: str, many: int, rounds: int) -> str:
    """With what ``client.submit`` does or spends in relation: below one, it does more or spends less."""
    found = compared(name, many, rounds)
    base = found["client.submit"]
    lines = [
        f"| {name} tasks | tasks a second | beside client.submit | processor, ms a task | beside client.submit |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {who} | {1 / spent.clock:.0f} | {base.clock / spent.clock:.2f} "
        f"| {1000 * spent.processor:.2f} | {base.processor / spent.processor:.2f} |"
        for who, spent in found.items()
    ]
    return "\n".join(lines)
