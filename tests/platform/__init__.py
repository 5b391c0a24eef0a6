"""One suite of the platform's behaviour, run on the simulated world and on the real one under every start method.

A behaviour that the simulated system shows and the real one does not, or the other way round, fails here: what is
explored must be what there is.
"""
