"""CPython's own executor tests, run on a cluster: ``python -m tests.dask.stdlib_suite``.

Decides: nothing; the parts are
  __main__  the command: finds an interpreter that has the tests and can import the engine, runs them, judges
  listed    which of CPython's tests are asked, which are left out, and why; what a run of them is worth
  inside    runs in that interpreter: a cluster of two workers, and every test that is asked, on it
  startup   by which name a script that a test starts finds the executor
Must not know: how the executor works.  What it has in common with the pool's suite is in tests/checks/stdlib_suite.
"""
