"""A client's own issue is in the trace, and agrees with what the manager has lent and with what it recalls."""

from __future__ import annotations

import json
import os
import socket
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from checkedpool import ProcessPoolExecutor
from checkedpool._fast.direct_dispatch import MOST, Loan
from checkedpool._pool.shared import PoolFuture, Shared
from checkedpool_model.traces.verdict import Verdict, judge
from tests import limits
from tests.behaviour.gates import eventually
from tests.checks.traces.mutations import Trace, load, store
from tests.lending import LENDS, is_lending

pytestmark = pytest.mark.skipif(not LENDS, reason="no worker is lent here")

LIMIT = limits.HANG
Event: TypeAlias = dict[str, Any]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    """The last task but one is issued by its client; the last one is too large for that."""
    directory = tmp_path_factory.mktemp("alone") / "run"
    with ProcessPoolExecutor(2, get_context("fork"), trace=directory) as pool:

        def is_lent() -> bool:
            return is_lending(pool)

        def has_issued() -> bool:
            assert pool.submit(abs, -1).result(LIMIT) == 1
            eventually(is_lent, "a worker is lent")
            return '"e":"issue"' in (directory / "parent.jsonl").read_text()

        eventually(has_issued, "a client has issued its task")
        assert pool.submit(len, bytes(2 * MOST)).result(LIMIT) == 2 * MOST
        eventually(is_lent, "a worker is lent")
    return load(directory)


class Story:
    """The lines of the pool's own process, to be changed."""

    def __init__(self, trace: Trace, directory: Path) -> None:
        self.trace, self.directory = trace, directory
        self.lines: list[Event] = [json.loads(line) for line in trace["parent.jsonl"]]
        self.issue = next(line for line in self.lines if line["e"] == "issue")
        self.task, self.lane = self.issue["task"], self.issue["lane"]
        self.called = next(line for line in self.lines if line["e"] == "call" and line["call"] == self.issue["call"])
        self.post = next(line for line in self.of_call() if line["e"] == "post")
        self.returned = self.of_call()[-1]
        self.look = next(line for line in self.lines if self.task in (out.get("used") for out in recalled(line)))
        self.lend = [line for line in self.lines[: self.lines.index(self.look)] if is_lend(line)][-1]

    def of_call(self) -> list[Event]:
        """Its lines after the first."""
        return [line for line in self.lines if line.get("call") == self.issue["call"] and line["e"] != "call"]

    def put_behind(self, line: Event, new: Event) -> None:
        """One more line, at the end of the time of the other."""
        moment = line["at"][1]
        self.lines.insert(self.lines.index(line) + 1, {**new, "at": [moment, moment]})

    def judged(self) -> tuple[Verdict, str]:
        store({**self.trace, "parent.jsonl": [json.dumps(line) for line in self.lines]}, self.directory)
        report = judge(self.directory, draw=False)
        return report.verdict, " ".join(report.why)

    def why(self) -> str:
        """Why it diverges."""
        verdict, why = self.judged()
        assert verdict is Verdict.DIVERGED, why
        return why


@pytest.fixture
def story(alone: Trace, tmp_path: Path) -> Story:
    return Story(alone, tmp_path / "told")


def is_lend(line: Event) -> bool:
    return line["e"] == "op" and bool(line["op"]["is"] == "Lend")


def recalled(line: Event) -> list[Event]:
    return [out for out in line.get("came") or () if out["is"] == "Recalled"] if line["e"] == "look" else []


def test_a_run_whose_client_has_issued_its_task_is_accepted_and_complete(story: Story) -> None:
    assert (story.lane, story.issue["ticket"]) == (story.lend["op"]["lane"], story.lend["op"]["seq"])
    assert story.judged() == (Verdict.COMPLETE, "")


# --- the manager's lines ----------------------------------------------------------------------------------------------


def test_what_a_client_has_issued_is_found_when_the_worker_is_recalled(story: Story) -> None:
    recalled(story.look)[0]["used"] = None
    assert f"task {story.task} was issued by its client, and the manager does not find it" in story.why()


def test_a_worker_that_was_not_lent_is_not_recalled(story: Story) -> None:
    story.lines.remove(story.lend)
    assert "and nothing is lent" in story.why()


def test_a_worker_that_is_lent_is_recalled_at_the_next_look(story: Story) -> None:
    unused = next(line for line in story.lines if any(out["used"] is None for out in recalled(line)))
    unused["came"].remove(recalled(unused)[0])
    assert "the manager recalls lanes [], and lane" in story.why()


def test_a_worker_is_recalled_once_at_a_look(story: Story) -> None:
    story.look["came"] += recalled(story.look)
    assert f"the manager recalls lanes [{story.lane}, {story.lane}], and lane {story.lane} is lent" in story.why()


def test_a_worker_that_was_recalled_is_not_recalled_at_the_look_after_that(story: Story) -> None:
    lend = next(line for line in story.lines[story.lines.index(story.look) :] if is_lend(line))
    story.lines.remove(lend)
    assert "and nothing is lent" in story.why()


def test_a_worker_is_recalled_when_the_manager_looks_and_not_by_an_operation(story: Story) -> None:
    story.lend["came"] = recalled(story.look)
    assert "it recalls a worker, and does not look" in story.why()


def test_the_manager_finds_the_task_that_was_issued_and_no_other(story: Story) -> None:
    recalled(story.look)[0]["used"] -= 1
    assert f"task {story.task - 1} was issued by its client, and is not the first in the inbox" in story.why()


def test_the_manager_recalls_the_worker_that_it_has_lent_and_no_other(story: Story) -> None:
    recalled(story.look)[0]["lane"] = 1 - story.lane
    assert f"the manager recalls lanes [{1 - story.lane}], and lane {story.lane} is lent" in story.why()


def test_a_task_that_its_client_has_issued_is_the_first_message(story: Story) -> None:
    other = [line for line in story.lines if line["e"] == "post" and line["what"] == "Submitted"][-1]
    other["message"], story.post["message"] = story.post["message"], other["message"]
    assert f"task {story.task} was issued by its client, and is not the first in the inbox" in story.why()


def test_a_task_that_its_client_has_issued_is_not_taken_in_once_more(story: Story) -> None:
    story.look["came"].append({"is": "Submitted", "ids": [story.task], "deferred": False})
    assert "what it heard is not what was posted" in story.why()


def test_one_worker_is_lent_at_a_time(story: Story) -> None:
    story.put_behind(story.lend, {**story.lend, "op": {**story.lend["op"], "lane": 1 - story.lane}})
    assert f"lane {story.lane} is lent already" in story.why()


def test_the_manager_does_nothing_with_a_worker_that_it_has_lent(story: Story) -> None:
    take = {"e": "op", "op": {"is": "Revoke", "lane": story.lane}, "came": []}
    story.put_behind(story.lend, take)
    assert f"the manager has lent lane {story.lane} and has not recalled it" in story.why()


def test_a_worker_is_lent_for_the_frame_that_is_next(story: Story) -> None:
    lend = [line for line in story.lines if is_lend(line)][-1]
    lend["op"]["seq"] += 1
    assert f"the next frame to lane {lend['op']['lane']} is {lend['op']['seq'] - 1}" in story.why()


def test_no_worker_is_lent_that_was_never_started(story: Story) -> None:
    lend = [line for line in story.lines if is_lend(line)][-1]
    look = next(line for line in story.lines[story.lines.index(lend) :] if recalled(line))
    lend["op"]["lane"] = recalled(look)[0]["lane"] = 2
    assert "lane 2 was never started" in story.why()


# --- the client's -----------------------------------------------------------------------------------------------------


def test_a_task_is_found_issued_only_if_its_client_has_issued_it(story: Story) -> None:
    story.lines.remove(story.issue)
    assert f"the manager finds task {story.task} issued, and its client has not issued it" in story.why()


@pytest.mark.parametrize("field", ["lane", "ticket"])
def test_a_client_issues_to_the_worker_that_is_lent_and_under_its_number(field: str, story: Story) -> None:
    story.issue[field] += 1
    assert f"what is lent is lane {story.lane}, for ticket {story.lend['op']['seq']}" in story.why()


def test_a_client_issues_its_own_task(story: Story) -> None:
    story.issue["task"] -= 1
    assert story.judged()[0] is Verdict.DIVERGED


def test_a_client_does_not_issue_before_a_worker_is_lent(story: Story) -> None:
    moment = story.lend["at"][0] - 1
    story.called["at"] = [moment, moment]
    for line in (story.post, story.issue, story.returned):
        line["at"][0] = moment
    assert f"lane {story.lane} is not lent at this time" in story.why()


def test_a_client_does_not_issue_after_the_worker_was_recalled(story: Story) -> None:
    moment = max(story.look["at"][1], story.returned["at"][1]) + 1
    story.issue["at"], story.returned["at"][1] = [moment, moment], moment
    assert f"lane {story.lane} is not lent at this time" in story.why()


def test_a_client_posts_its_task_before_it_issues_it(story: Story) -> None:
    story.lines.remove(story.issue)
    story.put_behind(story.called, story.issue)
    story.called["at"] = story.lend["at"]  # it was lent by then
    story.returned["at"][0] = story.called["at"][0]
    assert "no submit() makes these accesses: iP" in story.why()


def test_a_client_issues_its_task_once(story: Story) -> None:
    story.lines.insert(story.lines.index(story.issue), story.issue)
    assert "no submit() makes these accesses: Pii" in story.why()


@pytest.mark.parametrize("came", ["closed", "broken"])
def test_a_client_that_is_refused_has_not_issued_its_task(came: str, story: Story) -> None:
    story.returned["came"] = came
    assert "no submit() makes these accesses: Pi" in story.why()


def test_a_client_that_withdraws_its_task_does_not_issue_it(story: Story) -> None:
    claim = {"e": "claim", "task": story.task, "won": True, "call": story.issue["call"]}
    story.put_behind(story.post, claim)
    assert "no submit() makes these accesses: Pwi" in story.why()


def test_only_who_submits_issues(story: Story) -> None:
    shutdown = next(line for line in story.lines if line.get("does") == "shutdown")
    story.lines.remove(story.issue)
    story.put_behind(shutdown, {**story.issue, "call": shutdown["call"]})
    assert "shutdown has no issue" in story.why()


def test_what_the_system_did_not_take_was_told_to_the_manager_before(story: Story) -> None:
    story.issue["taken"] = False
    assert "no submit() makes these accesses: Pb" in story.why()


@pytest.mark.parametrize("what", ["put", "ticket_end"])
def test_a_ticket_that_the_system_did_not_take_counts_as_read_back(
    what: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    closed = socket.socket()
    closed.close()
    refusing = {"put": partial(os.writev, -1), "ticket_end": closed}  # no code in Python: as a signal handler's
    use = Loan.use

    def use_without_memory(loan: Loan, shared: Shared, future: PoolFuture[Any]) -> bool:
        with monkeypatch.context() as patched:
            patched.setattr(loan.lane, what, refusing[what])
            return use(loan, shared, future)

    monkeypatch.setattr(Loan, "use", use_without_memory)
    with ProcessPoolExecutor(1, get_context("fork"), trace=tmp_path) as pool:

        def has_tried() -> bool:
            assert pool.submit(abs, -1).result(LIMIT) == 1
            eventually(lambda: is_lending(pool), "a worker is lent")
            return '"taken":false' in (tmp_path / "parent.jsonl").read_text()

        eventually(has_tried, "a client could not issue its task")
    report = judge(tmp_path, draw=False)
    assert (report.verdict, report.why) == (Verdict.COMPLETE, ())


# --- lines that are not written any more ------------------------------------------------------------------------------


def test_a_program_that_is_killed_may_not_have_written_that_its_task_was_issued(story: Story) -> None:
    story.lines = [
        line for line in story.lines[: story.lines.index(story.look) + 1] if line not in (story.issue, story.returned)
    ]
    verdict, why = story.judged()
    assert verdict is Verdict.INCOMPLETE
    assert f"call {story.issue['call']}, submit, has not returned" in why


@pytest.mark.parametrize("last", ["lend", "look"])
def test_a_program_that_is_killed_may_not_have_written_that_it_lent_a_worker_or_recalled_it(
    last: str, story: Story
) -> None:
    client = [story.called, story.post, story.issue]
    before = story.lines[: story.lines.index(getattr(story, last))]
    story.lines = [line for line in before if line not in (*client, story.returned)] + client
    assert story.judged()[0] is Verdict.INCOMPLETE


def test_a_client_that_was_thrown_out_may_not_have_written_that_it_issued_its_task(story: Story) -> None:
    story.lines.remove(story.issue)
    story.returned["came"] = "thrown out"
    assert story.judged() == (Verdict.COMPLETE, "")
