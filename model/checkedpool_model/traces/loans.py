"""What the manager has lent, what clients have issued by themselves, what it recalled: one story, told by two threads.

Decides: which issue of a client belongs to which ``Lend``, and what of it cannot be. Must not know: the protocol's
states and steps.

The two write their lines one after the other: where the pool's own process was killed, or a call was interrupted, the
client's line may be missing; where it was killed, the manager's last line too.
"""

from dataclasses import dataclass

from checkedpool_model.traces.reading import Call, DivergedError, Facts, outcomes
from checkedpool_spec.trace import E
from checkedpool_spec.trace_files import Line

__all__ = ["Loan", "Loans", "loans_of", "used_at"]


@dataclass(slots=True)
class Loan:
    """One worker that was lent."""

    lane: int
    seq: int
    begins: int
    """When it may have been used first."""
    look: Line | None = None
    """At which it was recalled."""
    used: int | None = None
    """The task that was issued."""
    issue: Line | None = None
    """What its client says of that; None where it cannot say it any more."""

    @property
    def told(self) -> Line | None:
        """The line that says that it was used."""
        return None if self.used is None else self.issue or self.look

    @property
    def over(self) -> int | None:
        """When the task was issued at the latest."""
        return min((line.after for line in (self.issue, self.look) if line is not None), default=None)


@dataclass(frozen=True, slots=True)
class Loans:
    """All of a trace."""

    by_line: dict[int, Loan]
    """By the identity of the line in which it was lent."""
    late: Loan | None
    """One that was used and whose ``Lend`` is not written any more."""


def used_at(look: Line) -> int | None:
    """The task that the manager finds issued at this look."""
    return next((outcome.optional("used") for outcome in outcomes(look) if outcome.text("is") == "Recalled"), None)


def loans_of(facts: Facts) -> Loans:
    """The loans, or DivergedError where manager and clients contradict each other."""
    by_line: dict[int, Loan] = {}
    out: Loan | None = None
    issues = {part.number("task"): part for call in facts.calls for part in call.parts if part.e is E.ISSUE}
    posts = {call.post.number("number"): call for call in facts.calls if call.does == "submit" and call.post}
    for each in facts.rounds:
        _recall(facts, each.look, out, issues, posts)
        out = None
        for line in each.ops:
            op = line.node("op")
            if op.text("is") == "Lend":
                if out is not None:
                    raise DivergedError(line.where, f"lane {out.lane} is lent already")
                by_line[id(line)] = out = Loan(op.number("lane"), op.number("seq"), line.before)
            elif out is not None and op.optional("lane") == out.lane:
                raise DivergedError(line.where, f"the manager has lent lane {out.lane} and has not recalled it")
    return Loans(by_line, _not_recalled(facts, out, issues))


def _recall(facts: Facts, look: Line, out: Loan | None, issues: dict[int, Line], posts: dict[int, Call]) -> None:
    """The manager recalls what is lent whenever it wakes up, and nothing else; what was issued is its first message."""
    lanes = [outcome.number("lane") for outcome in outcomes(look) if outcome.text("is") == "Recalled"]
    if lanes != ([] if out is None else [out.lane]):
        lent = "nothing is" if out is None else f"lane {out.lane} is"
        raise DivergedError(look.where, f"the manager recalls lanes {lanes}, and {lent} lent")
    if out is None:
        return
    out.look, out.used = look, used_at(look)
    if out.used is None:
        return
    first, following = look.numbers("messages")
    post = facts.posts.get(first) if first < following else None
    if post is None or (post.text("what"), post.optional("number")) != ("Submitted", out.used) or post.flag("deferred"):
        raise DivergedError(look.where, f"task {out.used} was issued by its client, and is not the first in the inbox")
    out.issue = issues.pop(out.used, None)
    if out.issue is not None:
        _check_issue(out, out.issue)
    elif out.used not in posts or posts[out.used].came not in ("", "thrown out", "failed"):
        raise DivergedError(look.where, f"the manager finds task {out.used} issued, and its client has not issued it")


def _check_issue(loan: Loan, issue: Line) -> None:
    """It is of this worker, under this number, and from the time when that was lent."""
    if (issue.number("lane"), issue.number("ticket")) != (loan.lane, loan.seq):
        raise DivergedError(issue.where, f"what is lent is lane {loan.lane}, for ticket {loan.seq}")
    if issue.before < loan.begins or (loan.look is not None and issue.before > loan.look.after):
        raise DivergedError(issue.where, f"lane {loan.lane} is not lent at this time")


def _not_recalled(facts: Facts, out: Loan | None, issues: dict[int, Line]) -> Loan | None:
    """What was issued and is not recalled: of the last loan, in a trace that breaks off; one that has no line, or None.

    Its look, or the ``Lend`` itself, would have been the manager's next line.
    """
    late: Loan | None = None
    for task, issue in issues.items():
        begins = facts.rounds[-1].ends if facts.rounds else 0
        loan = out or Loan(issue.number("lane"), issue.number("ticket"), begins)
        if facts.ended or loan.used is not None or late is not None:
            raise DivergedError(issue.where, f"task {task} was issued by its client, and the manager does not find it")
        _check_issue(loan, issue)
        loan.used, loan.issue = task, issue
        late = None if loan is out else loan
    return late
