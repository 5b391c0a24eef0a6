"""The simulated operating system: that it is deterministic, and runs the loop that the pool runs."""
