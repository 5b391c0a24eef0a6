"""The behaviour suite of the pool: one suite, for every start method, for this executor and the standard library's."""
