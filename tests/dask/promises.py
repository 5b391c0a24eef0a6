"""Which clauses of the contract hold on a cluster: the list, and the table of the page that is made of it.

Decides: the verdict on each clause, and how the table reads.  Must not know: how a test asks.

``python -m tests.dask.promises --write`` makes the table of ``docs/cluster.md`` again.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "cluster.md"
BEGIN, END = "<!-- the table begins: python -m tests.dask.promises --write -->", "<!-- the table ends -->"

HOLDS, LATER, CANNOT, UNASKED = "holds", "with a round trip or a delay", "cannot", "not asked"
"""The first two are asked by tests of this folder; of the last nobody has looked on a cluster whether it holds."""

WORKERS = "the workers are the cluster's: it starts, counts, configures and replaces them"
STOPPING = "a begun task on a cluster is not stopped: NotImplementedError"
REFUSED = "a begun task on a cluster is not stopped: ValueError by `with_options()`, with what to do instead"
ONE_MACHINE = "it is about processes of one machine"
OWN = "`DaskExecutor.local()` only; else NotImplementedError, since the workers may run tasks of others"

CLAUSES: dict[str, tuple[str, str]] = {
    "C-01": (HOLDS, "of a lost connection by a BrokenCluster that says `ran=None`: nobody knows"),
    "C-02": (HOLDS, "the answer comes over the scheduler"),
    "C-03": (HOLDS, "the scheduler grants each ticket once; what the engine starts again is refused"),
    "C-04": (LATER, "the word that a task has begun is a message from the scheduler"),
    "C-05": (LATER, "`cancel()` asks the scheduler and waits; in the client's event loop it cannot, and says False"),
    "C-06": (HOLDS, ""),
    "C-07": (HOLDS, ""),
    "C-08": (HOLDS, ""),
    "C-09": (LATER, "callbacks of a future that was cancelled run in a thread for user code, perhaps after `cancel()`"),
    "C-10": (HOLDS, ""),
    "C-11": (HOLDS, ""),
    "C-12": (HOLDS, "another thread is started beside a callback that blocks, 50 ms later"),
    "C-13": (HOLDS, ""),
    "C-14": (HOLDS, "to cancel the asyncio future blocks its loop for a round trip"),
    "C-15": (HOLDS, "`key`, `workers`, `retries`, `priority` and `pure` reach the function"),
    "C-16": (UNASKED, "`submit()` waits for no answer of the scheduler"),
    "C-19": (CANNOT, "there is no budget: all is pickled in `submit()`, by value where a name does not do"),
    "C-20": (HOLDS, ""),
    "C-21": (CANNOT, "a finalizer that cancels in the thread of the client's event loop does not learn the answer"),
    "C-22": (HOLDS, "whoever asks gets the first ticket that is at the scheduler"),
    "C-23": (CANNOT, "the engine sends what asks for tickets in its own time"),
    "C-24": (HOLDS, ""),
    "C-25": (HOLDS, ""),
    "C-26": (HOLDS, ""),
    "C-27": (HOLDS, ""),
    "C-28": (HOLDS, ""),
    "C-29": (HOLDS, ""),
    "C-30": (HOLDS, ""),
    "C-31": (HOLDS, ""),
    "C-33": (HOLDS, ""),
    "C-34": (HOLDS, ""),
    "C-35": (HOLDS, ""),
    "C-36": (CANNOT, "tasks run in threads of the engine's worker, which hear no signal; SIGINT ends that worker"),
    "C-37": (HOLDS, ""),
    "C-38": (HOLDS, ""),
    "C-39": (HOLDS, ""),
    "C-41": (HOLDS, ""),
    "C-43": (HOLDS, ""),
    "C-44": (HOLDS, ""),
    "C-45": (HOLDS, ""),
    "C-46": (LATER, "the scheduler decides which tasks have not begun"),
    "C-47": (HOLDS, ""),
    "C-48": (HOLDS, "of the workers only those of `DaskExecutor.local()` are gone then"),
    "C-49": (HOLDS, ""),
    "C-50": (CANNOT, "nothing bounds the time in which a cluster comes to its end"),
    "C-51": (CANNOT, "`DaskExecutor.local()` starts its cluster at once"),
    "C-53": (CANNOT, "`terminate_workers()` kills at once: the engine may take SIGTERM for a wish to finish"),
    "C-54": (HOLDS, OWN),
    "C-55": (HOLDS, OWN),
    "C-56": (HOLDS, OWN),
    "C-57": (UNASKED, OWN),
    "C-58": (HOLDS, OWN),
    "C-59": (HOLDS, ""),
    "C-60": (HOLDS, ""),
    "C-61": (HOLDS, ""),
    "C-62": (HOLDS, ""),
    "C-63": (CANNOT, WORKERS),
    "C-64": (CANNOT, WORKERS),
    "C-65": (HOLDS, "of its own arguments"),
    **{f"C-{number}": (CANNOT, WORKERS) for number in range(66, 77)},
    "C-77": (CANNOT, "a worker is dead when the scheduler says so: its connection ended, or it was silent too long"),
    "C-78": (LATER, "an answer counts that has come to the scheduler; one that is lost with its worker is a death"),
    "C-79": (LATER, "an answer is some milliseconds under way; one that is lost with its worker is blamed on it, too"),
    "C-80": (CANNOT, "`worker` is its address; `pid` and `exitcode` are None; `ran` may be None, too"),
    "C-81": (HOLDS, ""),
    "C-82": (LATER, "no worker is terminated: what runs elsewhere runs on, and nobody gets its answer"),
    "C-83": (HOLDS, ""),
    "C-84": (LATER, "this is the default; another worker comes if the cluster starts one"),
    "C-85": (CANNOT, WORKERS),
    "C-86": (CANNOT, WORKERS),
    "C-87": (HOLDS, "BrokenCluster is a BrokenProcessPool"),
    "C-95": (CANNOT, ONE_MACHINE),
    "C-96": (HOLDS, "of the executor; threads of the engine stay, as it leaves them"),
    "C-97": (CANNOT, "the cluster's workers outlive its clients; tasks of a lost client do not begin any more"),
    "C-98": (HOLDS, "at the scheduler neither"),
    "C-99": (CANNOT, "the engine's processes say now and then that they are there"),
    "C-100": (HOLDS, "the client writes what it sends and hears, and no worker does; CHECKEDPOOL_TRACE has no say"),
    "C-101": (HOLDS, ""),
    "C-102": (CANNOT, ONE_MACHINE),
    "C-103": (CANNOT, "an answer is handed to the engine before objects are destroyed, and written some time later"),
    "C-104": (CANNOT, WORKERS),
    "C-106": (CANNOT, "the engine has an event loop in a thread"),
    "C-107": (HOLDS, ""),
    "C-108": (HOLDS, ""),
    "C-109": (HOLDS, "of the time-outs that there are"),
    **{f"C-{number}": (CANNOT, STOPPING) for number in range(111, 115)},
    "C-115": (HOLDS, ""),
    "C-116": (CANNOT, "no cluster tells an exit code"),
    "C-117": (HOLDS, "`retries`, `retry_on` and `priority`; the other options are a ValueError"),
    "C-118": (CANNOT, REFUSED),
    "C-128": (HOLDS, ""),
    "C-129": (HOLDS, ""),
    "C-132": (CANNOT, REFUSED),
    "C-133": (HOLDS, "there is no initializer; threads of one worker share the pickler, which comes with each task"),
    "C-134": (HOLDS, "without it, too; what multiprocessing alone can send reaches no other machine"),
    "C-149": (HOLDS, "a silent worker has ended for the scheduler, and may still run the attempt before"),
    "C-150": (HOLDS, ""),
    "C-156": (HOLDS, "among the tasks of one executor; between executors and others the engine decides who asks first"),
    "C-157": (HOLDS, "none is ahead of a worker before it begins; a task waits once its ticket is at the scheduler"),
    "C-160": (CANNOT, WORKERS),
    "C-161": (CANNOT, WORKERS),
    "C-162": (CANNOT, WORKERS),
    "C-163": (CANNOT, "`seconds` is None: of a task that was lost the client does not know when it began"),
    "C-164": (CANNOT, "an error does not tell of the attempts before its own"),
    "C-165": (CANNOT, ONE_MACHINE),
    "C-166": (CANNOT, "no cluster tells of a signal"),
    "C-167": (CANNOT, WORKERS),
}  # fmt: skip
"""Verdict and remark.  A clause of the contract that is not here has not been asked on a cluster."""


def table() -> str:
    """Neighbours of one verdict and one remark are one row."""
    rows: list[tuple[list[str], str, str]] = []
    for clause, (verdict, remark) in CLAUSES.items():
        if rows and rows[-1][1:] == (verdict, remark) and _number(rows[-1][0][-1]) + 1 == _number(clause):
            rows[-1][0].append(clause)
        else:
            rows.append(([clause], verdict, remark))
    lines = [f"| {_named(clauses)} | {verdict} | {remark} |" for clauses, verdict, remark in rows]
    return "\n".join(["| clause | verdict | remark |", "| --- | --- | --- |", *lines])


def _number(clause: str) -> int:
    return int(clause.removeprefix("C-"))


def _named(clauses: list[str]) -> str:
    return clauses[0] if len(clauses) == 1 else f"{clauses[0]} to {clauses[-1]}"


def with_table(page: str) -> str:
    """The page with this table in it."""
    return re.sub(f"{re.escape(BEGIN)}.*{re.escape(END)}", f"{BEGIN}\n\n{table()}\n\n{END}", page, flags=re.DOTALL)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="into the page")
    if parser.parse_args().write:
        PAGE.write_text(with_table(PAGE.read_text()))
    else:
        print(table())  # noqa: T201 - that is what it is for
