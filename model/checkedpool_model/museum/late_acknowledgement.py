"""The task acknowledged by a worker that was being killed.

To cancel a running task, pebble kills its worker and strikes it from the list of workers. Meanwhile that worker has
finished the cancelled task, taken the next one from the shared pipe and said so: "mine". The kill comes between this
acknowledgement and the answer. The parent reads the acknowledgement and books the second task to a worker that is no
longer on the list; nobody looks after those. The pool polls ten times a second, for ever, and the task counts as
running on a process that is long gone.

Cure: Before another worker is started, what the killed one had written is read to its end, and whatever task it had
acknowledged and not answered ends with an error. (Ours: the issue is open.)

Left out: All workers but one; time limits, which kill in the same way; workers that die by themselves, which pebble
does handle. Nor is the channel's lock there, under which taking, acknowledging and killing each are one step, as here.

Here: A worker is reaped only after its answers have been read to the last and its tickets taken back. Running tasks are
not killed one by one; if they were, the same order would hold.
"""
# ruff: noqa: D103 - the names of conjuncts are sentences

from typing import Literal, NamedTuple

from checkedpool_model.checker.system import Fair, LeadsTo
from checkedpool_model.museum.exhibit import Exhibit, Failure, told
from checkedpool_model.museum.table import changed, design, row

Message = Literal["first: result", "second: mine", "second: result"]


class Pool(NamedTuple):
    """The worker runs a first task; a second one is in the pipe."""

    worker: Literal["runs the first", "is free", "runs the second", "was killed"] = "runs the first"
    messages: tuple[Message, ...] = ()
    """What the worker has written and the parent has not read."""
    first: Literal["running", "cancelled", "ended"] = "running"
    second: Literal["queued", "taken", "booked", "ended"] = "queued"
    """Booked: the parent has read the acknowledgement."""


def worker_runs_the_first(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "runs the first"


def worker_runs_the_second(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "runs the second"


def worker_is_free(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "is free"


def worker_was_killed(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "was killed"


def worker_is_on_the_list(_k: None, s: Pool, _i: int) -> bool:
    return s.worker != "was killed"


def first_is_running(_k: None, s: Pool, _i: int) -> bool:
    return s.first == "running"


def first_is_cancelled(_k: None, s: Pool, _i: int) -> bool:
    return s.first == "cancelled"


def second_is_queued(_k: None, s: Pool, _i: int) -> bool:
    return s.second == "queued"


def second_is_booked(_k: None, s: Pool, _i: int) -> bool:
    return s.second == "booked"


def second_is_not_with_the_killed(_k: None, s: Pool, _i: int) -> bool:
    return s.second in {"queued", "ended"}


def next_is_the_first_result(_k: None, s: Pool, _i: int) -> bool:
    return s.messages[:1] == ("first: result",)


def next_is_an_acknowledgement(_k: None, s: Pool, _i: int) -> bool:
    return s.messages[:1] == ("second: mine",)


def next_is_the_second_result(_k: None, s: Pool, _i: int) -> bool:
    return s.messages[:1] == ("second: result",)


def everything_is_read(_k: None, s: Pool, _i: int) -> bool:
    return not s.messages


def _starts_another(_k: None, s: Pool, _i: int) -> Pool:
    return s._replace(worker="is free")


TABLE = (
    row("ClientCancelsFirst", first_is_running, then=lambda _k, s, _i: s._replace(first="cancelled"), to="poller",
        fair=Fair.NONE),
    row("WorkerAnswersFirst", worker_runs_the_first, to="reader",
        then=lambda _k, s, _i: s._replace(worker="is free", messages=(*s.messages, "first: result"))),
    row("WorkerTakesSecond", worker_is_free, second_is_queued, to="reader",
        then=lambda _k, s, _i: s._replace(
            worker="runs the second", second="taken", messages=(*s.messages, "second: mine"))),
    row("WorkerAnswersSecond", worker_runs_the_second, to="reader",
        then=lambda _k, s, _i: s._replace(worker="is free", messages=(*s.messages, "second: result"))),
    row("ReaderTakesFirstResult", next_is_the_first_result,
        then=lambda _k, s, _i: s._replace(messages=s.messages[1:], first="ended")),
    row("ReaderBooksSecond", next_is_an_acknowledgement,
        then=lambda _k, s, _i: s._replace(messages=s.messages[1:], second="booked")),
    row("ReaderTakesSecondResult", next_is_the_second_result,
        then=lambda _k, s, _i: s._replace(messages=s.messages[1:], second="ended")),
    row("PollerKillsWorker", first_is_cancelled, worker_is_on_the_list, to="worker",
        then=lambda _k, s, _i: s._replace(first="ended", worker="was killed")),
    row("PollerStartsAnother", worker_was_killed, to="worker", then=_starts_another),
    row("PollerLooksAround", worker_is_on_the_list, then=lambda _k, s, _i: s),
)  # fmt: skip

CURED = changed(
    TABLE,
    row("PollerStartsAnother", worker_was_killed, everything_is_read, second_is_not_with_the_killed, to="worker",
        then=_starts_another),
    row("PollerFailsSecond", worker_was_killed, everything_is_read, second_is_booked, to="client",
        then=lambda _k, s, _i: s._replace(second="ended")),
)  # fmt: skip


def pool_looks_idle(_k: None, s: Pool) -> bool:
    return s.worker == "is free" and s.second != "queued" and not s.messages


def second_was_submitted(_k: None, _s: Pool) -> bool:
    return True


def second_has_ended(_k: None, s: Pool) -> bool:
    return s.second == "ended"


EVERY_FUTURE_ENDS = LeadsTo("every_future_ends", second_was_submitted, second_has_ended)

EXHIBIT = Exhibit(
    name="late-acknowledgement",
    project="pebble",
    versions="up to 5.2.3 at least; the issue is open",
    seen="pebble 5.2.3 loses the task if its reader is slow",
    links=("https://github.com/noxdafox/pebble/issues/153",),
    words=told(__doc__),
    clauses=("P-70", "P-71"),
    failure=Failure.LASSO,
    claim="every_future_ends",
    steps=8,
    broken=design("late acknowledgement", Pool(), TABLE, EVERY_FUTURE_ENDS, terminal=pool_looks_idle),
    broken_states=29,
    fixed=design("late acknowledgement, cured", Pool(), CURED, EVERY_FUTURE_ENDS, terminal=pool_looks_idle),
    fixed_states=23,
)
