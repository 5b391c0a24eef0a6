"""Hypothesis plays clients and nature, on real processes and on the simulated system; the contract judges."""
