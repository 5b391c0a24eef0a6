"""The two tickets that are no task's: workers know them too, who know nothing else of the manager.  Decides nothing."""

from __future__ import annotations

MARK = 254
"""Read all frames up to the next marked one."""
LEAVE = 255
"""Run the exit handlers and go."""
