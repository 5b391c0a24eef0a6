"""Faults in real workers, aimed at points of their life: the public names of the fault plan.

``ProcessPoolExecutor(trace=Planned("directory", [Fault(0, "RUN", "inside")]))`` kills worker 0 in the middle of its
first task.  How a fault is injected, ``checkedpool._trace.fault_points`` decides.
"""

from __future__ import annotations

from checkedpool._trace.fault_points import HOW, MOMENTS, Fault, Planned

__all__ = ["HOW", "MOMENTS", "Fault", "Planned"]
