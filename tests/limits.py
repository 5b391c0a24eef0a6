"""How long a test waits before it calls a wait a hang.

Decides: seconds. They are generous, since a machine may do much else: a wait that ends in time costs nothing, and a
limit that is met only says how slow the machine is. Whoever expects hangs, as those do who break the pool on purpose,
asks for shorter ones by the environment. Must not know: who waits for what.
"""

import os

HANG = float(os.environ.get("CHECKEDPOOL_HANG", "60"))
"""After so long a single wait is a hang."""
TEST = 3 * HANG
"""So long a test may take; one may say otherwise by the marker `timeout`."""
SLOW_TEST = 4 * TEST
"""So long one may take that is marked `slow`."""
