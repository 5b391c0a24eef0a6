"""A simulated operating system for the pool: the code that decides, run where everything else is a value.

``Simulation(scope)`` is a transition system. A ``World`` is all there is at one moment: the futures, what the parent's
threads are at, what lies in each pipe, what each process does. ``successors`` says what can happen next. Nothing waits,
nothing is hidden, and equal worlds are equal values, so a world can be kept, compared, and gone on from twice.
"""

from __future__ import annotations

from checkedpool.testing.schedules.campaigns import Failure, Report, campaign, rerun
from checkedpool.testing.schedules.run import Choose, Run, SimulatedPlatform, play, replay
from checkedpool.testing.schedules.schedule import MalformedError, Schedule
from checkedpool.testing.schedules.strategies import STRATEGIES, Plan
from checkedpool.testing.schedules.trial import NotPossibleError, Trial
from checkedpool.testing.simulated.catalogue import SCOPES
from checkedpool.testing.simulated.simulated_processes import Label, Successor
from checkedpool.testing.simulated.simulated_scope import (
    NOBODY,
    Budget,
    Call,
    Scope,
    Script,
    cancel,
    resize,
    shutdown,
    stop,
    submit,
)
from checkedpool.testing.simulated.simulation import Simulation, ask
from checkedpool.testing.simulated.world import (
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
    "KILLED", "NOBODY", "SCOPES", "STRATEGIES", "TERMINATED", "At", "Budget", "Call", "Choose", "Client", "End",
    "Failure", "Handed", "Label", "Lane", "MalformedError", "NotPossibleError", "Plan", "Report", "Run", "Schedule",
    "Scope", "Script", "SimulatedPlatform", "Simulation", "Stage", "Successor", "Task", "Trial", "Violation",
    "World", "ask", "campaign", "cancel", "play", "replay", "rerun", "resize", "shutdown", "stop", "submit",
]  # fmt: skip
