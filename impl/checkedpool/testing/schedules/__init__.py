"""Chosen schedules of the pool's code on the simulated system, as words that can be run again."""
