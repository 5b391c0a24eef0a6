"""What clients and user-code threads have written down, as steps of the model.

Decides: which accesses of a call are which steps, and between which moments they were made. Must not know: what the
manager and the workers did.
"""

import re
from collections import Counter
from collections.abc import Iterator

from checkedpool_model.protocol.state import End, Job, Mark, State
from checkedpool_model.traces.reading import Call, DivergedError, Facts
from checkedpool_model.traces.record import FOR_EVER, Record, Steps, always
from checkedpool_spec.trace import E
from checkedpool_spec.trace_files import Line

__all__ = ["add_calls", "add_jobs", "ends_of_jobs", "pickled_calls"]


def add_calls(record: Record) -> None:
    """The occurrences of every call; tasks and requests are posted in the order of their messages."""
    posts: dict[int, int] = {}
    for call in record.facts.calls:
        client = record.numbers.clients.get(call.line.number("call"))
        if client is None:
            continue
        if call.does == "submit":
            _submit(record, call, client, posts)
        elif call.does == "shutdown":
            _shutdown(record, call, client, posts)
        else:
            _cancel(record, call, client)  # or a stop, which begins as one
    for message, client in record.numbers.resizers.items():
        post = record.facts.posts[message]
        text = f"client {client} wants {post.number('number')} workers"
        posts[message] = record.add(post, text, always(("ClientResizes", client)))
    last: int | None = None
    for _, number in sorted(posts.items()):
        record.follows(number, [last])
        last = number


def _returned(call: Call) -> Line:
    return call.line if call.returned is None else call.returned


def _ends(call: Call) -> int:
    return FOR_EVER if call.returned is None else call.returned.after


def _submit(record: Record, call: Call, client: int, posts: dict[int, int]) -> None:
    _check_a_submit(call)
    over, post = _returned(call), call.post
    about = f"submit, call {client}"
    if post is None:
        name = "ClientCannotPickle" if call.came == "returned" else "ClientIsRefused"
        record.add(over, f"{about}: {call.came}", always((name, client)), begins=call.line.before)
        return
    gate = record.add(
        post, f"{about} finds the pool open", always(("ClientPassesGate", client)), begins=call.line.before, eager=True
    )
    posted = record.add(post, f"{about} posts task {post.number('number')}", always(("ClientPosts", client)),
                        after=[gate])  # fmt: skip
    posts[post.number("message")] = posted
    _second_look(record, call, client, posted)
    issued = record.issues.get(record.numbers.task(post, "number"))
    if issued is not None:
        record.follows(issued, [posted])


def _second_look(record: Record, call: Call, client: int, posted: int) -> None:
    """What a submitter sees of the gate once he has posted, and whether he could claim his own task."""
    over, text = _returned(call), f"submit, call {client}: {call.came or 'not over'}"
    claim = next((part for part in call.parts if part.e is E.CLAIM), None)
    if claim is not None and call.came in ("returned", "broken", "closed"):
        name = "ClientIsOutrun" if call.came == "returned" else "ClientWithdraws"
        record.add(claim, text, always((name, client)), after=[posted])
    else:
        name = "ClientSeesItStillOpen" if call.came in ("returned", "") else "ClientIsThrownOut"
        begins = record.occurrences[posted].begins
        record.add(
            over, text, always((name, client)), begins=begins, ends=_ends(call), after=[posted],
            optional=call.returned is None, eager=call.came == "returned",
        )  # fmt: skip


SUBMITS = {"returned": "(P(l|i|Qb)?)?", "broken": "(Pw)?", "closed": "(Pw)?"}
"""The accesses of a submit by what came of it: its post; whether it could withdraw, or could issue its task alone.

For what the system did not take there is a note to the manager before that.
"""


def _check_a_submit(call: Call) -> None:
    word = "".join("P" if part is call.post else _letter(part) for part in call.parts)
    if call.returned is not None and not re.fullmatch(SUBMITS.get(str(call.came), "P(w|i|Qb?)?"), word):
        raise DivergedError(call.returned.where, f"no submit() makes these accesses: {word or 'none'}")


def _shutdown(record: Record, call: Call, client: int, posts: dict[int, int]) -> None:
    post, about = call.post, f"shutdown {call.line.text('level')}, call {client}"
    if post is None:
        record.add(call.line, f"{about} closes", always(("ClientCloses", client)), ends=_ends(call), optional=True)
        return
    closed = record.add(post, f"{about} closes", always(("ClientCloses", client)), begins=call.line.before)
    posts[post.number("message")] = requested = record.add(
        post, f"{about} asks", always(("ClientRequests", client)), after=[closed]
    )
    if call.line.flag("wait") and call.returned is not None:
        name = "ClientIsThrownOut" if call.came == "thrown out" else "ClientReturns"
        record.add(call.returned, f"{about} returns", always((name, client)), begins=post.before, after=[requested])


# --- cancel -----------------------------------------------------------------------------------------------------------


def _cancel(record: Record, call: Call, client: int) -> None:
    """What decides a cancel is the claim that was won, or the look into a socket; if there is neither, the end."""
    _check_the_order(call)
    last: int | None = None
    decided = False
    looks = [part for part in call.parts if part.e is E.REVOKE]
    for part in call.parts:
        if any(_is_within(part, look) for look in looks if look is not part):
            continue  # under the lane's lock: a part of that step
        if part.e is E.CLAIM and part.fields["won"]:
            last, decided = _claims(record, part, client, last), True
        elif part.e is E.REVOKE:
            last = _reads_back(record, call, part, client, last)
            decided = decided or part.fields["came"] is not None
    asked = next((part for part in call.parts if _letter(part) == "S"), None)
    if asked is not None:
        _stops(record, call, asked, client, last)
    if call.returned is None or decided or asked is not None:
        return
    task = record.numbers.task(call.line)
    came = call.came

    def ways(_: State) -> list[Steps]:
        return [
            [(name, client)] for name in ("ClientFindsItEnded", "ClientFindsItAnswered", "ClientHasNothingToCancel")
        ]

    def agrees(before: State, _after: State) -> str:
        cancelled = before.tasks[task].end in (End.CANCELLED, End.STOPPED)
        return (
            ""
            if cancelled is (came is True)
            else f"{call.does}() says {came} of a future that is {before.tasks[task].end.name}"
        )

    if came == "thrown out":
        record.add(call.returned, f"cancel, call {client}", always(("ClientIsThrownOut", client)), after=[last])
    else:
        record.add(call.returned, f"cancel, call {client}: {came}", ways, after=[last], agrees=agrees)


def _stops(record: Record, call: Call, asked: Line, client: int, last: int | None) -> None:
    """It has asked the manager; then it ends the future, if nobody has."""
    text = f"stop, call {client}, asks for task {asked.number('number')}"
    last = record.add(asked, text, always(("ClientAsksToStop", client)), after=[last])
    if call.returned is not None:
        name = {True: "ClientStops", False: "ClientComesTooLateToStop"}.get(bool(call.came), "")
        ways: list[Steps] = [[(name, client)]]
        if call.came is True or any(
            _is_the_stop_of(job, call) for job in record.facts.jobs
        ):  # one at its limit says False
            ways = [[("ClientStops", client)], [("ClientComesTooLateToStop", client)]]
        ways = [[("ClientIsThrownOut", client)]] if call.came == "thrown out" else ways
        record.add(call.returned, f"stop, call {client}: {call.came}", lambda _: ways, after=[last])


PARTS = re.compile(r"(lnQ)*(wP|ltPQ|lfQS?|lP)?")
"""The accesses of a cancel: claims that are lost and won, looks (there, not there, moved), its posts; and a stop's."""


def _check_the_order(call: Call) -> None:
    """Refuse a call that is over and whose accesses are not those of any cancel."""
    if call.returned is None or call.came == "thrown out":
        return
    looks = [part for part in call.parts if part.e is E.REVOKE]
    parts = [part for part in call.parts if part in looks or not any(_is_within(part, look) for look in looks)]
    word = "".join(_letter(part) for part in parts)
    if not PARTS.fullmatch(word) or any(_inner(call, look) != "Qc" for look in looks):
        raise DivergedError(call.returned.where, f"no cancel() makes these accesses in this order: {word or 'none'}")
    if (word.endswith("wP") and call.came is not True) or (
        word.endswith("fQ") and (call.came is not False or call.does == "stop")
    ):
        raise DivergedError(call.returned.where, f"cancel() says {call.came} after {word}")


def _is_within(part: Line, look: Line) -> bool:
    return look.before <= part.before and part.after <= look.after


def _inner(call: Call, look: Line) -> str:
    """What was done under the lane's lock: a note, and a claim."""
    return "".join(
        "Q" if part.e is E.POST else "c" for part in call.parts if part is not look and _is_within(part, look)
    )


def _letter(part: Line) -> str:
    if part.e is E.CLAIM:
        return "w" if part.fields["won"] else "l"
    if part.e is E.ISSUE:
        return "i" if part.fields["taken"] else "b"
    if part.e is E.REVOKE:
        return {True: "t", False: "f", None: "n"}[part.fields["came"]]  # type: ignore[index]
    return {"Withdrawn": "P", "RevokedByCanceller": "Q", "StopRequested": "S"}.get(part.text("what"), "?")


def _claims(record: Record, part: Line, client: int, last: int | None) -> int:
    def ways(_: State) -> list[Steps]:
        return [[("ClientCancels", client)], [("ClientCancelsWhatCameBack", client)]]

    return record.add(part, f"cancel, call {client}, claims task {part.number('task')}", ways, after=[last])


def _reads_back(record: Record, call: Call, part: Line, client: int, last: int | None) -> int:
    """First the note to the manager, then the look: under the lane's lock, which the manager does not wait for."""
    slot, came = record.numbers.slot(part), part.fields["came"]
    for note in call.parts:
        if note.e is E.POST and _is_within(note, part):
            text = f"cancel, call {client}, notes a look at lane {part.number('lane')}"
            last = record.add(note, text, always(("ClientNotesALook", slot)), after=[last])
    in_vain: Steps = [(f"Client{'LooksInVain' if came is False else 'StartsAgain'}AtLane{slot}", client)]
    found: Steps = [
        ("ClientReadsTheLane", client),
        ("ClientRevokesItsTicket" if came is True else "ClientFindsItBegun", client),
    ]
    # There: or the manager has taken it back meanwhile, and it can be claimed.
    claimed: Steps = [*in_vain, ("ClientCancels", client)]
    some = [found, claimed] if came is True else [in_vain] if came is None else [found, in_vain]
    text = f"cancel, call {client}, empties lane {part.number('lane')}: {came}"
    return record.add(part, text, lambda _: some, after=[last])


# --- user code --------------------------------------------------------------------------------------------------------


def add_jobs(record: Record) -> None:
    """The occurrences of the user-code threads: a job, and its end as the manager will hear of it.

    Of a pickled call it hears that first, and may send and issue it before the thread has said that the job is done.
    """
    pickled = pickled_calls(record.facts)
    _check_the_jobs(record)
    ends = {id(job): post for job, post in ends_of_jobs(record.facts)}
    for job in record.facts.jobs:
        task, post = record.numbers.task(job), ends.get(id(job))
        begun = _job(record, job, task, FOR_EVER if post is None else post.after)
        if post is not None:
            heard = pickled.get(job.number("task"), post) if job.text("does") == "Pickle" else post
            _done(record, job, heard, task, begun)
    heard_of = {id(post) for post in ends.values()}
    for post in record.facts.posts.values():
        if post.text("what") == "JobDone" and id(post) not in heard_of:
            raise DivergedError(post.where, f"a job for task {post.number('number')} is done that nobody has done")


def pickled_calls(facts: Facts) -> dict[int, Line]:
    """By task, what a job has said of its call, before it was done."""
    return {line.number("number"): line for line in facts.posts.values() if line.text("what") in PICKLED}


def ends_of_jobs(facts: Facts) -> Iterator[tuple[Line, Line]]:
    """Each job that is done, and the message that says so.

    A task may have two: what its call's pickling ends with may come after its answer has begun to be read, by another
    thread. Which message is whose nobody can see then; the first one is the first job's.
    """
    done = [line for _, line in sorted(facts.posts.items()) if line.text("what") == "JobDone"]
    for job in facts.jobs:
        said = (line for line in done if line.number("number") == job.number("task") and line.before >= job.after)
        post = next(said, None)
        if post is not None:
            done.remove(post)
            yield job, post


def _check_the_jobs(record: Record) -> None:
    """Refuse jobs that the manager did not give, and if it has ended those that nobody has done."""
    given = Counter(
        (op.text("is"), op.number("id"))
        for op in (line.node("op") for line in record.numbers.lines)
        if op.text("is") in ("Deliver", "Call", "Pickle")
    )
    done = Counter((job.text("does"), job.number("task")) for job in record.facts.jobs)
    for job in record.facts.jobs:
        if done[job.text("does"), job.number("task")] > given[job.text("does"), job.number("task")]:
            raise DivergedError(job.where, "the manager has not given this job")
    if record.facts.ended and given != done:
        raise DivergedError(record.numbers.lines[-1].where, f"nobody has done {sorted(given - done)}")


def _has_none(s: State, t: int) -> bool:
    """Whether the model knows of no job: somebody else has ended the future meanwhile."""
    return t not in s.jobs and t not in s.threads and s.tasks[t].end != End.OPEN


def _is_the_stop_of(job: Line, call: Call) -> bool:
    """Whether the job was to stop its task, which has reached its limit: the model has that as a client's call."""
    task, line = job.number("task"), call.line
    return call.does == "stop" and line.number("task") == task and job.before <= line.before <= job.after


def _job(record: Record, job: Line, task: int, ends: int) -> int:
    does, at_its_limit = job.text("does"), any(_is_the_stop_of(job, call) for call in record.facts.calls)

    def ways(s: State) -> list[Steps]:
        found: list[Steps] = [[]] if at_its_limit or _has_none(s, task) else []
        for thread, at in enumerate(s.threads):
            if at == Mark.NOBODY:
                take = (f"Thread{thread}Takes", task)
                found.append([take, ("ThreadReads", thread)] if does == "Deliver" else [take])
                break
        return found

    text = f"a user-code thread: {does}, task {job.number('task')}"
    return record.add(job, text, ways, ends=job.after if does == "Deliver" else ends)


PICKLED = ("Pickled", "PickleFailed")
CALLS = (("ThreadHasCalled",), ("ThreadFindsNothingToDo",))
PICKLES = (
    ("ThreadPickles",), ("ThreadCannotPickle",), ("ThreadCannotPickle", "ThreadHasCalled"), *CALLS,
)  # fmt: skip
"""What the end of a job can be. A task that is cancelled while it is pickled may owe a call by then."""


def _done(record: Record, job: Line, post: Line, task: int, begun: int) -> None:
    names = CALLS if job.text("does") in ("Deliver", "Call") else PICKLES

    def ways(s: State) -> list[Steps]:
        if task not in s.threads:
            return [[]] if s.tasks[task].job != Job.READ else []
        thread = s.threads.index(task)
        return [[(name, thread) for name in some] for some in names]

    record.add(post, f"a user-code thread has done it: task {job.number('task')}", ways, after=[begun])
