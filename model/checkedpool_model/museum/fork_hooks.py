"""Two threads fork at the same moment.

Libraries register hooks that run before a fork and take their locks, so that the child gets them in a known state; the
latest registered runs first. One of checkedpool's own threads started a worker. It took the lock of its registry, to
note what the child keeps, and forked with the lock held. The hooks went on to the thread pool's lock. In another
thread the user forked: the hooks took the thread pool's lock first and then wanted the registry's. Each had what the
other wanted.

Cure: What the child keeps is noted by thread, without the lock; both threads take the locks in the hooks' order.

Left out: The children; the hooks after the fork; that the registry's lock may be taken twice by one thread; every other
library. As a last resort the real cure also goes on without the lock after some seconds.

Here: This one was ours, found by the first run of the whole suite on a fast machine. A hook at fork is a lock order
shared with everybody. The protocol says nothing of forks; the diary of divergences has the whole story.
"""
# ruff: noqa: D103 - the names of conjuncts are sentences

from typing import Literal, NamedTuple

from checkedpool_model.museum.exhibit import Exhibit, Failure, told
from checkedpool_model.museum.table import changed, design, row

Thread = Literal["wants to fork", "has the registry", "has the thread pool", "has both", "has forked"]
Owner = Literal["nobody", "starter", "user"]


class Process(NamedTuple):
    """Two threads that want to fork, and two locks."""

    starter: Thread = "wants to fork"
    user: Thread = "wants to fork"
    registry: Owner = "nobody"
    thread_pool: Owner = "nobody"


def starter_wants_to_fork(_k: None, s: Process, _i: int) -> bool:
    return s.starter == "wants to fork"


def starter_has_the_registry(_k: None, s: Process, _i: int) -> bool:
    return s.starter == "has the registry"


def starter_has_the_thread_pool(_k: None, s: Process, _i: int) -> bool:
    return s.starter == "has the thread pool"


def starter_has_both(_k: None, s: Process, _i: int) -> bool:
    return s.starter == "has both"


def user_wants_to_fork(_k: None, s: Process, _i: int) -> bool:
    return s.user == "wants to fork"


def user_has_the_thread_pool(_k: None, s: Process, _i: int) -> bool:
    return s.user == "has the thread pool"


def user_has_both(_k: None, s: Process, _i: int) -> bool:
    return s.user == "has both"


def registry_is_free(_k: None, s: Process, _i: int) -> bool:
    return s.registry == "nobody"


def thread_pool_is_free(_k: None, s: Process, _i: int) -> bool:
    return s.thread_pool == "nobody"


TABLE = (
    row("StarterTakesRegistry", starter_wants_to_fork, registry_is_free,
        then=lambda _k, s, _i: s._replace(starter="has the registry", registry="starter")),
    row("StarterTakesThreadPool", starter_has_the_registry, thread_pool_is_free,
        then=lambda _k, s, _i: s._replace(starter="has both", thread_pool="starter")),
    row("StarterForks", starter_has_both,
        then=lambda _k, s, _i: s._replace(starter="has forked", registry="nobody", thread_pool="nobody")),
    row("UserTakesThreadPool", user_wants_to_fork, thread_pool_is_free,
        then=lambda _k, s, _i: s._replace(user="has the thread pool", thread_pool="user")),
    row("UserTakesRegistry", user_has_the_thread_pool, registry_is_free,
        then=lambda _k, s, _i: s._replace(user="has both", registry="user")),
    row("UserForks", user_has_both,
        then=lambda _k, s, _i: s._replace(user="has forked", registry="nobody", thread_pool="nobody")),
)  # fmt: skip

CURED = changed(
    TABLE,
    row("StarterTakesThreadPool", starter_wants_to_fork, thread_pool_is_free,
        then=lambda _k, s, _i: s._replace(starter="has the thread pool", thread_pool="starter")),
    row("StarterTakesRegistry", starter_has_the_thread_pool, registry_is_free,
        then=lambda _k, s, _i: s._replace(starter="has both", registry="starter")),
)  # fmt: skip


def both_have_forked(_k: None, s: Process) -> bool:
    return s.starter == s.user == "has forked"


EXHIBIT = Exhibit(
    name="fork-hooks",
    project="checkedpool",
    versions="for some hours before 0.1.0",
    seen="checkedpool hung; `tests/shell/test_ends.py` now fails if it comes back",
    links=("docs/divergences.md",),
    words=told(__doc__),
    clauses=(),
    failure=Failure.DEADLOCK,
    claim="no_deadlock",
    steps=2,
    broken=design("fork hooks", Process(), TABLE, terminal=both_have_forked),
    broken_states=13,
    fixed=design("fork hooks, cured", Process(), CURED, terminal=both_have_forked),
    fixed_states=12,
)
