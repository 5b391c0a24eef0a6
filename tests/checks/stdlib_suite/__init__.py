"""CPython's own process-pool tests, run against our executor: `make stdlib-suite`.

Decides: nothing; the parts are
  main          the command: finds an interpreter, runs every test, compares with the list of known deviations
  interpreters  which interpreter has the tests, and the throw-away environment in which our class takes the name
  launch        one test in one process of its own: limit, stacks of a hang, what it left behind
  trail         what a test's processes wrote down: was our class built, was the standard one
  deviations    reads the list of tests that are known not to pass
  expected      tests that may be skipped, with reasons
  verdict       what a run of a test is worth, compared with the list in both directions
  report        how it is said
  inside/       the only code that runs in the tested interpreters
Must not know: how the executor works.
"""
