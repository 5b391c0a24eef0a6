"""The break that stumbled.

A worker has died, and the manager breaks the pool: it goes through the pending futures and ends each with an error. One
of them was cancelled by its user, who need not ask anybody for that. Ending a cancelled future raises
InvalidStateError, nobody expects it there, and the manager dies of it: the futures that come later in the list never
end, and the other workers are never told to go.

Cure: The manager lets the error pass and goes on with the next future. Asking first would not do: the user may cancel
between the question and the deed.

Left out: All futures but one that may be cancelled and one after it; the workers that are still alive; tasks that run.

Here: A future is ended by whoever has claimed its task. The manager that fails to claim one forgets it: somebody else
has ended it, or will.
"""
# ruff: noqa: D103 - the names of conjuncts are sentences

from typing import Literal, NamedTuple

from checkedpool_model.checker.system import Always, Fair, LeadsTo
from checkedpool_model.museum.exhibit import Exhibit, Failure, told
from checkedpool_model.museum.table import changed, design, row


class Pool(NamedTuple):
    """Two pending futures and a worker."""

    worker: Literal["is alive", "is dead"] = "is alive"
    manager: Literal["waits", "breaks the first", "breaks the second", "has ended", "has died"] = "waits"
    first: Literal["pending", "cancelled", "broken"] = "pending"
    second: Literal["pending", "broken"] = "pending"


def worker_is_alive(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "is alive"


def worker_is_dead(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "is dead"


def first_is_pending(_k: None, s: Pool, _i: int) -> bool:
    return s.first == "pending"


def first_is_cancelled(_k: None, s: Pool, _i: int) -> bool:
    return s.first == "cancelled"


def manager_waits(_k: None, s: Pool, _i: int) -> bool:
    return s.manager == "waits"


def manager_breaks_the_first(_k: None, s: Pool, _i: int) -> bool:
    return s.manager == "breaks the first"


def manager_breaks_the_second(_k: None, s: Pool, _i: int) -> bool:
    return s.manager == "breaks the second"


TABLE = (
    row("ClientCancelsFirst", first_is_pending, then=lambda _k, s, _i: s._replace(first="cancelled"), fair=Fair.NONE),
    row("KillerKillsWorker", worker_is_alive, then=lambda _k, s, _i: s._replace(worker="is dead"), to="worker",
        fair=Fair.NONE),
    row("ManagerSeesDeath", manager_waits, worker_is_dead,
        then=lambda _k, s, _i: s._replace(manager="breaks the first")),
    row("ManagerBreaksFirst", manager_breaks_the_first, first_is_pending, to="client",
        then=lambda _k, s, _i: s._replace(manager="breaks the second", first="broken")),
    row("ManagerStumbles", manager_breaks_the_first, first_is_cancelled,
        then=lambda _k, s, _i: s._replace(manager="has died")),
    row("ManagerBreaksSecond", manager_breaks_the_second, to="client",
        then=lambda _k, s, _i: s._replace(manager="has ended", second="broken")),
)  # fmt: skip

CURED = changed(
    TABLE,
    row("ManagerPassesFirst", manager_breaks_the_first, first_is_cancelled,
        then=lambda _k, s, _i: s._replace(manager="breaks the second")),
    without=["ManagerStumbles"],
)  # fmt: skip


def manager_has_gone(_k: None, s: Pool) -> bool:
    return s.manager in {"has ended", "has died"}


def pool_works_or_has_gone(_k: None, s: Pool) -> bool:
    return s.worker == "is alive" or manager_has_gone(None, s)


def no_future_is_lost(_k: None, s: Pool) -> bool:
    return not manager_has_gone(None, s) or s.second == "broken"


NO_FUTURE_IS_LOST = Always("no_future_is_lost", no_future_is_lost, manager_has_gone)


def worker_has_died(_k: None, s: Pool) -> bool:
    return s.worker == "is dead"


def second_has_ended(_k: None, s: Pool) -> bool:
    return s.second == "broken"


A_DEATH_IS_TOLD = LeadsTo("a_death_is_told", worker_has_died, second_has_ended)

EXHIBIT = Exhibit(
    name="stumbling-break",
    project="concurrent.futures",
    versions="3.8 to 3.11; cured in 3.12, never in 3.11",
    seen="CPython 3.11.2 and 3.11.7 hang, 3.12.1 and later ones do not",
    links=("https://github.com/python/cpython/issues/107219", "https://github.com/python/cpython/pull/108974"),
    words=told(__doc__),
    clauses=("P-06", "P-43", "P-73"),
    failure=Failure.LOST_FUTURE,
    claim="no_future_is_lost",
    steps=4,
    broken=design(
        "stumbling break", Pool(), TABLE, NO_FUTURE_IS_LOST, A_DEATH_IS_TOLD, terminal=pool_works_or_has_gone
    ),
    broken_states=9,
    fixed=design(
        "stumbling break, cured", Pool(), CURED, NO_FUTURE_IS_LOST, A_DEATH_IS_TOLD, terminal=pool_works_or_has_gone
    ),
    fixed_states=10,
)
