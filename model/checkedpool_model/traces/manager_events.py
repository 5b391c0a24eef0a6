"""What the manager has written down, as steps of the model: what it took in at a look, and what it then did.

Decides: which event and which command is which step, and where a death is blamed. Must not know: what clients and
workers wrote.

The manager's thread is one: what it heard at a look is in that order, and what it then did comes after it and is in its
order; only a request to end may, in the model, have to wait for what the manager does at the same look.
"""

from collections.abc import Callable, Iterator

from checkedpool_model.protocol.state import End, Handed, Job, Mark, State, Task
from checkedpool_model.traces.bookkeeping import Bookkeeping
from checkedpool_model.traces.loans import Loan, used_at
from checkedpool_model.traces.reading import Round, outcomes
from checkedpool_model.traces.record import Agrees, Record, Steps, Ways, always
from checkedpool_model.traces.worker_events import Told
from checkedpool_spec.trace import MARKED
from checkedpool_spec.trace_files import Line, Node

__all__ = ["ManagerEvents"]


class ManagerEvents:
    """Makes the manager's occurrences, round by round."""

    def __init__(self, record: Record, told: dict[int, Told], deaths: dict[int, int | None]) -> None:
        self.record = record
        self.told = told
        self.deaths = deaths
        self.books = Bookkeeping(set(record.burials.values()))
        self.news: int | None = None
        """What it heard last, and what it did last."""
        self.done: int | None = None
        self.alone: int | None = None
        """What a client has issued since it looked last."""
        self.before: tuple[int | None, ...] = ()
        """What came before this round; once it has looked, before what it does in it."""
        self.request: tuple[int | None] | None = None
        """In a round with a request: what it heard before that."""
        self.asked: dict[int, int] = {}
        self.does: dict[str, Callable[[Round, Line, Node], None]] = {
            "Start": self._start, "Issue": self._issue, "Revoke": self._revoke, "Leave": self._leave,
            "Cancel": self._cancel, "Fail": self._fail, "Close": self._close, "Pickle": self._pickle,
            "Lend": self._lend, "Finish": self._finish,
        }  # fmt: skip
        """The commands that are steps of the model. The others are parts of one, or nothing that it has."""

    def add_all(self) -> None:
        """Every round."""
        for each in self.record.facts.rounds:
            self.before = self.news, self.done
            self._look(each)
            for op in each.ops:
                self._op(each, op)
        if self.record.loans.late is not None:
            self._issued_alone(self.record.loans.late)
        self._starts()

    # --- a look -----------------------------------------------------------------------------------------------------

    def _look(self, each: Round) -> None:
        line = each.look
        wrong = self.books.at_look(line, self.record.facts.posts)
        if wrong:
            self.record.refuse(line, "the manager looks", wrong)
        first, following = line.numbers("messages")
        self.request = None
        if used_at(line) is not None:
            self.news, first = self.alone, first + 1
        taken = (self.record.facts.posts.get(message) for message in range(first, following))
        for post in (post for post in taken if post is not None):
            if post.text("what") == "Requested" and self.request is None:
                self.request = (self.news,)
            self._message(each, post)
        for outcome in outcomes(line):
            self._outcome(line, outcome, each.ends, in_look=True)
        # What it heard before a request comes before what it does; a request may have to wait for what is done.
        self.before = *self.before, *(self.request or (self.news,))

    def _heard(self, each: Round, text: str, ways: Ways) -> None:
        self.news = self.record.add(
            each.look, f"the manager: {text}", ways, ends=each.ends, after=[self.news, *self.before]
        )

    def _message(self, each: Round, post: Line) -> None:
        """One message that it took from the inbox."""
        what, numbers = post.text("what"), self.record.numbers
        text = f"takes {what} {post.optional('number')}"
        if what == "Submitted":
            self._heard(each, text, _one("ManagerTakesTask", numbers.task(post, "number")))
        elif what == "Requested":
            self._heard(each, text, _one("ManagerTakesRequest", post.number("number")))
        elif id(post) in self.record.repeats:
            self._heard(each, text, lambda _: [[]])
        elif what in ("JobDone", "Pickled", "PickleFailed"):
            task = numbers.task(post, "number")
            self._heard(each, text, lambda s: [[("ManagerTakesJobDone", task)]] if _job_of(s, task) else [[]])
        elif what == "Withdrawn":
            task = numbers.task(post, "number")
            self._heard(each, text, lambda s: [_forgetting(s, task)])
        elif what == "Resized":
            self._heard(each, text, _one("ManagerTakesSize", post.number("number")))
        elif what == "StopRequested":
            self._heard(each, text, _one("ManagerTakesStop", numbers.task(post, "number")))
        elif what == "RevokedByCanceller" and id(post) in self.record.looks:
            self._heard(each, text, _one("ManagerHearsOfALook", numbers.slot(post, "number")))
        elif what in ("Started", "StartFailed") and not self._of(post, "number").given_up:
            name = "ManagerTakesStart" if what == "Started" else "ManagerTakesFailedStart"
            self._heard(each, text, _one(name, numbers.slot(post, "number")))

    # --- what came ----------------------------------------------------------------------------------------------------

    def _outcome(self, line: Line, outcome: Node, ends: int, *, in_look: bool) -> None:
        """What it heard beside messages, at a look or of a command."""
        name, numbers = outcome.text("is"), self.record.numbers
        self.books.outcome(outcome)
        steps: list[tuple[str, Ways, int | None]] = []
        if name == "Ready":
            steps.append(("ready", _one("ManagerTakesAnswer", numbers.slot(outcome)), Mark.READY))
        elif name == "Answered":
            for answer in outcome.nodes("answers"):
                if answer.number("seq") == MARKED:
                    continue
                real = self.books.answered(outcome.number("lane"), answer)
                if real is None:
                    self.record.refuse(line, "the manager reads", f"ticket {answer.number('seq')} was never issued")
                    continue
                take = _one("ManagerTakesAnswer", numbers.slot(outcome))
                steps.append((f"answer to task {real}", take, numbers.task_of(line, real)))
        elif name == "Sent":
            steps += [(f"task {gone} is gone", self._forget(line, gone), None) for gone in outcome.numbers("gone")]
        for text, ways, head in steps:
            slot = numbers.slot(outcome)
            after = [self.news, *self.before] if in_look else [self.done, *self.before]
            number = self.record.add(
                line, f"the manager, lane {outcome.number('lane')}: {text}", ways, ends=ends, after=after,
                agrees=_head_is(slot, head),
            )  # fmt: skip
            if in_look:
                self.news = number
            else:
                self.done = number

    def _of(self, line: Node, name: str = "lane") -> Told:
        """What is told of the lane in a field."""
        self.record.numbers.slot(line, name)
        return self.told[line.number(name)]

    def _forget(self, line: Line, real: int) -> Ways:
        task = self.record.numbers.task_of(line, real)
        return lambda s: [_forgetting(s, task)]

    # --- a command -------------------------------------------------------------------------------------------------

    def _op(self, each: Round, line: Line) -> None:
        op = line.node("op")
        name = op.text("is")
        wrong = self.books.operation(line, op)
        if wrong:
            self.record.refuse(line, f"the manager: {name}", wrong)
        buried = self.record.burials.get(id(line))
        if buried is not None:
            self._bury(line, buried)
        make = self.does.get(name)
        if make is not None:
            make(each, line, op)
        for outcome in outcomes(line):
            self._outcome(line, outcome, line.after, in_look=False)

    def _did(  # noqa: PLR0913 - the fields of an occurrence
        self, line: Line, text: str, ways: Ways, *,
        agrees: Agrees = lambda _before, _after: "", begins: int | None = None,
        after: tuple[int | None, ...] = (),
    ) -> int:  # fmt: skip
        self.done = self.record.add(
            line, f"the manager: {text}", ways, begins=begins, after=[self.done, *self.before, *after], agrees=agrees
        )
        return self.done

    def _start(self, _each: Round, line: Line, op: Node) -> None:
        lane = op.number("lane")
        self.asked[lane] = self._did(
            line, f"Start lane {lane}", _one("ManagerAsksForStart", self.record.numbers.slot(op))
        )

    def _issue(self, _each: Round, line: Line, op: Node) -> None:
        heard = [outcome for outcome in outcomes(line) if outcome.text("is") == "Issued"]
        if not heard:
            return
        slot, lane = self.record.numbers.slot(op), op.number("lane")
        gone = heard[0].numbers("gone")
        items = [(real, self.record.numbers.task_of(line, real)) for _, real in op.rows("items")]

        def ways(s: State) -> list[Steps]:
            steps: list[tuple[str, int]] = []
            for real, task in items:
                steps += _forgetting(s, task) if real in gone else [(f"ManagerIssuesToLane{slot}", task)]
            return [steps]

        self._did(line, f"Issue to lane {lane}: {', '.join(str(real) for real, _ in items if real not in gone)}", ways)

    def _lend(self, _each: Round, line: Line, op: Node) -> None:
        self.record.numbers.slot(op)
        loan = self.record.loans.by_line[id(line)]
        wrong = self.books.lent(loan)
        if wrong:
            self.record.refuse(line, "the manager: Lend", wrong)
        self._issued_alone(loan)

    def _issued_alone(self, loan: Loan) -> None:
        """What a client has issued is two steps of the manager's, made on its behalf."""
        line = loan.told
        if line is None or loan.used is None:
            return
        task, slot = self.record.numbers.task_of(line, loan.used), self.record.numbers.slot_of(line, loan.lane)
        steps: list[tuple[str, int]] = [("ManagerTakesTask", task), (f"ManagerIssuesToLane{slot}", task)]
        if loan.issue is not None and not loan.issue.fields["taken"]:
            steps.append((f"ClientPutsItBackAtLane{slot}", task))
        self.alone = self.record.issues[task] = self.record.add(
            line, f"its client issues task {loan.used} to lane {loan.lane}",
            always(*steps), begins=loan.begins if loan.issue is None else loan.issue.before, ends=loan.over,
            after=[self.news, self.done, *self.before],
        )  # fmt: skip

    def _revoke(self, _each: Round, line: Line, op: Node) -> None:
        heard = [outcome for outcome in outcomes(line) if outcome.text("is") == "Revoked"]
        if not heard:
            return
        slot, lane = self.record.numbers.slot(op), op.number("lane")
        came = self.books.came_back(lane, heard[0])
        tasks = sorted(self.record.numbers.task_of(line, real) for real in came)

        def ways(s: State) -> list[Steps]:
            there = s.lanes[slot].returned or s.lanes[slot].tickets
            return [[("ManagerRevokesTickets", slot)]] if there else [[]]

        def agrees(before: State, _after: State) -> str:
            there = sorted(t for t in (*before.lanes[slot].returned, *before.lanes[slot].tickets) if t >= 0)
            return "" if there == tasks else f"tickets of tasks {tasks} came back; there were those of {there}"

        self._did(line, f"Revoke from lane {lane}: {came}", ways, agrees=agrees)

    def _leave(self, _each: Round, line: Line, op: Node) -> None:
        self._did(line, f"Leave, lane {op.number('lane')}", _one("ManagerTellsToLeave", self.record.numbers.slot(op)))

    def _cancel(self, _each: Round, line: Line, op: Node) -> None:
        tasks = sorted(self.record.numbers.task_of(line, real) for real in op.numbers("ids"))
        self._did(line, f"Cancel {op.numbers('ids')}", lambda s: [_ending(s, tasks, "Cancels")])

    def _pickle(self, _each: Round, line: Line, op: Node) -> None:
        task = self.record.numbers.task(op, "id")
        self._did(line, f"Pickle task {op.number('id')}", _one("ManagerHasItPickled", task))

    def _fail(self, _each: Round, line: Line, op: Node) -> None:
        numbers = self.record.numbers
        tasks = sorted(numbers.task_of(line, real) for real in op.numbers("ids"))
        self._did(
            line, f"Fail {op.numbers('ids')}", lambda s: [_ending(s, tasks, "Breaks")],
            agrees=lambda _, s: "a future stays open" if any(_is_open(s.tasks[t]) for t in tasks) else "",
        )  # fmt: skip

    def _close(self, _each: Round, line: Line, op: Node) -> None:
        lane, slot = op.number("lane"), self.record.numbers.slot(op)
        if self._of(op).given_up:
            self._did(line, f"gives up the start of lane {lane}", _one("StartHangs", slot, "ManagerGivesUpStart", slot))

    def _finish(self, each: Round, line: Line, _op: Node) -> None:
        self.done = self.record.add(
            line, "the manager: Finish", always(("ManagerEnds", 0)), begins=each.look.before,
            after=[self.done, self.news],
        )  # fmt: skip

    def _bury(self, line: Line, lane: int) -> None:
        """A worker's end is taken note of: ordered, or a death that is blamed; then the policy."""
        slot, numbers = self.record.numbers.slots[lane], self.record.numbers
        blamed, breaks = self.record.blames.get(id(line), (None, False))
        task = None if blamed is None else numbers.task_of(line, blamed)

        def ways(s: State) -> list[Steps]:
            failed = s.lanes[slot].answers[:1] == (Mark.NOT_READY,)
            prefix: Steps = [("ManagerTakesAnswer", slot)] if failed else []
            return [[*prefix, ("ManagerReaps", slot)], [*prefix, ("ManagerBlamesTask", slot)]]

        def agrees(before: State, after: State) -> str:
            book, stop = before.lanes[slot].book, before.lanes[slot].stop
            if task is None and book == (stop,):
                return ""
            if book != (() if task is None else (task,)):
                return f"the trace charges task {blamed}; the model has {list(book)} in the lane's book"
            if after.broken and not before.broken and not breaks:
                return "the pool breaks here; in the trace it does not"
            return ""

        dead = self.deaths.get(lane)
        self._did(line, f"buries worker {lane}, charges {blamed}", ways, agrees=agrees, after=(dead,))

    # --- starts -------------------------------------------------------------------------------------------------------

    def _starts(self) -> None:
        """The start thread's posts: the process exists somewhere between the order and the post."""
        orders = {line.node("op").number("lane"): line for line in self.record.numbers.lines if _is(line, "Start")}
        for _, post in sorted(self.record.facts.posts.items()):
            what = post.text("what")
            if what not in ("Started", "StartFailed"):
                continue
            lane = post.number("number")
            if self._of(post, "number").given_up:
                continue
            name = "StarterStarts" if what == "Started" else "StartFails"
            slot = self.record.numbers.slot(post, "number")
            begins = orders[lane].before if lane in orders else None
            self.record.add(
                post, f"the start thread: {what}, lane {lane}", _one(name, slot), begins=begins,
                after=[self.asked.get(lane)],
            )  # fmt: skip


def _is(line: Line, name: str) -> bool:
    return line.node("op").text("is") == name


def _one(*names_and_indices: str | int) -> Ways:
    """The one way: names and indices, in turn."""
    names = [name for name in names_and_indices if isinstance(name, str)]
    indices = [index for index in names_and_indices if isinstance(index, int)]
    steps: Steps = list(zip(names, indices, strict=True))
    return lambda _: [steps]


def _job_of(s: State, task: int) -> bool:
    """Whether the model has given the job whose end the manager hears of."""
    return any(message.note.name == "DONE" and message.number == task for message in s.inbox) or task in (
        *s.jobs,
        *s.threads,
    )


def _is_open(task: Task) -> bool:
    """Whether somebody has the future, and it has no end."""
    return task.end == End.OPEN and task.handed < Handed.RAISED


def _forgetting(s: State, task: int) -> list[tuple[str, int]]:
    """What the manager does when it hears that somebody else has claimed a task."""
    if s.tasks[task].pending:
        return [("ManagerForgets", task)]
    return [("ManagerForgetsWhatIsDeferred", task)] if s.tasks[task].job == Job.PICKLE else []


def _ending(s: State, tasks: list[int], how: str) -> list[tuple[str, int]]:
    """The steps by which the manager ends these futures, each by where its task is."""
    return [step for task in tasks for step in _end_of(s, task, how)] if how == "Cancels" else list(_breaks(s, tasks))


def _end_of(s: State, t: int, how: str) -> list[tuple[str, int]]:
    task = s.tasks[t]
    if task.pending or task.job == Job.PICKLE:
        deferred = "" if task.pending else "WhatIsDeferred"
        return [(f"Manager{how if task.unclaimed else 'Forgets'}{deferred}", t)]
    return [(f"Manager{how}", t)] if _is_open(task) else []  # of what was withdrawn, nobody has the future


def _breaks(s: State, tasks: list[int]) -> Iterator[tuple[str, int]]:
    begun: set[int] = set()
    for t in tasks:
        slot = next((at for at, lane in enumerate(s.lanes) if t in lane.book), None)
        if slot is None:
            yield from _end_of(s, t, "Breaks")
        elif slot not in begun:
            begun.add(slot)
            yield "ManagerBreaksWhatIsBegun", slot


def _head_is(slot: int, head: int | None) -> Agrees:
    def agrees(before: State, _after: State) -> str:
        answers = before.lanes[slot].answers
        return "" if head is None or answers[:1] == (head,) else f"the next answer in the pipe is {list(answers[:1])}"

    return agrees
