"""The facts of a trace: who called what, what the manager saw and did in which order, what each worker did.

Decides: what belongs together (the lines of a call, of a manager's round), and what no recorder ever writes: a clock
that goes back within one thread, a worker's step that cannot follow, a message that nobody posted. Must not know:
the protocol's states and steps.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from checkedpool_spec.trace import FOLLOWS, E
from checkedpool_spec.trace_files import Files, Line, Node, ProcessFile
from checkedpool_spec.vocabulary import ShutdownLevel

__all__ = ["Call", "DivergedError", "Facts", "Round", "WorkerFacts", "facts_of"]


class DivergedError(Exception):
    """No run of any pool writes this."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where, self.reason = where, reason


@dataclass(slots=True)
class Call:
    """One call of a client."""

    line: Line
    does: str
    returned: Line | None = None
    parts: list[Line] = field(default_factory=list)
    """Its claims, issues, looks into sockets and posts, in their order."""

    @property
    def post(self) -> Line | None:
        """What a submit or a shutdown has posted."""
        return next((part for part in self.parts if part.e is E.POST), None)

    @property
    def came(self) -> object:
        """What the caller got; "": the call is not over."""
        return "" if self.returned is None else self.returned.fields["came"]


@dataclass(slots=True)
class Round:
    """One look of the manager, and the commands that followed on it."""

    look: Line
    ops: list[Line] = field(default_factory=list)

    @property
    def ends(self) -> int:
        """When all of it was done."""
        return max(self.look.after, *(op.after for op in self.ops)) if self.ops else self.look.after


@dataclass(slots=True)
class WorkerFacts:
    """What a worker has written."""

    begins: int
    steps: list[Line]
    left: Line | None
    """The line of its last exit handler."""
    pending: str
    """The command that it had begun and not done; "": none."""

    @property
    def last(self) -> int:
        """When it wrote its last line."""
        return self.steps[-1].after if self.steps else self.begins

    @property
    def took_leave(self) -> bool:
        """Whether it has taken the order to leave."""
        return any(step.text("came") == "LEAVE" for step in self.steps)


@dataclass(slots=True)
class Facts:
    """All of a trace."""

    files: Files
    calls: list[Call]
    rounds: list[Round]
    posts: dict[int, Line]
    jobs: list[Line]
    workers: dict[int, WorkerFacts]
    ended: bool
    """The manager's thread is over."""


def facts_of(files: Files) -> Facts:
    """The facts, or DivergedError where the lines cannot be those of one run."""
    facts = Facts(files, [], [], {}, [], {}, ended=False)
    _read_parent(facts)
    facts.calls[:] = [call for call in facts.calls if not _is_made_again(call, facts.calls)]
    for lane, file in files.workers.items():
        facts.workers[lane] = _worker(file)
    return facts


def _is_made_again(call: Call, calls: list[Call]) -> bool:
    """Whether it has asked for nothing, since another one was to ask for it.

    So it is with a request to drain while calls are open that may be tried again: it is made once more after them.
    """
    asks = any(other.does == "shutdown" and other.post for other in calls)
    return call.does == "shutdown" and call.post is None and call.came == "returned" and asks


def _read_parent(facts: Facts) -> None:
    calls: dict[int, Call] = {}
    clocks: dict[object, Line] = {}
    for line in facts.files.parent.lines:
        if line.e is E.CALL:
            number = line.number("call")
            if number in calls:
                raise DivergedError(line.where, f"call {number} begins a second time")
            calls[number] = Call(line, line.text("does"))
            facts.calls.append(calls[number])
        elif line.e is E.RETURN:
            _return(calls, line)
        elif line.e in (E.POST, E.CLAIM, E.ISSUE, E.REVOKE):
            _part(facts, calls, line)
        elif line.e is E.JOB:
            facts.jobs.append(line)
        elif line.e is E.END:
            if facts.ended or not _finishes(facts):
                raise DivergedError(line.where, "the manager ends, and the operation before is not Finish")
            facts.ended = True
        else:
            _round(facts, clocks, line)


def _return(calls: dict[int, Call], line: Line) -> None:
    call = calls.get(line.number("call"))
    if call is None or call.returned is not None or call.does != line.text("does"):
        raise DivergedError(line.where, f"the end of a call {line.number('call')} that is not under way")
    said = [
        name for name in call.line.fields if name not in ("e", "at") and call.line.fields[name] != line.fields.get(name)
    ]
    if said:
        raise DivergedError(line.where, f"its beginning says otherwise: {', '.join(said)}")
    if line.fields["came"] not in CAME.get(call.does, ()):
        raise DivergedError(line.where, f"nobody gets {line.fields['came']} from {call.does}")
    _check_task(call, line)
    if line.before != call.line.before or any(line.after < part.after for part in call.parts):
        raise DivergedError(line.where, "its interval is not that of the call and of all that belongs to it")
    call.returned = line


CAME: dict[str, tuple[object, ...]] = {
    "submit": ("returned", "broken", "closed", "failed", "thrown out"),
    "cancel": (True, False, "thrown out"),
    "stop": (True, False, "thrown out"),
    "shutdown": ("returned", "thrown out"),
}
"""What a client can get of each call."""
DOES = {"Submitted": "submit", "StopRequested": "stop", "Requested": "shutdown", E.ISSUE.value: "submit"}
"""Which call posts this, or does it."""
ABOUT_A_TASK = ("Submitted", "Withdrawn", "StopRequested")
"""Of these posts the number is a task's."""


def _check_task(call: Call, line: Line) -> None:
    """All lines of a call are about one task."""
    about = {part.number("task") for part in (call.line, line, *call.parts) if part.fields.get("task") is not None}
    posts = [part for part in call.parts if part.e is E.POST]
    about |= {part.number("number") for part in posts if part.text("what") in ABOUT_A_TASK}
    if len(about) > 1:
        raise DivergedError(line.where, f"its lines are about tasks {sorted(about)}")
    levels = {part.number("number") for part in posts if part.text("what") == "Requested"}
    if levels - {ShutdownLevel[call.line.text("level")].value if call.does == "shutdown" else -1}:
        raise DivergedError(line.where, f"it asks for {levels}, not for what was called")


def _part(facts: Facts, calls: dict[int, Call], line: Line) -> None:
    """A line that may belong to a call, which must be under way; and a post has a number of its own."""
    if line.e is E.POST:
        message = line.number("message")
        if message in facts.posts:
            raise DivergedError(line.where, f"message {message} is posted a second time")
        facts.posts[message] = line
    number = line.optional("call")
    if number is None:
        return
    call = calls.get(number)
    if call is None or call.returned is not None:
        raise DivergedError(line.where, f"it belongs to call {number}, which is not under way")
    what = line.text("what") if line.e is E.POST else line.e.value
    if DOES.get(what, call.does) != call.does:
        raise DivergedError(line.where, f"{call.does} has no {what}")
    last = call.parts[-1] if call.parts else call.line
    if line.after < last.after or line.before < call.line.before:
        raise DivergedError(line.where, "the clock goes back within one call")
    call.parts.append(line)


def _round(facts: Facts, clocks: dict[object, Line], line: Line) -> None:
    """A line of the manager's thread."""
    last = clocks.get("manager")
    if last is not None and line.before < last.after:
        raise DivergedError(line.where, "the clock goes back within the manager's thread")
    clocks["manager"] = line
    if _finishes(facts):
        raise DivergedError(line.where, "the manager goes on after its last operation")
    if line.e is E.LOOK:
        first, *_ = span = line.numbers("messages")
        before = facts.rounds[-1].look.numbers("messages")[1] if facts.rounds else 0
        if len(span) != 2 or first != before or span[1] < first:  # noqa: PLR2004 - from, to
            raise DivergedError(line.where, f"it takes messages {span}; the first that is left is {before}")
        facts.rounds.append(Round(line))
    elif line.e is E.OP and facts.rounds:
        facts.rounds[-1].ops.append(line)
    else:
        raise DivergedError(line.where, f"{line.e.value} is nothing that the manager begins with")


def _finishes(facts: Facts) -> bool:
    return bool(facts.rounds) and any(op.node("op").text("is") == "Finish" for op in facts.rounds[-1].ops[-1:])


def _worker(file: ProcessFile) -> WorkerFacts:
    """A worker's steps, each of which must follow on the one before."""
    facts = WorkerFacts(file.first.before, [], None, FOLLOWS["", ""])
    clock, ticket = file.first.after, 0
    for line in file.lines:
        if line.before < clock:
            raise DivergedError(line.where, "the clock goes back")
        if line.e is E.FAULT:
            continue  # of one that lives on: it was inside the step whose line follows, or between the two
        clock = line.after
        if facts.left is not None:
            raise DivergedError(line.where, "a line after the end")
        if line.e is E.END:
            if facts.pending:
                raise DivergedError(line.where, f"it leaves in the middle: {facts.pending} is what follows")
            facts.left = line
        else:
            ticket = _step(facts, line, ticket)
    return facts


def _step(facts: WorkerFacts, line: Line, ticket: int) -> int:
    """One step; the ticket that the worker then has."""
    if line.e is not E.STEP or line.text("op") != facts.pending:
        raise DivergedError(line.where, f"after what came before, {facts.pending or 'the end'} is what follows")
    if (line.text("op"), line.text("came")) not in FOLLOWS:
        raise DivergedError(line.where, f"{line.text('came')} does not come of {line.text('op')}")
    if line.text("came") != "TICKET" and line.number("ticket") != ticket:
        raise DivergedError(line.where, f"the worker's ticket is {ticket}")
    facts.pending = FOLLOWS[line.text("op"), line.text("came")]
    facts.steps.append(line)
    return line.number("ticket")


# --- tickets ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Issue:
    """One ticket that was issued."""

    task: int
    came_back: bool = False


class Tickets:
    """Which task each ticket stands for: frame numbers come round again, so it matters which one it is."""

    def __init__(self) -> None:
        self._issues: dict[tuple[int, int], list[Issue]] = defaultdict(list)

    def issued(self, lane: int, seq: int, task: int) -> None:
        """The manager has put it out."""
        self._issues[lane, seq].append(Issue(task))

    def last(self, lane: int, seq: int) -> Issue | None:
        """The one that was put out last under this number."""
        issues = self._issues.get((lane, seq))
        return issues[-1] if issues else None

    def taken(self, lane: int, seq: int, nth: int) -> int | None:
        """The task of the nth ticket of this number that a worker took: of those that did not come back."""
        kept = [issue.task for issue in self._issues.get((lane, seq), ()) if not issue.came_back]
        return kept[nth] if nth < len(kept) else None


def outcomes(line: Line) -> tuple[Node, ...]:
    """What the manager heard in a line."""
    return line.nodes("came")
