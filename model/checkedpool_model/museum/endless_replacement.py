"""The replacement that never ends.

The initializer of `multiprocessing.Pool` fails in every worker: a file is missing, an import is wrong. The worker dies,
the pool starts another, which dies too. Nothing is stuck, and at any moment the next start might succeed; but whoever
waits for a result waits while processes come and go, as fast as the machine can start them.

Cure: Patience ends: after two starts in a row that came to nothing, the pool breaks and the futures end with an error.

Left out: All workers but one; workers that fail for another reason; how long a start takes. The cure is not
`multiprocessing`'s, which has none: `concurrent.futures` breaks the pool at the first failure.

Here: A death before the worker was ready counts as a failed start. When as many in a row as patience allows have come
to nothing and nobody is left to work, the pool breaks.
"""
# ruff: noqa: D103 - the names of conjuncts are sentences

from typing import Literal, NamedTuple

from checkedpool_model.checker.system import Fair
from checkedpool_model.museum.exhibit import Exhibit, Failure, told
from checkedpool_model.museum.table import changed, design, row

PATIENCE = 2


class Pool(NamedTuple):
    """A pool with one worker, and one task."""

    worker: Literal["nobody", "initializing", "ready", "dead"] = "nobody"
    failed: int = 0
    """How many starts in a row have come to nothing, if the pool counts them."""
    future: Literal["open", "done", "broken"] = "open"


def there_is_no_worker(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "nobody"


def worker_initializes(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "initializing"


def worker_is_ready(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "ready"


def worker_is_dead(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "dead"


def future_is_open(_k: None, s: Pool, _i: int) -> bool:
    return s.future == "open"


def patience_is_left(_k: None, s: Pool, _i: int) -> bool:
    return s.failed < PATIENCE


def patience_has_ended(_k: None, s: Pool, _i: int) -> bool:
    return s.failed == PATIENCE


def _starts(_k: None, s: Pool, _i: int) -> Pool:
    return s._replace(worker="initializing")


TABLE = (
    row("PoolStartsWorker", there_is_no_worker, future_is_open, then=_starts, to="worker"),
    row("WorkerFailsToInitialize", worker_initializes, then=lambda _k, s, _i: s._replace(worker="dead")),
    row("WorkerInitializes", worker_initializes, then=lambda _k, s, _i: s._replace(worker="ready"), fair=Fair.NONE),
    row("WorkerAnswers", worker_is_ready, future_is_open, then=lambda _k, s, _i: s._replace(future="done"), to="pool"),
    row("PoolBuriesWorker", worker_is_dead, then=lambda _k, s, _i: s._replace(worker="nobody")),
)

CURED = changed(
    TABLE,
    row("PoolStartsWorker", there_is_no_worker, future_is_open, patience_is_left, then=_starts, to="worker"),
    row("PoolBuriesWorker", worker_is_dead,
        then=lambda _k, s, _i: s._replace(worker="nobody", failed=min(s.failed + 1, PATIENCE))),
    row("PoolBreaks", there_is_no_worker, future_is_open, patience_has_ended,
        then=lambda _k, s, _i: s._replace(future="broken"), to="client"),
)  # fmt: skip


def future_has_ended(_k: None, s: Pool) -> bool:
    return s.future != "open"


EXHIBIT = Exhibit(
    name="endless-replacement",
    project="multiprocessing.Pool",
    versions="every version so far",
    seen="multiprocessing of CPython 3.13.0 started 93 workers in two seconds; 3.11.2 to 3.15.0 go on after three",
    links=("https://github.com/python/cpython/issues/87472",),
    words=told(__doc__),
    clauses=("P-52", "P-72", "P-73"),
    failure=Failure.LASSO,
    claim="it_comes_to_an_end",
    steps=3,
    broken=design("endless replacement", Pool(), TABLE, terminal=future_has_ended),
    broken_states=5,
    fixed=design("endless replacement, cured", Pool(), CURED, terminal=future_has_ended),
    fixed_states=12,
)
