"""The audit of an executor, whole: the rounds, the verdict and the report.

Decides: that an audit is true if the executor agrees, and that its text is the report: ``assert done, str(done)``
shows it.  Must not know: how rounds are made, nor how a report reads.
"""

from collections.abc import Sequence

from checkedpool.testing.audit.run.rounds import Options, Rounds, Say, Verdict, run
from checkedpool.testing.audit.run.scenario import Scenario
from checkedpool.testing.audit.show import report

__all__ = ["Audit", "audit"]


class Audit(Rounds):
    """All rounds; true if no history left the contract and none came to nothing."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return self.verdict is Verdict.AGREES

    def __str__(self) -> str:
        return report.text(self)

    def __repr__(self) -> str:
        return f"<Audit of {report.head(self)}; str() is the report>"


def audit(options: Options, wanted: Sequence[Scenario], say: Say = lambda *_: None) -> Audit:
    """Run the scenarios; NoExecutorError, in one line, if there is nothing to run them on."""
    done = run(options, wanted, say)
    return Audit(done.options, done.rounds, done.seconds)
