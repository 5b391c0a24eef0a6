"""How fast the pool is beside every peer: `make bench`, or `python -m tests.bench` with the extra `bench`.

Decides: nothing; the parts are
  rows         what is measured, one line each: a workload with its numbers
  workloads/   how it is measured: a pool is driven, a cost comes back
  tasks, gate  what runs in the workers, and what holds it there until the parent says so
  peers        every pool behind one face
  refusals     which pool cannot do which row, and why
  measure      one measurement; the program that a fresh interpreter runs
  launch       starts that program, for a limited time, and lets nothing outlive it
  rounds       who is measured when
  arithmetic   medians, ratios, spreads
  results      the measured costs by row and peer
  targets      what was asked for (targets.toml), and whether it was reached
  machine      where and with what it was measured
  report, document, pictures  how it is shown: in the terminal, in Markdown, as pictures
  main         the command line, and the exit status
Must not know: how any pool works.
"""
