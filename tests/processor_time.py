"""Processor time of other processes.  Decides: whose counts.  Must not know: what it is measured for."""

import resource

__all__ = ["of_children"]


def of_children() -> float:
    """Seconds of processor time of this process's children that have ended and been waited for, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
