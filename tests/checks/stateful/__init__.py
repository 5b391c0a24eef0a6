"""Hypothesis plays clients and the environment, on real processes and on the simulated system; the contract judges."""
