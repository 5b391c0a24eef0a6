"""A simulated operating system for the pool: the code that decides, run where everything else is a value.

``Simulation(scope)`` is a transition system. A ``World`` is all there is at one moment: the futures, what the parent's
threads are at, what lies in each pipe, what each process does. ``successors`` says what can happen next. Nothing waits,
nothing is hidden, and equal worlds are equal values, so a world can be kept, compared, and gone on from twice.
"""

from __future__ import annotations

from checkedpool.testing.processes import Label, Successor
from checkedpool.testing.run import Choose, Run, SimulatedPlatform, play, replay
from checkedpool.testing.scope import NOBODY, Budget, Call, Scope, Script, cancel, shutdown, submit
from checkedpool.testing.simulation import Simulation, ask
from checkedpool.testing.world import (
    KILLED,
    TERMINATED,
    At,
    Client,
    End,
    Handed,
    Lane,
    Stage,
    Task,
    Violation,
    World,
)

__all__ = [
    "KILLED", "NOBODY", "TERMINATED", "At", "Budget", "Call", "Choose", "Client", "End", "Handed", "Label", "Lane",
    "Run", "Scope", "Script", "SimulatedPlatform", "Simulation", "Stage", "Successor", "Task", "Violation", "World",
    "ask", "cancel", "play", "replay", "shutdown", "submit",
]  # fmt: skip
