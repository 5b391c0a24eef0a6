"""Which of the proof's actions each step of the model is.

Decides: the mapping, row by row of the model's table: to an action of ``system``, or to nothing with a reason. Must not
know: what a state is in the proof's terms (``reading``), whether the mapping is true (``tie`` asks it of every step).

One step of the model is one action of the proof or none. Which one may depend on the state before it (what the answer
is, of what kind the task is) and, where the model decides by what the proof leaves open (patience, policy), on what
came of it.
"""

from collections.abc import Callable, Mapping

from checkedpool_model.proof.reading import submitted_by
from checkedpool_model.protocol.actions.client import shutdown_of, task_of
from checkedpool_model.protocol.actions.manager import CANCEL as TO_CANCEL
from checkedpool_model.protocol.actions.manager import DRAIN, next_to_deal, outcome_of
from checkedpool_model.protocol.bounds import LATE, REBUILT, Bounds
from checkedpool_model.protocol.state import End, Job, Mark, State, Step, gone, pending_tasks

__all__ = ["NOTHING", "NOT_COVERED", "STEPS", "STUTTERS", "Named", "Reads"]

Named = tuple[str, tuple[int, ...]]
"""An action of the proof and what its parameters stand for."""

NOTHING: Named = ("", ())

Reads = Callable[[Bounds, State, int, State], Named]
"""From a step of the model: constants, state before, index, state after."""


def _of_his_task(name: str) -> Reads:
    """The action with the client's task."""
    return lambda k, s, c, _after: (name, (task_of(k, s, c),))


def _of_him_and_his_task(name: str) -> Reads:
    """The action with the client and his task."""
    return lambda k, s, c, _after: (name, (c, task_of(k, s, c)))


def _of_the_lane_he_found(name: str) -> Reads:
    """The action with the lane that the client is at and his task."""
    return lambda k, s, c, _after: (name, (s.clients[c].lane, task_of(k, s, c)))


def _of_it(name: str) -> Reads:
    """The action with the index of the model's, be it a task's or a lane's."""
    return lambda _k, _s, i, _after: (name, (i,))


def _alone(name: str) -> Reads:
    """The action, which has no parameter."""
    return lambda _k, _s, _i, _after: (name, ())


def _requests(k: Bounds, s: State, c: int, _after: State) -> Named:
    return "ClientRequestsToCancel" if shutdown_of(k, s, c).level >= TO_CANCEL else "ClientRequests", ()


def _is_thrown_out(k: Bounds, s: State, c: int, _after: State) -> Named:
    client = s.clients[c]
    t = submitted_by(k, c, client)
    if t == Mark.NOBODY:
        return NOTHING  # a call that changes none of these relations any more, or has not begun to
    return ("ClientIsThrownOutAtOnce", (t,)) if client.step == Step.SUBMITTING else ("ClientIsThrownOut", (c, t))


def _takes_task(k: Bounds, s: State, _i: int, _after: State) -> Named:
    t = s.inbox[0].number
    if s.level >= DRAIN:
        return "ManagerDropsLateTask", (t,)
    return "ManagerTakesTaskToPickle" if k.kind(t) in LATE else "ManagerTakesTask", (t,)


def _takes_request(_k: Bounds, s: State, _i: int, _after: State) -> Named:
    return "ManagerTakesRequestToCancel" if s.inbox[0].number >= TO_CANCEL else "ManagerTakesRequest", ()


def _takes_job_done(_k: Bounds, s: State, _i: int, _after: State) -> Named:
    t = s.inbox[0].number
    return ("ManagerTakesPickled", (t,)) if s.tasks[t].job == Job.PICKLE else NOTHING


def _takes_answer(k: Bounds, s: State, i: int, after: State) -> Named:
    t = s.lanes[i].answers[0]
    if t < 0:  # it is ready; it is not; torn
        return _breaks_or_not(k, s, i, after)
    if t not in s.lanes[i].book:
        return "ManagerTakesAnswerForNobody", (i, t)
    if k.kind(t) in REBUILT:
        return "ManagerTakesValueToRebuild", (i, t)
    return "ManagerTakesError" if outcome_of(k, t) == End.FAILED else "ManagerTakesValue", (i, t)


def _breaks_or_not(_k: Bounds, s: State, _i: int, after: State) -> Named:
    """An initializer that has failed is a reason."""
    return ("ManagerBreaksThePool", ()) if after.broken and not s.broken else NOTHING


def _gives_up(_k: Bounds, s: State, i: int, after: State) -> Named:
    return "ManagerGivesUpStartAndBreaks" if after.broken and not s.broken else "ManagerGivesUpStart", (i,)


def _takes_failed_start(k: Bounds, s: State, _i: int, after: State) -> Named:
    return _gives_up(k, s, s.inbox[0].number, after)


def _blames(_k: Bounds, s: State, i: int, after: State) -> Named:
    return "ManagerBlamesTaskAndBreaks" if after.broken and not s.broken else "ManagerBlamesTask", (i,)


def _reaps(_k: Bounds, s: State, i: int, _after: State) -> Named:
    if s.broken:
        return "ManagerReapsInABrokenPool", (i,)
    return "ManagerBlamesTask" if s.lanes[i].stop == Mark.NOBODY else "ManagerStopsTask", (i,)


def _issues(k: Bounds, s: State, i: int, _after: State) -> Named:
    return "ManagerIssues", (i, next_to_deal(k, pending_tasks(s)))


def _issues_alone(_k: Bounds, s: State, i: int, _after: State) -> Named:
    return "ClientIssuesAlone", (i, s.inbox[0].number)


def _looks(_k: Bounds, s: State, _i: int, _after: State) -> Named:
    return "ManagerLooksAtLane", (s.inbox[0].number,)


def _ends_if_it_does(_k: Bounds, _s: State, i: int, after: State) -> Named:
    """Running exit handlers is a step of its own where they can stall."""
    return ("WorkerEnds", (i,)) if gone(after.lanes[i]) else NOTHING


def _begins(_k: Bounds, s: State, i: int, _after: State) -> Named:
    return "WorkerBegins", (i, s.lanes[i].tickets[0])


def _answers(_k: Bounds, s: State, i: int, _after: State) -> Named:
    return "WorkerAnswers", (i, s.lanes[i].running)


def _cannot_pickle(_k: Bounds, s: State, i: int, _after: State) -> Named:
    t = s.threads[i]
    return "ThreadCannotPickle" if s.tasks[t].unclaimed else "ThreadFindsItClaimed", (t,)


def _reads(k: Bounds, s: State, i: int, _after: State) -> Named:
    t = s.threads[i]
    return "ThreadReadsError" if outcome_of(k, t) == End.FAILED else "ThreadReadsValue", (t,)


STEPS: Mapping[str, Reads] = {
    "ClientPassesGate": _of_him_and_his_task("ClientPassesGate"),
    "ClientIsRefused": _of_his_task("ClientIsRefused"),
    "ClientCannotPickle": _of_his_task("ClientCannotPickle"),
    "ClientPosts": _of_him_and_his_task("ClientPosts"),
    "ClientSeesItStillOpen": _of_him_and_his_task("ClientSeesItStillOpen"),
    "ClientWithdraws": _of_him_and_his_task("ClientWithdraws"),
    "ClientIsOutrun": _of_him_and_his_task("ClientIsOutrun"),
    "ClientCancels": _of_his_task("ClientCancels"),
    "ClientFindsItAnswered": _of_his_task("ClientFindsItAnswered"),
    "ClientRevokesItsTicket": _of_the_lane_he_found("ClientRevokesItsTicket"),
    "ClientFindsItBegun": _of_the_lane_he_found("ClientFindsItBegun"),
    "ClientFindsItEnded": _of_his_task("ClientFindsItEnded"),
    "ClientFindsItEndedMeanwhile": _of_his_task("ClientFindsItEnded"),
    "ClientStops": _of_his_task("ClientStops"),
    "ClientComesTooLateToStop": _of_his_task("ClientFindsItEnded"),
    "ClientCloses": _alone("ClientCloses"),
    "ClientRequests": _requests,
    "ClientIssuesAlone": _issues_alone,
    "ClientReturns": _alone("ClientReturns"),
    "ClientIsInterrupted": _is_thrown_out,
    "ManagerTakesTask": _takes_task,
    "ManagerTakesRequest": _takes_request,
    "ManagerAsksForStart": _of_it("ManagerAsksForStart"),
    "ManagerTakesFailedStart": _takes_failed_start,
    "ManagerGivesUpStart": _gives_up,
    "ManagerLooksAtLane": _looks,
    "ManagerTakesJobDone": _takes_job_done,
    "ManagerTakesAnswer": _takes_answer,
    "ManagerForgets": _of_it("ManagerForgets"),
    "ManagerForgetsWhatIsDeferred": _of_it("ManagerForgets"),
    "ManagerIssues": _issues,
    "ManagerRevokesTickets": _of_it("ManagerRevokesTickets"),
    "ManagerCancels": _of_it("ManagerCancels"),
    "ManagerCancelsWhatIsDeferred": _of_it("ManagerCancels"),
    "ManagerBreaks": _of_it("ManagerBreaks"),
    "ManagerBreaksWhatIsDeferred": _of_it("ManagerBreaks"),
    "ManagerBreaksWhatIsBegun": _of_it("ManagerBreaksWhatIsBegun"),
    "ManagerReaps": _reaps,
    "ManagerBlamesTask": _blames,
    "ManagerTerminates": _of_it("WorkerEnds"),
    "ManagerKills": _of_it("WorkerEnds"),
    "ManagerEnds": _alone("ManagerEnds"),
    "ThreadCannotPickle": _cannot_pickle,
    "ThreadReads": _reads,
    "WorkerBegins": _begins,
    "WorkerAnswers": _answers,
    "WorkerAnswersAndIsFull": _answers,
    "WorkerTakesTheOrder": _ends_if_it_does,
    "WorkerExits": _of_it("WorkerEnds"),
    "WorkerCrashes": _of_it("WorkerEnds"),
    "WorkerIsTorn": _of_it("WorkerEnds"),
    "BootFails": _of_it("WorkerEnds"),
}

STUTTERS: Mapping[str, str] = {
    "ClientAsksToStop": "a worker may end at any moment: why it does is not in the proof",
    "ManagerTakesStop": "as ClientAsksToStop",
    "ClientWakesManager": "an accepted task is accepted from its second look on; the wake-up is not in the proof",
    "ClientHasNothingToCancel": "there is no future to cancel: nothing changes",
    "ClientReadsTheLane": "a canceller may look at any lane: what he has read is asked again under its lock",
    "ClientStartsAgain": "a canceller may look at any lane",
    "ClientDoesNotWaitForItself": "waiting changes nothing",
    "ManagerTakesStart": "a lane is manned from the wish to start its worker",
    "ManagerTellsToLeave": "an order to leave is no task's ticket",
    "ManagerLetsAnIdleWorkerGo": "as ManagerTellsToLeave",
    "ClientResizes": "how many workers there may be is not in the proof: it has any number",
    "ClientIsRefusedASize": "nothing changes",
    "ManagerTakesSize": "as ClientResizes",
    "ManagerDismisses": "to whom nothing is issued is not in the proof: it allows to issue to any lane",
    "ManagerTerminatesInVain": "the process does not mind",
    "ManagerAddsThread": "there is any number of user-code threads",
    "ManagerPutsUpTheFlag": "a manager may act at any moment: sleep only takes steps away",
    "ManagerLooksAgain": "as ManagerPutsUpTheFlag",
    "ManagerSleeps": "as ManagerPutsUpTheFlag",
    "ManagerWakes": "as ManagerPutsUpTheFlag",
    "ThreadTakesJob": "there is any number of user-code threads",
    "ThreadPickles": "what is kept may be pickled at any moment: the manager hears of it later",
    "ThreadHasCalled": "callbacks change none of the relations",
    "ThreadFindsNothingToDo": "nothing changes",
    "StarterStarts": "a lane is manned from the wish to start its worker",
    "WorkerBoots": "an answer that says ready is no task's",
    "WorkerLeavesAProcess": "nobody takes an end of file for a worker's end",
    "StatusIsStolen": "the exit status decides nothing",
    "StartHangs": "a lane is manned from the wish to start its worker",
    "StartFails": "a lane is manned from the wish to start its worker",
    "WorkerStalls": "a worker may take any time to end",
}
"""Steps of the model that are none of the proof, each with the reason. They must change nothing there."""

NOT_COVERED: Mapping[str, str] = {
    "ParentDies": "with the parent all futures are gone: the proof ends there",
    "WorkerIsOrphaned": "happens only when the parent is dead",
}
"""Steps of which the proof says nothing, each with the reason."""
