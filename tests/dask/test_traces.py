"""Traces of real runs on a cluster are followed through the protocol; altered ones, or of wrong schedulers, are not."""

from __future__ import annotations

import contextlib
import json
import os
import random
from concurrent.futures import CancelledError, wait
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from checkedpool.dask.tickets import Granted, Holder, Tickets
from checkedpool_model.cluster.follow import Followed, Report, events_of, follow
from checkedpool_spec.cluster_trace import Event
from tests import limits
from tests.dask import tasks
from tests.dask.conftest import tickets_at, until
from tests.dask.test_deaths import allow, kill_one, kill_who_has_slots_ahead

if TYPE_CHECKING:
    from collections.abc import Callable

    from checkedpool.dask import DaskExecutor


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def traced(client: Any, folder: Path) -> DaskExecutor:
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    return DaskExecutor(client, trace=folder)


def followed(folder: Path) -> Report:
    return follow(events_of(folder))


def heard(folder: Path) -> set[str]:
    return {event.value for event, _ in events_of(folder)}


# --- real runs --------------------------------------------------------------------------------------------------------


def a_run(executor: DaskExecutor, gate: Path) -> None:
    """Some of everything that a client does and a worker that lives."""
    held = [executor.submit(tasks.wait_for, str(gate)) for _ in range(2)]
    until(lambda: all(future.running() for future in held))
    views = [executor.with_options(priority=number % 3 - 1) for number in range(60)]
    futures = [view.submit(abs, -number) for number, view in enumerate(views)]
    assert [future.cancel() for future in futures[10:60:10]] == [True] * 5
    gate.touch()
    assert not wait(futures, limits.HANG).not_done
    assert list(executor.map(abs, range(10), chunksize=3)) == list(range(10))
    futures = [executor.submit(tasks.noted, str(gate) + "journal", number, 0.06) for number in range(8)]
    executor.shutdown(cancel_futures=True)
    with contextlib.suppress(CancelledError):
        futures[-1].result()


def test_a_run_is_followed_to_its_end(traced: DaskExecutor, folder: Path, gate: Path) -> None:
    """C-100: priorities, chunks, cancels, a shutdown that cancels."""
    a_run(traced, gate)
    report = followed(folder)
    assert report.verdict is Followed.TO_ITS_END, report.why
    assert heard(folder) >= {
        "begin", "issue", "start", "drop", "revoke", "close", "begun", "answered", "revoked", "over",
    }  # fmt: skip


def test_a_run_with_deaths_and_further_attempts_is_followed(
    traced: DaskExecutor, client: Any, cluster: Any, folder: Path, gate: Path
) -> None:
    """C-100, C-84: a worker that has begun nothing would lose nothing, so each of the two is to be in its long task."""
    view = traced.with_options(retries=3)
    held: list[Any] = [view.submit(tasks.wait_for, str(gate)) for _ in range(2)]
    waiting: list[Any] = [view.submit(abs, -number) for number in range(40)]
    for many in range(1, 3):
        until(lambda: client.run_on_scheduler(begun_at) == 2)
        kill_one(cluster, random.Random(3))
        until(partial(has_lost, folder, many))
        assert not wait(waiting, limits.HANG).not_done  # a further attempt comes behind them
    gate.touch()
    assert not wait([*held, *waiting], limits.HANG).not_done
    assert not [future for future in held if future.exception()]
    traced.shutdown()
    report = followed(folder)
    assert report.verdict is Followed.TO_ITS_END, report.why


def begun_at(dask_scheduler: Any) -> int:
    """Tasks that have begun, and are not over."""
    return len(tickets_at(dask_scheduler).begun)


def has_lost(folder: Path, many: int) -> bool:
    return sum(event is Event.LOST for event, _ in events_of(folder)) == many


def test_a_run_whose_slots_the_engine_gives_up_is_followed(
    traced: DaskExecutor, client: Any, cluster: Any, folder: Path, gate: Path
) -> None:
    """C-100."""
    before = client.run_on_scheduler(allow, failures=0)
    try:
        held = [traced.submit(tasks.wait_for, str(gate)) for _ in range(2)]
        waiting = [traced.submit(abs, -number) for number in range(6)]
        until(lambda: all(future.running() for future in held))
        kill_who_has_slots_ahead(client, cluster)
        until(lambda: "spent" in heard(folder))
        gate.touch()
        assert [future.result(limits.HANG) for future in waiting] == list(range(6))
    finally:
        client.run_on_scheduler(allow, failures=before)
    traced.shutdown()
    report = followed(folder)
    assert report.verdict is Followed.TO_ITS_END, report.why


def test_a_run_that_loses_its_connection_is_followed(engine: Any, cluster: Any, folder: Path, gate: Path) -> None:
    """C-100."""
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    with engine.Client(cluster, set_as_default=False) as client:
        executor = DaskExecutor(client, trace=folder)
        held: list[Any] = [executor.submit(tasks.wait_for, str(gate)) for _ in range(2)]
        waiting: list[Any] = [executor.submit(abs, -number) for number in range(9)]
        until(lambda: all(future.running() for future in held))
    assert all(future.exception(limits.HANG) for future in held + waiting)
    executor.shutdown()
    report = followed(folder)
    assert report.verdict is Followed.TO_ITS_END, report.why
    assert "broken" in heard(folder)


def test_a_run_that_is_not_over_is_accepted_so_far(traced: DaskExecutor, folder: Path) -> None:
    """C-100."""
    assert traced.submit(abs, -1).result(limits.HANG) == 1
    report = followed(folder)
    assert report.verdict is Followed.SO_FAR
    traced.shutdown()
    assert followed(folder).verdict is Followed.TO_ITS_END


def test_what_the_model_does_not_know_is_said(client: Any, folder: Path, gate: Path) -> None:
    """C-100: a death that breaks the executor."""
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    executor = DaskExecutor(client, on_worker_death="break", trace=folder)
    held = executor.submit(tasks.wait_for, str(gate))
    assert executor.submit(tasks.die).exception(limits.HANG)
    assert held.exception(limits.HANG)  # it breaks first
    executor.shutdown()
    report = followed(folder)
    assert report.verdict is Followed.OUT_OF_SIGHT
    assert "the model has no death that breaks" in report.why


# --- altered traces ---------------------------------------------------------------------------------------------------

Lines = list[dict[str, Any]]


def places(lines: Lines, event: str) -> list[int]:
    return [place for place, line in enumerate(lines) if line["e"] == event]


def begins_twice(lines: Lines) -> None:
    first = places(lines, "begun")[0]
    lines.insert(first + 1, lines[first])


def begins_what_was_cancelled(lines: Lines) -> None:
    number = lines[next(place for place in places(lines, "revoked") if lines[place]["numbers"])]["numbers"][0]
    lines[places(lines, "begun")[-1]]["number"] = number


def overtakes(lines: Lines) -> None:
    """Two tasks change places that have begun one behind the other, and their answers."""
    priority = {line["number"]: line["priority"] for line in lines if line["e"] == "issue"}
    begun = [lines[place]["number"] for place in places(lines, "begun")]
    one, two = next((a, b) for a, b in pairwise(begun[2:]) if priority[a] != priority[b])
    for line in lines:
        if line["e"] in {"begun", "answered"} and line["number"] in {one, two}:
            line["number"] = one + two - line["number"]


def answers_elsewhere(lines: Lines) -> None:
    """Of what is over an answer comes again."""
    first = places(lines, "answered")[0]
    lines.insert(first + 1, lines[first])


def revokes_what_runs(lines: Lines) -> None:
    """A cancel of a running task says True."""
    begun = lines[places(lines, "begun")[0]]["number"]
    question = places(lines, "revoke")[0]
    lines[question]["numbers"] = [*lines[question]["numbers"], begun]
    answer = next(place for place in places(lines, "revoked") if lines[place]["asked"] == lines[question]["asked"])
    lines[answer]["numbers"] = [*lines[answer]["numbers"], begun]


def revokes_too_few(lines: Lines) -> None:
    answer = next(place for place in places(lines, "revoked") if lines[place]["numbers"])
    lines[answer]["numbers"] = lines[answer]["numbers"][1:]


def blames_the_innocent(lines: Lines) -> None:
    """A death ends what waits: the last that begins has not begun yet."""
    first = places(lines, "answered")[0]
    number = lines[places(lines, "begun")[-1]]["number"]
    slot = lines[places(lines, "begun")[0]]["slot"]
    lines.insert(first, {"e": "lost", "at": 0, "number": number, "slot": slot, "worker": "w"})


def refuses_while_one_waits(lines: Lines) -> None:
    """Behind a begin of a task of low priority another slot asks in vain."""
    begun = places(lines, "begun")
    place = begun[len(begun) // 2]
    slot = next(
        slot for place_ in places(lines, "start") if place_ < place for slot in reversed(lines[place_]["slots"])
    )
    lines.insert(place + 1, {"e": "spent", "at": 0, "slot": slot, "asked": True})


def drops_what_is_needed(lines: Lines) -> None:
    start = places(lines, "start")[0]
    lines.insert(start + 1, {"e": "drop", "at": 0, "slot": lines[start]["slots"][-1]})


def starts_too_many(lines: Lines) -> None:
    start = places(lines, "start")[0]
    lines.insert(start + 1, {"e": "start", "at": 0, "slots": [10**6, 10**6 + 1]})


def forgets_an_answer(lines: Lines) -> None:
    del lines[places(lines, "answered")[-1]]


ALTERED = (
    begins_twice, begins_what_was_cancelled, overtakes, answers_elsewhere, revokes_what_runs, revokes_too_few,
    blames_the_innocent, refuses_while_one_waits, drops_what_is_needed, starts_too_many, forgets_an_answer,
)  # fmt: skip


@pytest.fixture(scope="module")
def recorded(engine: Any, clusters: Any, tmp_path_factory: pytest.TempPathFactory) -> Lines:
    """The lines of one run."""
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    folder = tmp_path_factory.mktemp("recorded")
    with engine.Client(clusters.whole(), set_as_default=False) as client:
        a_run(DaskExecutor(client, trace=folder), folder / "gate")
    return [json.loads(line) for line in (folder / "client.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("alter", ALTERED, ids=lambda alter: alter.__name__)
def test_an_altered_trace_is_refused(alter: Callable[[Lines], None], recorded: Lines, folder: Path) -> None:
    lines: Lines = json.loads(json.dumps(recorded))
    folder.mkdir()
    file = folder / "client.jsonl"

    def verdict() -> Report:
        file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        return followed(folder)

    assert verdict().verdict is Followed.TO_ITS_END
    alter(lines)
    assert verdict().verdict is Followed.ASTRAY


# --- wrong schedulers -------------------------------------------------------------------------------------------------


def in_turn(self: Tickets, executor: str, worker: str, slot: int = 0) -> Granted | None:
    """As a scheduler that knows no priorities."""
    ticket = next((ticket for ticket in self.calls if ticket[0] == executor), None)
    if ticket is None or worker not in self.workers:
        return None
    call = self._waits_no_more(ticket)
    self.begun[ticket] = Holder(worker, slot)
    self.workers[worker].add(ticket)
    return Granted(ticket[1], self.clients[ticket], call)


def revokes_all(self: Tickets, wanted: Any) -> list[Any]:
    """As one whose cancel of a running task says True."""
    there = [ticket for ticket in wanted if ticket in self.clients]
    for ticket in there:
        self._leave(ticket)
    return there


def test_a_scheduler_without_priorities_is_refused(
    traced: DaskExecutor, folder: Path, gate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-156: the scheduler of this cluster is in this process."""
    monkeypatch.setattr(Tickets, "begin", in_turn)
    a_run(traced, gate)
    report = followed(folder)
    assert report.verdict is Followed.ASTRAY
    assert "begun: " in report.why


def test_a_scheduler_that_takes_back_what_runs_is_refused(
    traced: DaskExecutor, folder: Path, gate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-05."""
    monkeypatch.setattr(Tickets, "revoke", revokes_all)
    held = [traced.submit(tasks.wait_for, str(gate)) for _ in range(2)]
    until(lambda: all(future.running() for future in held))
    traced._session.revoke([held[0].number])  # type: ignore[attr-defined]
    gate.touch()
    traced.shutdown()
    report = followed(folder)
    assert report.verdict is Followed.ASTRAY
    assert "revoked: " in report.why


# --- files ------------------------------------------------------------------------------------------------------------


def test_a_folder_takes_one_trace_and_a_child_writes_none(traced: DaskExecutor, client: Any, folder: Path) -> None:
    """C-100."""
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    with pytest.raises(FileExistsError):
        DaskExecutor(client, trace=folder)
    lines = len(events_of(folder))
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            traced.shutdown()
        os._exit(0)
    os.waitpid(child, 0)
    assert len(events_of(folder)) == lines
    traced.shutdown()
