"""A simulated operating system on which the pool's own machines run, a step at a time."""
