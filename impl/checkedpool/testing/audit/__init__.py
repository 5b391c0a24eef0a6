"""The audit kit: what an executor does, held against the contract machine.

Decides: the public names.  ``check`` judges a history, ``Checker`` does so event by event, ``audit`` makes histories of
any executor class; ``checkedpool audit MODULE:CLASS`` is the last on the command line.  Must not know, in any of its
modules: the executor of this project, which is audited like any other.
"""

from checkedpool.testing.audit.auditing import Audit, audit
from checkedpool.testing.audit.judge.check import Checker, Difference, TooManyError, check
from checkedpool.testing.audit.judge.events import Call, Event, Kind, Log, Work
from checkedpool.testing.audit.run.child import NoExecutorError
from checkedpool.testing.audit.run.generate import scenarios
from checkedpool.testing.audit.run.rounds import Finding, Options, Round, Verdict
from checkedpool.testing.audit.run.scenario import Scenario

__all__ = [
    "Audit",
    "Call",
    "Checker",
    "Difference",
    "Event",
    "Finding",
    "Kind",
    "Log",
    "NoExecutorError",
    "Options",
    "Round",
    "Scenario",
    "TooManyError",
    "Verdict",
    "Work",
    "audit",
    "check",
    "scenarios",
]
