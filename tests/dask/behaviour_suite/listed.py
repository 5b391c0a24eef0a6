"""Which tests of the pool's suite are not asked of the executor on a cluster, each with its reason.

Decides: the list.  All others are asked that ask for a pool.  Must not know: how they are run.
"""

from __future__ import annotations

from pathlib import Path

SUITE = Path(__file__).parents[2] / "behaviour"

CLUSTERS = "the workers are the cluster's: it starts, counts, configures and replaces them"
NOT_THERE = "what the pool has beyond the standard executor, and the cluster's has not"
STOPPING = (
    "a begun task or a worker is ended, which DaskExecutor.local() alone can do with all of its workers (test_local)"
)
FORKED = "a child that the program forks has the engine's sockets, too: nobody has looked at that"
PARTS = "it looks into the pool's own parts"
PROGRAM = "its program makes a pool by itself; programs with a cluster are in test_local"
BY_VALUE = "what has no name in a module goes by value"
ONE_MACHINE = "it is about processes of one machine, or their exit codes and numbers"
SIGNALS = "tasks run in threads, which hear no signal"
AGAIN = (
    "the only worker dies again while it starts: the engine's nanny gives up (test_deaths, test_options ask it of two)"
)
LATER = "a word of the scheduler's may be under way"
DEATHS = (
    "each death takes seconds until another worker comes; test_deaths, test_lost, test_options and the audit ask it"
)
PICKLED_AGAIN = "it compares what pickle makes of errors, and the engine has changed that in this process"
CLASS = "it asks of the pool's class, which is made without a client"
SHARED = "two pools of one worker would be one worker here"

FILES = {
    **dict.fromkeys(
        ["arguments", "balance", "bounds", "early_deaths", "exit_handlers", "idle_workers", "initializer", "lending",
         "limits", "orphans", "reaping", "resize", "workers", "world"], CLUSTERS),
    **dict.fromkeys(
        ["forwarded_logs", "how_long", "listening", "memory_limit", "shutdown_within", "stacks", "stats",
         "stderr_tails", "time_limits", "trace"], NOT_THERE),
    **dict.fromkeys(["every_request", "stopping", "terminate"], STOPPING),
    **dict.fromkeys(["broken", "replace", "storm"], DEATHS),
    **dict.fromkeys(
        ["every_call_in_a_child", "fork", "fork_hooks", "fork_while_starting", "fork_while_waiting"], FORKED),
    **dict.fromkeys(["greenlets", "imports", "lesson", "readme"], PROGRAM),
    "every_refusal": PARTS,
    "finalizers": "an answer is handed to the engine before objects are destroyed, and written some time later",
    "interrupts": SIGNALS,
}  # fmt: skip
"""Of these nothing is asked."""

LEFT_OUT = {
    "test_cancel::test_a_task_sent_ahead_is_not_running": LATER,
    "test_cancel::test_a_task_that_a_worker_has_begun": LATER,
    "test_cancel::test_a_cancelled_future_calls_its_callbacks_in": "they run in a thread for user code, as others do",
    "test_every_exception::test_each_exception": PICKLED_AGAIN,
    "test_integration::test_it_can_be_subclassed": CLASS,
    "test_integration::test_asyncio_is_told": "the error is a BrokenCluster; test_lost asks its kind",
    "test_integration::test_the_names_that_others_read": PARTS,
    "test_integration::test_primitives_of_multiprocessing": CLUSTERS,
    "test_large::test_a_call_that_was_taken_back": ONE_MACHINE,
    "test_large::test_a_descriptor": ONE_MACHINE,
    "test_large::test_the_descriptors": ONE_MACHINE,
    "test_large::test_a_forked_child": FORKED,
    "test_large::test_a_worker_that_is_killed": DEATHS,
    "test_large::test_other_large_tasks": DEATHS,
    "test_large::test_a_pool_that_is_killed": STOPPING,
    "test_odd_callables::test_a_function_of_an_odd_module": BY_VALUE,
    "test_options::test_what_makes_no_sense_is_refused_when_the_view_is_made[cluster-options3": STOPPING,
    "test_options::test_a_view_of_a_users_subclass": CLASS,
    "test_options::test_cancel_stops": STOPPING,
    "test_options::test_a_view_of_a_view": STOPPING,
    "test_options::test_to_cancel_a_task_of_asyncio_stops": STOPPING,
    "test_options::test_a_map_that_is_closed_stops": STOPPING,
    "test_options::test_a_stopped_call": STOPPING,
    "test_parallel_use::test_nothing_": ONE_MACHINE,
    "test_parallel_use::test_a_signal_handler_may_submit": "its handler comes again while a cancel waits",
    "test_parallel_use::test_a_signal_handler_may_close_the_pool_under_a_submit[cluster-kill": STOPPING,
    "test_picklers::test_all_of_it_goes_through": CLUSTERS,
    "test_picklers::test_each_that_is_no_pickler": "test_picklers of tests/dask asks it",
    "test_picklers::test_what_no_module_has_arrives": CLUSTERS,
    "test_picklers::test_an_initializer": CLUSTERS,
    "test_picklers::test_a_program_without_a_file": PROGRAM,
    "test_pickling::test_a_death_while_pickling": ONE_MACHINE,
    "test_pickling::test_a_lambda_fails": BY_VALUE,
    "test_pickling::test_what_cannot_be_pickled_is_named": BY_VALUE,
    "test_pickling::test_deep_recursion": BY_VALUE,
    "test_priorities::test_the_highest": PARTS,
    "test_priorities::test_the_chunks": PARTS,
    "test_priorities::test_what_is_cancelled": PARTS,
    "test_priorities::test_a_further_attempt": PARTS,
    "test_priorities::test_a_trace": PARTS,
    "test_retries::test_a_call_that_was_not_accepted": CLUSTERS,
    "test_retries::test_when_all_attempts_have_failed": ONE_MACHINE,
    "test_retries::test_of_many_attempts": "what earlier attempts ended with is the pool's note (C-164)",
    "test_retries::test_no_two_attempts": STOPPING,
    "test_retries::test_exceptions_of_a_call_count": BY_VALUE,
    "test_retries::test_after_a_stronger_request": PARTS,
    "test_retries::test_what_its_caller_stops": STOPPING,
    "test_retries::test_its_stack": NOT_THERE,
    "test_retries::test_in_a_forked_child": FORKED,
    "test_retries::test_traces": PARTS,
    "test_retries::test_kills_at_random": PARTS,
    "test_retries::test_a_call_whose_worker_dies": AGAIN,
    "test_retries::test_a_drain_runs_all_attempts": AGAIN,
    "test_shutdown::test_a_wait_returns_when_all_has_ended_and_the_workers_are_gone": CLUSTERS,
    "test_shutdown::test_a_wait_for_another_pool": SHARED,
    "test_shutdown::test_a_pool_without_tasks": ONE_MACHINE,
    "test_shutdown::test_workers_leave": CLUSTERS,
    "test_wild_tasks::test_a_task_that_forks": "nothing ends the child that comes back into the engine's thread",
    "test_wild_tasks::test_a_program_that_outlives": ONE_MACHINE,
    "test_wild_tasks::test_a_map_of_what_cannot_be_pickled": BY_VALUE,
    "test_wild_tasks::test_a_task_that_closes": "a worker without descriptors does not end",
}
"""How the name of a test begins, its file in front of it."""


def files() -> list[str]:
    """Those of which anything is asked."""
    return [file.stem for file in sorted(SUITE.glob("test_*.py")) if file.stem.removeprefix("test_") not in FILES]


def why(file: str, test: str) -> str:
    """The reason for which it is left out; "" if it is asked."""
    return next((reason for begins, reason in LEFT_OUT.items() if f"{file}::{test}".startswith(begins)), "")
