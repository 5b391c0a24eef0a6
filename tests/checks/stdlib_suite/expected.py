"""Decides: which of CPython's tests may be skipped, or may say nothing about our executor, and why.

A test that is skipped although it is not listed here fails the run: a suite that skips everything would pass.
Must not know: how the tests are run.
"""

from fnmatch import fnmatchcase

#: Skipped by CPython itself: pattern -> reason.
MAY_SKIP = {
    "test_process_pool.*.test_max_workers_too_large": "about Windows' limit of handles only",
    "test_process_pool.ProcessPoolForkP*.test_idle_process_reuse_one": "fork starts all workers at once",
    "test_process_pool.ProcessPoolForkP*.test_idle_process_reuse_multiple": "fork starts all workers at once",
    "test_process_pool.ProcessPoolForkP*.test_max_tasks_early_shutdown": "fork knows no limit of tasks per worker",
    **{  # of 3.14 and 3.15
        f"{test[0]}.ProcessPoolForkP*.{test[1]}": "fork knows no limit of tasks per worker"
        for test in (
            ("test_process_pool", "test_max_tasks_per_child_pending_tasks_gh115634"),
            ("test_process_pool", "test_shutdown_no_wait_max_tasks_gh119592"),
            ("test_process_pool", "test_gc_during_max_tasks_worker_exit_gh152967"),
            ("test_process_pool", "test_force_shutdown_during_max_tasks_worker_exit"),
            ("test_process_pool", "test_failed_worker_replacement_breaks_pool"),
            ("test_shutdown", "test_shutdown_gh_132969_case_[12]"),
        )
    },
    "test_shutdown.*.test_hang_gh83386": "CPython skips it for process pools until 2026; its script lacks an import",
}

#: Passes without building our executor: pattern -> reason. No such test is known.
MAY_BE_VACUOUS: dict[str, str] = {}


def reason_for(test: str, table: dict[str, str]) -> str:
    """Why this test is in the table; empty if it is not."""
    return next((reason for pattern, reason in table.items() if fnmatchcase(test, pattern)), "")
