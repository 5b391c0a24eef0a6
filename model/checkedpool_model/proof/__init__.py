"""The ticket protocol for any number of tasks, lanes and clients: an inductive invariant, discharged by two solvers.

Decides: nothing; the reader begins with ``system`` (what exists, what can happen), then ``conjuncts`` (the invariant
and the claims), then ``discharge`` (what is asked of the solvers) and ``tie`` (that the model's steps are this
system's). Must not know: any scope's numbers; every condition speaks of worlds of every size.
"""
