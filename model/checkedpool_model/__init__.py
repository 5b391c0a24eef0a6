"""The protocol model: executor, manager, workers, environment as guarded actions, and the checker that explores them.

Decides how a caller's contract is kept, as a relation. Must not import the implementation: the two share words only.
"""
