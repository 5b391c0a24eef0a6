"""How much memory this process has.  Is imported by workers whose memory is limited, and by who makes such a pool."""

from __future__ import annotations

import os
import sys

from checkedpool._os.system import File

PAGES = "/proc/self/statm"
"""Linux: of this process, in pages. The second number is what is in memory."""


def resident_memory() -> int:
    """Bytes of this process that are in memory now; NotImplementedError where the system does not say."""
    if sys.platform != "linux":  # pragma: no cover - not run
        raise NotImplementedError("this system has no /proc that says how much memory a process has")
    with File(PAGES) as file:
        return int(file.read(256).split()[1]) * os.sysconf("SC_PAGESIZE")
