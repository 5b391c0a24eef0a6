"""Runs in the formats of other tools: each is read back, and tells the same as the trace.

Decides: what must be in an export. Must not know: how it is written. What reads them back is in ``read_back`` and
``trace_event_format``.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from checkedpool_model.checker.membership import DEFAULT_LIMIT
from checkedpool_model.exports import itf as itf_module
from checkedpool_model.exports import shiviz
from checkedpool_model.exports.itf import itf
from checkedpool_model.exports.perfetto import perfetto
from checkedpool_model.exports.shiviz import log
from checkedpool_model.traces.timed import TimedRun, timed_run
from checkedpool_spec import cli
from checkedpool_spec.trace import E
from tests.checks.traces import runs
from tests.checks.traces.read_back import Entry, MalformedError, entries, states
from tests.checks.traces.trace_event_format import problems
from tests.pictures.runs import KEPT, NAMES, kept
from tests.pictures.test_runs import go_back, leave_early, mutated


@pytest.fixture(scope="module", params=[*NAMES, "chance"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> TimedRun:
    """A run that is kept, or one that is made now."""
    if request.param != "chance":
        return kept(request.param)
    directory = tmp_path_factory.mktemp("chance") / "run"
    runs.run(2, directory)
    return timed_run(directory, limit=DEFAULT_LIMIT)


# --- Perfetto ---------------------------------------------------------------------------------------------------------


def test_a_file_for_perfetto_is_what_the_trace_event_format_asks_for(made: TimedRun) -> None:
    assert problems(perfetto(made)) == []


def test_every_line_is_a_slice_and_every_step_of_the_model_stands_beside_its_line(made: TimedRun) -> None:
    events = json.loads(perfetto(made))["traceEvents"]
    slices = {event["args"]["where"]: event for event in events if event["ph"] == "X"}
    files = made.run.record.facts.files
    lines = [line for file in (files.parent, *files.workers.values()) for line in file.lines]
    assert set(slices) == {line.where for line in lines if line.e not in (E.END, E.RETURN, E.FAULT)}
    for one in made.happened:
        if one.where in slices:
            assert set(one.actions) <= set(slices[one.where]["args"]["model"])


def test_a_slice_lasts_as_long_as_its_line() -> None:
    events = json.loads(perfetto(kept("calm")))["traceEvents"]
    lines = [json.loads(line) for line in (KEPT / "calm" / "worker-0.jsonl").read_text().splitlines()]
    steps = [line["at"] for line in lines if line["e"] == "step"]
    workers = [event for event in events if event["ph"] == "X" and event["cat"] == "step"]
    assert [round(event["dur"] * 1000) for event in workers] == [after - before for before, after in steps]
    gaps = [round((two["ts"] - one["ts"]) * 1000) for one, two in pairwise(workers)]
    assert gaps == [two[0] - one[0] for one, two in pairwise(steps)]


def test_each_ticket_that_was_taken_is_an_arrow_from_its_issue_to_its_worker(made: TimedRun) -> None:
    events = json.loads(perfetto(made))["traceEvents"]
    arrows = [event for event in events if event["ph"] == "f" and event["name"] == "ticket"]
    begun = [
        one
        for one in made.happened
        if {"WorkerBegins", "WorkerTakesTheOrder"} & set(one.steps) and one.where.startswith("worker-")
    ]
    taken = [event for event in arrows if event["pid"] > 1]
    assert len(taken) == len(begun)


def test_a_death_and_a_refusal_are_marked(tmp_path: Path) -> None:
    events = json.loads(perfetto(kept("death")))["traceEvents"]
    assert [event["name"] for event in events if event["ph"] == "i"] == ["died"]
    for change in (leave_early, go_back):
        text = perfetto(mutated(tmp_path / change.__name__, change))
        assert problems(text) == []
        (refused,) = [event for event in json.loads(text)["traceEvents"] if event.get("s") == "g"]
        assert refused["name"].startswith("refused: ")
        assert json.loads(text)["otherData"]["verdict"] == "diverged"


Event = dict[str, Any]


def first(events: list[Event], phase: str) -> Event:
    return next(event for event in events if event["ph"] == phase)


def named(events: list[Event], name: str) -> Event:
    return next(event for event in events if event["name"] == name)


def overlapping(events: list[Event]) -> None:
    one, two = [event for event in events if event["ph"] == "X" and event["tid"] == 1][:2]
    two["ts"], two["dur"] = one["ts"] + one["dur"] / 2, one["dur"] + 10


def turned_round(events: list[Event]) -> None:
    """The last arrow goes from its end to its beginning."""
    one, two = [event for event in events if event["ph"] in "sf"][-2:]
    places = [{name: event[name] for name in ("pid", "tid", "ts")} for event in (one, two)]
    one.update(places[1])
    two.update(places[0])


WRONG: dict[str, Callable[[list[Event]], object]] = {
    "unknown phase": lambda events: first(events, "X").update(ph="Q"),
    "name is no str": lambda events: first(events, "X").pop("name"),
    "dur is no int or float": lambda events: first(events, "X").pop("dur"),
    "ts is no int or float": lambda events: first(events, "X").update(ts="1"),
    "pid is no int": lambda events: first(events, "X").update(pid=True),
    "time before the beginning": lambda events: first(events, "X").update(ts=-1),
    "the scope of an instant": lambda events: first(events, "i").update(s="x"),
    "lacks its argument": lambda events: first(events, "M").update(args={}),
    "lies half in another": overlapping,
    "not a beginning and an end": lambda events: events.remove(first(events, "f")),
    "an end in no slice": lambda events: first(events, "s").update(ts=10**12),
    "it ends before it begins": turned_round,
    "no thread_name of": lambda events: events.remove(named(events, "thread_name")),
    "no process_name of": lambda events: events.remove(named(events, "process_name")),
}
"""What the check says, and a file of which it must say so."""


@pytest.mark.parametrize("says", WRONG)
def test_a_file_that_is_not_what_the_format_asks_for_is_found(says: str) -> None:
    whole = json.loads(perfetto(kept("death")))
    WRONG[says](whole["traceEvents"])
    assert any(says in problem for problem in problems(json.dumps(whole))), problems(json.dumps(whole))


# --- ShiViz -----------------------------------------------------------------------------------------------------------


def before(one: dict[str, int], two: dict[str, int]) -> bool:
    """Whether the first clock happened before the second."""
    return one != two and all(count <= two.get(host, 0) for host, count in one.items())


def wrong_clocks(made: TimedRun, told: list[Entry]) -> list[str]:
    """Where the clocks say what the trace does not allow, or miss what it is sure of."""
    found, seen = [], dict[str, int]()
    intervals = [(one.earliest, one.latest) for one in made.happened]
    for entry in told:
        seen[entry.host] = seen.get(entry.host, 0) + 1
        if entry.clock[entry.host] != seen[entry.host]:
            found.append(f"{entry.event}: it is number {seen[entry.host]} of {entry.host}")
    for at, one in enumerate(told):
        for other, two in enumerate(told):
            if before(one.clock, two.clock) and intervals[at][0] > intervals[other][1]:
                found.append(f"{one.where} is before {two.where}, and was over only after it")
    return found + _messages(made, told)


def _messages(made: TimedRun, told: list[Entry]) -> list[str]:
    """Each message was posted before it was taken, each answer written before it was read: as the lines have it."""
    facts, found = made.run.record.facts, list[str]()
    claimed_at = {
        post.where: claim.where
        for call in facts.calls
        for claim, post in pairwise(call.parts)
        if claim.e is E.CLAIM and post.e is E.POST
    }
    clocks: dict[str, list[dict[str, int]]] = {}
    for entry in told:
        clocks.setdefault(entry.where, []).append(entry.clock)
    for each in facts.rounds:
        heard = {entry.event: entry.clock for entry in told if entry.where == each.look.where}
        for message in range(*each.look.numbers("messages")):
            post = facts.posts[message]
            taken = heard.get(f"the manager: takes {post.text('what')} {post.fields['number']}")
            posted = clocks.get(claimed_at.get(post.where, post.where), [])
            if taken and posted and not any(before(clock, taken) for clock in posted):
                found.append(f"message {message} is taken, and was not posted before")
    for lane, worker in facts.workers.items():
        begins = sum(step.text("came") == "TICKET" for step in worker.steps)
        own = [entry for entry in told if entry.where.startswith(f"worker-{lane}.")]
        begun = [entry for entry in own if "WorkerBegins" in entry.action]
        if any(entry.clock.get("manager", 0) == 0 for entry in begun) or len(begun) > begins:
            found.append(f"worker {lane} begins what the manager has not issued")
    return found


def test_a_log_for_shiviz_is_read_by_its_own_expression_and_has_every_event(made: TimedRun) -> None:
    told = entries(log(made))
    assert [(entry.event, entry.where) for entry in told] == [(one.text, one.where) for one in made.happened]
    assert [entry.action for entry in told] == [", ".join(one.actions) for one in made.happened]


def test_its_clocks_agree_with_the_order_of_the_trace(made: TimedRun) -> None:
    assert wrong_clocks(made, entries(log(made))) == []


def test_what_one_host_did_last_is_known_to_whoever_waited_for_it() -> None:
    told = entries(log(kept("death")))
    end, reaped = told[-1], next(entry for entry in told if entry.action.startswith("ManagerBlamesTask"))
    died = next(entry for entry in told if entry.action == "WorkerCrashes worker 0")
    assert died.host == "worker-0"
    assert before(died.clock, reaped.clock)
    assert end.action == "ClientReturns call 6"
    assert set(end.clock) == {"client", "manager", "starter", "worker-0", "worker-1"}


def deaf(told: list[Entry]) -> list[Entry]:
    """Nobody hears of anybody."""
    return [entry._replace(clock={entry.host: entry.clock[entry.host]}) for entry in told]


def stopped(told: list[Entry]) -> list[Entry]:
    return [entry._replace(clock={**entry.clock, entry.host: 1}) for entry in told]


def foreseeing(told: list[Entry]) -> list[Entry]:
    """Everybody knows at once what the manager will have done."""
    last = max(entry.clock.get("manager", 0) for entry in told)
    return [
        entry if entry.host == "manager" else entry._replace(clock={**entry.clock, "manager": last}) for entry in told
    ]


@pytest.mark.parametrize("wrong", [deaf, stopped, foreseeing])
def test_clocks_that_do_not_agree_with_the_trace_are_found(wrong: Callable[[list[Entry]], list[Entry]]) -> None:
    assert wrong_clocks(kept("death"), wrong(entries(log(kept("death")))))


def test_a_log_without_causes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mutant of the export."""
    monkeypatch.setattr(shiviz, "causes", lambda _: ())
    assert wrong_clocks(kept("death"), entries(log(kept("death"))))


@pytest.mark.parametrize(
    ("old", "new"), [("(?<clock>", "(?<time>"), ("{.*}", "<.*>"), ('{"client": 1}', '{"client": 0}')]
)
def test_a_log_that_its_expression_does_not_read_is_found(old: str, new: str) -> None:
    with pytest.raises(MalformedError):
        entries(log(kept("calm")).replace(old, new, 1))


# --- ITF --------------------------------------------------------------------------------------------------------------


def test_the_states_of_an_itf_file_are_those_of_the_run(made: TimedRun) -> None:
    text, left_out = itf(made)
    assert states(text) == list(made.states)
    assert not left_out
    told = [state["#meta"] for state in json.loads(text)["states"][1:]]
    assert [one["action"] for one in told] == [move.action for move in made.run.found.moves]


def test_of_a_run_that_is_too_large_the_first_states_are_there_and_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(itf_module, "PARTS", 70)
    text, left_out = itf(kept("calm"))
    few = states(text)
    assert 1 < len(few) < len(kept("calm").states)
    assert few == list(kept("calm").states[: len(few)])
    assert left_out == f"the first {len(few)} of {len(kept('calm').states)} states are here"
    assert json.loads(text)["#meta"]["left out"] == left_out


CHANGES: list[Callable[[dict[str, Any]], object]] = [
    lambda whole: whole["vars"].pop(),
    lambda whole: whole["states"][1].pop("inbox"),
    lambda whole: whole["states"].pop(3),
    lambda whole: whole["states"][2]["tasks"][0].update(unknown=1),
    lambda whole: whole["states"][2].update(closed="no"),
    lambda whole: whole.update(more=1),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_is_no_itf_is_found(change: Callable[[dict[str, Any]], object]) -> None:
    whole = json.loads(itf(kept("calm"))[0])
    change(whole)
    with pytest.raises(MalformedError):
        states(json.dumps(whole))


def test_a_state_that_is_another_is_found() -> None:
    whole = json.loads(itf(kept("calm"))[0])
    other = copy.deepcopy(whole)
    other["states"][2]["closed"] = True
    assert states(json.dumps(other)) != list(kept("calm").states)


# --- the command ------------------------------------------------------------------------------------------------------


def trace(*words: str) -> Any:
    return CliRunner().invoke(cli.build(), ["trace", *words])


@pytest.mark.parametrize(
    ("how", "begins"),
    [
        (("--draw", "svg"), "<svg "), (("--draw", "text"), "trace calm: "),
        (("--export", "perfetto"), '{"traceEvents":'), (("--export", "shiviz"), "(?<host>"),
        (("--export", "itf"), '{"#meta":'),
    ],
)  # fmt: skip
def test_the_command_prints_what_was_asked_for_and_nothing_else(how: tuple[str, ...], begins: str) -> None:
    shown = trace(str(KEPT / "calm"), *how)
    assert shown.exit_code == 0
    assert shown.stdout.startswith(begins)
    assert shown.stderr == ""


def test_the_command_writes_into_a_file(tmp_path: Path) -> None:
    shown = trace(str(KEPT / "calm"), "--export", "itf", "-o", str(tmp_path / "calm.itf.json"))
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert shown.stderr == f"written into {tmp_path / 'calm.itf.json'}\n"
    assert states((tmp_path / "calm.itf.json").read_text()) == list(kept("calm").states)


def test_a_refused_trace_is_shown_and_the_command_says_why_and_exits_with_its_status(tmp_path: Path) -> None:
    mutated(tmp_path / "early", leave_early)
    shown = trace(str(tmp_path / "early"), "--draw", "svg")
    assert shown.exit_code == 1
    assert shown.stdout.startswith("<svg ")
    assert "refused here" in shown.stdout
    assert shown.stderr.splitlines()[0] == f"{tmp_path / 'early'}: diverged"


def test_a_trace_that_was_not_followed_to_its_end_is_shown_as_far_as_it_was_and_is_not_called_refused() -> None:
    shown = trace(str(KEPT / "death"), "--draw", "svg", "--limit", "1")
    assert shown.exit_code == 3
    assert "not followed here" in shown.stdout
    assert "refused" not in shown.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((str(KEPT),), "one trace can be drawn or exported; there are 3"),
        ((str(KEPT / "calm"), "--export", "itf"), "give one of --draw, --export and --json"),
        ((str(KEPT / "calm"), "--json"), "give one of --draw, --export and --json"),
        ((str(KEPT / "nothing"),), "expected a directory that a traced pool has written"),
        ((str(KEPT / "calm"), "-o", "/nowhere/picture.svg"), "cannot write /nowhere/picture.svg"),
    ],
)
def test_what_cannot_be_shown_is_misuse_and_said_in_a_sentence(words: tuple[str, ...], says: str) -> None:
    shown = trace(*words, "--draw", "svg")
    assert shown.exit_code == 2
    assert says in " ".join(shown.output.replace("│", " ").split())


def test_a_file_without_a_drawing_is_misuse() -> None:
    shown = trace(str(KEPT / "calm"), "-o", "file.svg")
    assert shown.exit_code == 2
    assert "-o goes with --draw or --export" in shown.output


def test_a_trace_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "parent.jsonl").open("wb") as file:
        file.truncate(1_000_000_000)
    shown = trace(str(tmp_path), "--draw", "svg")
    assert shown.exit_code == 2
    assert "a trace of at most 20,000,000 bytes can be shown" in " ".join(shown.output.replace("│", " ").split())


def test_a_trace_that_no_pool_writes_is_diverged_and_there_is_nothing_to_show(tmp_path: Path) -> None:
    lines = [json.loads(line) for line in (KEPT / "calm" / "parent.jsonl").read_text().splitlines()]
    lines[0]["max_workers"] = -(10**30)
    (tmp_path / "parent.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    shown = trace(str(tmp_path), "--draw", "svg")
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "there is nothing to show" in shown.stderr
