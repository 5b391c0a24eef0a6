"""What an executor can do: which parts of a plan make sense for it.

The full profile is the contract of this project. The standard one leaves out what is known to hang or break the
standard library's executor, so that the stress itself can be tried on a second, independent implementation.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from tests.checks.stress.plan import Closing, Hook, Method, Policy, Work


@dataclass(frozen=True)
class Profile:
    """What may be planned, and how strictly it is judged."""

    name: str
    works: frozenset[Work]
    hooks: frozenset[Hook]
    closings: frozenset[Closing]
    policies: frozenset[Policy]
    methods: frozenset[Method]
    limited: bool  # max_tasks_per_child is sound
    strikes: bool  # workers may be killed from outside
    crowds: bool  # several threads may close the pool, waiters may meet cancelled futures, the user forks and reaps
    strict: bool  # errors cost one task each; shutdown(wait=True) always waits; deaths are blamed


FULL = Profile(
    name="full",
    works=frozenset(Work),
    hooks=frozenset(Hook),
    closings=frozenset(Closing),
    policies=frozenset(Policy),
    methods=frozenset(Method),
    limited=True,
    strikes=True,
    crowds=True,
    strict=True,
)

STANDARD = Profile(
    name="standard",
    works=frozenset(Work)
    - {
        Work.STUBBORN,
        Work.EXCEPTION_UNBUILDABLE,
        Work.ARGUMENT_UNLOADABLE,
        Work.RESULT_UNLOADABLE,
        Work.GRANDCHILD,
        Work.HUGE_ARGUMENT,
        Work.POOL_INSIDE,
        Work.ORPHANS,
    },
    hooks=frozenset({Hook.NOTHING, Hook.RAISES}),
    closings=frozenset({Closing.DRAIN, Closing.DRAIN_WAIT, Closing.CONTEXT, Closing.DROP}),
    policies=frozenset({Policy.BREAK}),
    methods=frozenset(Method),
    limited=False,
    strikes=False,
    crowds=False,
    strict=False,
)


def load(executor: str) -> Callable[..., object]:
    """The executor class named `module:attribute`."""
    module, _, attribute = executor.partition(":")
    found = getattr(import_module(module), attribute)
    if not callable(found):
        message = f"{executor} is not a class"
        raise TypeError(message)
    return found  # type: ignore[no-any-return]


def profile_of(executor: Callable[..., object]) -> Profile:
    """Full for an executor with death policies, standard for any other."""
    return FULL if "on_worker_death" in inspect.signature(executor).parameters else STANDARD
