"""How each row is measured: a function that opens a pool of a peer, drives it, and says what one unit of work cost.

A cost is seconds (or bytes) for one unit: for one task, one megabyte, one round trip. Only what the row is about is
within the clock, and a value is wrong or missing only with an exception: then nothing was measured.
"""
