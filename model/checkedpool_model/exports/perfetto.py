"""A trace in the Trace Event Format, which Perfetto, ``chrome://tracing`` and ``vizviewer`` open.

Decides: which track an event is on, what flows from where to where. Must not know: which step of the model an event is
(``traces``), which event is a cause of which (``causes``).

Each line of the trace is a slice as long as its interval, whether followed or not. What was followed names its steps of
the model. Of a trace in which a line cannot stand, what was written before that line is here. Processes have small
numbers, since those of the system may come twice; their names tell these.
"""

import json
from collections.abc import Iterator, Mapping

from checkedpool_model.exports.causes import ANSWERS, INBOX, TICKETS, causes
from checkedpool_model.traces.timed import Happened, TimedRun
from checkedpool_spec.trace import E
from checkedpool_spec.trace_files import Json, Line

__all__ = ["perfetto"]

POOL = 1
MANAGER, STARTER, USER_CODE, CLIENTS = 1, 2, 3, 100
"""Threads of the pool's own process: of user code and of clients as many as are busy at a time."""
WORKER = 1
CARRIED = {INBOX: "message", TICKETS: "ticket", ANSWERS: "answer"}
"""The channels that are drawn as arrows."""

Event = dict[str, Json]
Track = tuple[int, int]


def perfetto(made: TimedRun) -> str:
    """The file."""
    export = _Export(made)
    whole = {
        "traceEvents": list(export.events()),
        "displayTimeUnit": "ns",
        "otherData": {"trace": made.name, "verdict": made.verdict.value, "why": list(made.why)},
    }
    return json.dumps(whole, separators=(",", ":")) + "\n"


class _Export:
    """What is known while the events are made."""

    def __init__(self, made: TimedRun) -> None:
        self.made = made
        self.files = made.run.record.facts.files
        self.pids = {lane: POOL + 1 + at for at, lane in enumerate(sorted(self.files.workers))}
        self.of_line: dict[str, list[Happened]] = {}
        for one in made.happened:
            self.of_line.setdefault(one.where, []).append(one)
        self.tracks: dict[Track, str] = {(POOL, MANAGER): "manager"}
        self.placed: dict[str, tuple[Track, int, int]] = {}
        """Of each line that is a slice: where it is, and its interval."""
        self.busy: list[int] = []
        """Of each user-code thread, until when."""

    def events(self) -> Iterator[Event]:
        """All of them: slices, then arrows, then the names of the tracks, which are known by then."""
        slices = [*self._parent(), *self._workers()]
        yield from self._names()
        yield from sorted(slices, key=_by_track)
        yield from self._arrows()
        yield from self._deaths()
        yield from self._refusal()

    # --- tracks -------------------------------------------------------------------------------------------------------

    def _names(self) -> Iterator[Event]:
        files = self.files
        yield _name("process_name", POOL, 0, f"pool (pid {files.parent.first.number('pid')})")
        for lane, pid in self.pids.items():
            yield _name("process_name", pid, 0, f"worker {lane} (pid {files.workers[lane].first.number('pid')})")
            yield {"ph": "M", "name": "process_sort_index", "pid": pid, "tid": 0, "ts": 0, "args": {"sort_index": pid}}
        for (pid, tid), name in self.tracks.items():
            yield _name("thread_name", pid, tid, name)

    # --- slices -------------------------------------------------------------------------------------------------------

    def _parent(self) -> Iterator[Event]:
        calls = {call.line.number("call"): call for call in self.made.run.record.facts.calls}
        last = max(line.after for line in (self.files.parent.first, *self.files.parent.lines))
        for line in self.files.parent.lines:
            number = line.fields.get("call")
            if line.e is E.CALL:
                call = calls.get(line.number("call"))
                over = call.returned if call else None
                end = last if over is None else over.after
                came: Json = "not over" if over is None else over.fields["came"]
                yield self._slice(self._client(number), line, line.text("does"), end=end, came=came)
            elif line.e is E.RETURN:
                self.placed[line.where] = self._client(number), line.before, line.after
            elif number is not None or line.e in (E.CLAIM, E.REVOKE, E.ISSUE):
                what = line.text("what") if line.e is E.POST else line.e.value
                yield self._slice(self._client(number), line, what)
            elif line.e is E.POST:
                yield self._slice(self._thread(line), line, line.text("what"))
            elif line.e is E.JOB:
                yield self._slice(self._user_code(line), line, line.text("does"))
            elif line.e is not E.END:
                name = line.node("op").text("is") if line.e is E.OP else line.e.value
                yield self._slice((POOL, MANAGER), line, name)

    def _workers(self) -> Iterator[Event]:
        for lane, file in self.files.workers.items():
            track = self.pids[lane], WORKER
            self.tracks[track] = f"worker {lane}"
            for line in file.lines:
                if line.e is E.STEP:
                    yield self._slice(track, line, line.text("op"))
                elif line.e is E.FAULT:
                    yield self._instant(track, line.after, f"fault: {line.text('how')}", "t")

    def _client(self, call: Json) -> Track:
        row = self.made.names.rows.get(call, 0) if isinstance(call, int) else 0
        name = self.made.names.client(call) if isinstance(call, int) else "client"
        self.tracks.setdefault((POOL, CLIENTS + row), name)
        return POOL, CLIENTS + row

    def _thread(self, line: Line) -> Track:
        """Who posts something outside of any call: the start thread, or a user-code thread."""
        if line.text("what") in ("Started", "StartFailed"):
            self.tracks.setdefault((POOL, STARTER), "start thread")
            return POOL, STARTER
        return self._user_code(line)

    def _user_code(self, line: Line) -> Track:
        at = next((at for at, until in enumerate(self.busy) if until <= line.before), len(self.busy))
        self.busy[at : at + 1] = [line.after]
        self.tracks.setdefault((POOL, USER_CODE + at), f"user code {at}")
        return POOL, USER_CODE + at

    def _slice(self, track: Track, line: Line, name: str, *, end: int | None = None, came: Json = None) -> Event:
        end = line.after if end is None else end
        self.placed[line.where] = track, line.before, end
        args: dict[str, Json] = {"where": line.where}
        model = [action for one in self.of_line.get(line.where, ()) for action in one.actions]
        if model:
            args["model"] = list(model)
        if came is not None:
            args["came"] = came
        args |= {key: value for key, value in line.fields.items() if key not in ("e", "at") and key not in args}
        return {
            "ph": "X", "name": name, "cat": line.e.value, "pid": track[0], "tid": track[1],
            "ts": self._micro(line.before), "dur": round((end - line.before) / 1000, 3), "args": args,
        }  # fmt: skip

    # --- beside them --------------------------------------------------------------------------------------------------

    def _arrows(self) -> Iterator[Event]:
        by_number = {one.number: one for one in self.made.happened}
        for number, cause in enumerate((one for one in causes(self.made) if one.by in CARRIED), 1):
            wheres = [by_number[one].where for one in (cause.cause, cause.effect)]
            ends = [self.placed[where] for where in wheres if where in self.placed]
            if len(ends) < len(wheres) or ends[0][1] > ends[1][2]:
                continue  # what a dying worker may have done was told by those who buried it, later
            for phase, (track, begins, over) in zip("sf", ends, strict=True):
                yield {
                    "ph": phase, "id": number, "name": CARRIED[cause.by], "cat": "channel", "pid": track[0],
                    "tid": track[1], "ts": self._micro(begins if phase == "s" else over),
                    **({"bp": "e"} if phase == "f" else {}),
                }  # fmt: skip

    def _deaths(self) -> Iterator[Event]:
        for one in self.made.happened:
            if "WorkerCrashes" in one.steps:
                pid = self.pids.get(int(one.whom.rpartition(" ")[2]))
                if pid is not None:
                    yield self._instant((pid, WORKER), one.at + self.made.begun, "died", "p", model=list(one.actions))

    def _refusal(self) -> Iterator[Event]:
        refused = self.made.refused
        if refused is not None:
            why: Json = list(self.made.why)
            yield self._instant(
                (POOL, MANAGER), refused.at + self.made.begun, f"{self.made.stop}: {refused.text}", "g", why=why
            )

    def _instant(self, track: Track, at: int, name: str, scope: str, **args: Json) -> Event:
        return {
            "ph": "i", "name": name, "cat": "mark", "pid": track[0], "tid": track[1], "ts": self._micro(at),
            "s": scope, "args": args,
        }  # fmt: skip

    def _micro(self, moment: int) -> float:
        return round((moment - self.made.begun) / 1000, 3)


def _name(what: str, pid: int, tid: int, name: str) -> Event:
    return {"ph": "M", "name": what, "pid": pid, "tid": tid, "ts": 0, "args": {"name": name}}


def _by_track(event: Mapping[str, Json]) -> tuple[object, ...]:
    """On each track in order of time, what is around others before them."""
    dur = event.get("dur", 0)
    return event["pid"], event["tid"], event["ts"], -(dur if isinstance(dur, int | float) else 0)
