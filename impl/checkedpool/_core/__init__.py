"""The pure machines: what the pool's actors decide.  No I/O, no clock, no chance; those arrive as events."""
