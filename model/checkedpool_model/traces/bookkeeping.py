"""What the manager's lines must add up to among themselves, whatever the protocol says.

Decides: which line cannot stand where it stands, since another is missing or says otherwise: what was sent and is
issued, what was answered and is settled, what was posted and is taken. Must not know: the model.
"""

from collections.abc import Callable, Collection, Mapping

from checkedpool_model.traces.loans import Loan, used_at
from checkedpool_model.traces.reading import Tickets, outcomes
from checkedpool_spec.trace import MARKED
from checkedpool_spec.trace_files import Line, Node
from checkedpool_spec.vocabulary import ShutdownLevel

__all__ = ["Bookkeeping"]

NEEDS = {
    "Drain": {"Ended"},
    "Revoke": {"Drained"},
    "Reap": {"Ended", "Drained"},
    "Close": {"Ended", "Drained", "Revoked", "Reaped"},
}
"""What has to be heard of a worker that has ended before the next thing is done about it."""
TOLD = ("Withdrawn", "StopRequested", "RevokedByCanceller", "JobDone", "Requested", "Resized")
"""Messages that the manager is told of one by one."""


class Bookkeeping:
    """Follows the manager's lines in their order."""

    def __init__(self, processes: Collection[int]) -> None:
        self._processes = processes
        """The lanes that have had a process."""
        self.tickets = Tickets()
        self._sent: set[tuple[int, int, int]] = set()
        self._last: dict[int, int] = {}
        """The number of the last frame that was sent to a lane."""
        self._booked: dict[int, tuple[int, int]] = {}
        self._answered: dict[int, str] = {}
        self._owing: set[int] = set()
        self._heard_of: dict[int, set[str]] = {}
        self._checks: dict[str, Callable[[Line, Node], str]] = {
            "Send": self._send, "Issue": self._issue, "Settle": self._settle, "Deliver": self._deliver,
            "Call": self._call, "Fail": self._fail, **dict.fromkeys(NEEDS, self._end_of_worker),
        }  # fmt: skip

    def at_look(self, line: Line, posts: Mapping[int, Line]) -> str:
        """What is wrong when it looks again; "": nothing."""
        if self._answered:
            return f"the answers to tasks {sorted(self._answered)} were heard, and nothing was done about them"
        first, following = line.numbers("messages")
        missing = [message for message in range(first, following) if message not in posts]
        if missing:
            return f"it takes message {missing[0]}, which nobody has posted"
        alone = used_at(line) is not None  # the first message is a task that its client has issued
        taken = [posts[message] for message in range(first + alone, following)]
        if _told(taken) != _heard(outcomes(line)):
            return "what it heard is not what was posted"
        self._owing.update(post.number("number") for post in taken if post.text("what") == "Settled")  # a task's limit
        return ""

    def outcome(self, outcome: Node) -> None:
        """Note what was heard."""
        name = outcome.text("is")
        lane = outcome.optional("lane")
        if lane is None:
            return
        heard = self._heard_of.setdefault(lane, set())
        if name == "Ended" or "Ended" in heard:
            heard.add(name)

    def answered(self, lane: int, answer: Node) -> int | None:
        """The task that was answered; None: nobody has issued such a ticket."""
        issue = self.tickets.last(lane, answer.number("seq"))
        if issue is None:
            return None
        if self._booked.pop(issue.task, None) is not None:
            self._answered[issue.task] = answer.text("verdict")
        return issue.task

    def came_back(self, lane: int, outcome: Node) -> list[int]:
        """The tasks whose tickets came back."""
        tasks = []
        for seq in outcome.numbers("seqs"):
            issue = self.tickets.last(lane, seq)
            if issue is not None:
                tasks.append(issue.task)
                self._booked.pop(issue.task, None)
        return tasks

    def operation(self, line: Line, op: Node) -> str:
        """What is wrong with a command; "": nothing."""
        heard, lane = outcomes(line), op.optional("lane")
        if any(outcome.optional("lane") not in (None, lane) for outcome in heard):
            return "what it heard is of another lane"
        if any(outcome.text("is") == "Recalled" for outcome in heard):
            return "it recalls a worker, and does not look"
        for outcome in heard:
            if outcome.text("is") == "Settled":
                self._owing.add(outcome.number("id"))
        check = self._checks.get(op.text("is"))
        return check(line, op) if check else ""

    def lent(self, loan: Loan) -> str:
        """No task is unfinished, and a worker is lent, as its next frame; "": so it is. It may have been used."""
        seq = self._last.get(loan.lane, 0) % (MARKED - 1) + 1
        tasks = sorted(self._booked)
        if loan.used is not None:
            self._last[loan.lane] = loan.seq
            self.tickets.issued(loan.lane, loan.seq, loan.used)
            self._booked[loan.used] = loan.lane, loan.seq
        if tasks:
            return f"it lends lane {loan.lane} before tasks {tasks} are done"
        return "" if loan.seq == seq else f"the next frame to lane {loan.lane} is {seq}"

    def _send(self, line: Line, op: Node) -> str:
        self._last.update((op.number("lane"), seq) for seq, _ in op.rows("items"))
        gone = {task for outcome in outcomes(line) for task in _gone(outcome)}
        self._sent |= {(op.number("lane"), seq, task) for seq, task in op.rows("items") if task not in gone}
        return ""

    def _settle(self, _line: Line, op: Node) -> str:
        return self._settles([row[0] for row in op.rows("results")], ("PLAIN",))

    def _deliver(self, _line: Line, op: Node) -> str:
        return self._settles([op.number("id")], ("VALUE", "ERROR"))

    def _call(self, _line: Line, op: Node) -> str:
        if op.number("id") not in self._owing:
            return f"task {op.number('id')} owes nobody a call"
        self._owing.discard(op.number("id"))
        return ""

    def _fail(self, _line: Line, op: Node) -> str:
        for task in op.numbers("ids"):
            self._booked.pop(task, None)
        return ""

    def _end_of_worker(self, _line: Line, op: Node) -> str:
        name, lane = op.text("is"), op.number("lane")
        heard = self._heard_of.get(lane, set())
        if name == "Close":
            self._booked = {task: place for task, place in self._booked.items() if place[0] != lane}
        if lane not in self._processes or (name == "Revoke" and not heard):
            return ""
        missing = NEEDS[name] - heard
        return f"the manager has not heard {', '.join(sorted(missing))} of this lane" if missing else ""

    def _issue(self, line: Line, op: Node) -> str:
        """A ticket has its frame before it; one that is ordered with its frame is not put out if that was not sent."""
        lane = op.number("lane")
        heard = next((outcome for outcome in outcomes(line) if outcome.text("is") == "Issued"), None)
        if heard is None:
            return ""
        gone = heard.numbers("gone")
        for seq, task in op.rows("items"):
            if (lane, seq, task) not in self._sent and task not in gone:
                return f"task {task} is issued as {seq} on lane {lane}, and its frame was not sent there as that"
            self._sent.discard((lane, seq, task))
            if task not in gone:
                self.tickets.issued(lane, seq, task)
                self._booked[task] = lane, seq
        return ""

    def _settles(self, tasks: list[int], verdicts: tuple[str, ...]) -> str:
        for task in tasks:
            if self._answered.pop(task, "") not in verdicts:
                return f"task {task} is settled, and no such answer of it was heard"
        return ""


def _gone(outcome: Node) -> tuple[int, ...]:
    return outcome.numbers("gone") if outcome.text("is") in ("Sent", "Issued") else ()


def _told(taken: list[Line]) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = [(post.text("what"), post.fields["number"]) for post in taken]
    found = [
        (f"{what}, deferred" if post.flag("deferred") else what, number)
        for post, (what, number) in zip(taken, found, strict=True)
    ]
    return sorted(
        (what, number) for what, number in found if what != "JobDone" and what.split(",")[0] in ("Submitted", *TOLD)
    ) + [("JobDone", None) for what, _ in found if what == "JobDone"]


def _heard(heard: tuple[Node, ...]) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    done: list[tuple[str, object]] = []
    for outcome in heard:
        name = outcome.text("is")
        if name in ("Submitted", "Prioritized"):
            what = "Submitted, deferred" if outcome.flag("deferred") else "Submitted"
            found += [(what, task) for task in outcome.numbers("ids")]
        elif name == "Requested":
            found.append((name, int(ShutdownLevel[outcome.text("level")])))
        elif name in ("Withdrawn", "StopRequested"):
            found.append((name, outcome.number("id")))
        elif name == "RevokedByCanceller":
            found.append((name, outcome.number("lane")))
        elif name == "Resized":
            found.append((name, outcome.number("max_workers")))
        elif name == "JobDone":
            done.append((name, None))
    return sorted(found) + done
