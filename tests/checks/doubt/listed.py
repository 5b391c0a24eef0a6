"""The bugs that can be planted.  Data, and how one is named.

Decides: which bugs there are, which check must catch each, and in which words.  Must not know: how a check is run.

Each is a mistake that somebody could make: in what is promised, in the protocol, in the checker that explores it, in
the proof, and in each layer of the pool.  ``tests/checks/mutants`` has many more, for those who do not choose.
"""

from __future__ import annotations

from tests.checks.doubt.bug import Bug

__all__ = ["BUGS", "bugs_named"]

PYTEST = "python -m pytest -q -x --tb=short"
CLIENT = "model/checkedpool_model/protocol/actions/client.py"
MANAGER = "model/checkedpool_model/protocol/actions/manager.py"
SUPERVISOR = "model/checkedpool_model/protocol/actions/supervisor.py"
CHECKER = "model/checkedpool_model/checker"
INTERLEAVINGS = "python -m tests.checks.interleavings"

BUGS: tuple[Bug, ...] = (
    Bug(
        "cancel-of-what-runs", "contract",
        "The contract lets cancel() succeed although a worker has begun the task.",
        "spec/checkedpool_spec/contract.py",
        'Rule("Cancels", ("C-05", "C-06"), "future", (may_run, pending),',
        'Rule("Cancels", ("C-05", "C-06"), "future", (may_run, unfinished),',
        f"{PYTEST} tests/audit/test_histories.py",
        "FAILED tests/audit/test_histories.py::test_cancel",
    ),
    Bug(
        "no-second-look", "protocol",
        "submit() does not look again whether the pool is shut, after it has posted its task.",
        CLIENT,
        '_row("ClientSeesItStillOpen", "P-12", at(Step.POSTED), sees_it_open, does=goes_to_wake)',
        '_row("ClientSeesItStillOpen", "P-12", at(Step.POSTED), does=goes_to_wake)',
        "checkedpool check gate",
        "accepted_future_ends_with_the_pool",
    ),
    Bug(
        "sleeps-at-once", "protocol",
        "The manager goes to sleep without a last look into its inbox.",
        SUPERVISOR,
        "(has_put_up_the_flag, inbox_is_empty),",
        "(has_put_up_the_flag,),",
        "checkedpool check exit-handlers",
        "no_deadlock",
    ),
    Bug(
        "latest-request-wins", "protocol",
        "Of several requests to shut down the latest wins, not the strongest.",
        MANAGER,
        "level=max(s.level, ShutdownLevel(s.inbox[0].number))",
        "level=ShutdownLevel(s.inbox[0].number)",
        "checkedpool check shutdown-orders",
        "strongest_request_wins",
    ),
    Bug(
        "death-without-a-charge", "protocol",
        "The death of a worker is charged to no task: the one that it ran is forgotten.",
        SUPERVISOR,
        "    s = with_lane(ends_booked(s, i, End.BLAMED), i, Lane())\n",
        "    s = with_lane(s, i, Lane())\n",
        "checkedpool check replace",
        "accepted_future_ends_with_the_pool",
    ),
    Bug(
        "deaf-manager", "protocol",
        "Nothing makes the manager take in at last what is there for it.",
        MANAGER,
        "does=does, seen=seen, fair=Fair.STRONG)",
        "does=does, seen=seen, fair=Fair.NONE)",
        "checkedpool check live-user-code",
        "accepted_task_0_ends",
    ),
    Bug(
        "fairness-for-all", "checker",
        "The checker takes a weak move for possible all the time if it is possible in the first state of a circle.",
        f"{CHECKER}/fairness.py",
        "if not taken or weak.intersection(*possible) - taken:",
        "if not taken or weak.intersection(possible[0]) - taken:",
        f"{PYTEST} tests/model/test_liveness.py",
        "FAILED tests/model/test_liveness.py::",
    ),
    Bug(
        "states-thrown-away", "checker",
        "The checker throws away what the third move of a state leads to, and each after it.",
        f"{CHECKER}/explore.py",
        "found = successors(state)\n            moves",
        "found = list(successors(state))[:2]\n            moves",
        "checkedpool check values",
        "runs.toml says",
    ),
    Bug(
        "claims-of-the-first-state", "checker",
        "The checker asks its claims of the initial state alone.",
        f"{CHECKER}/explore.py",
        "claim = self.fails(state)\n",
        "claim = self.fails(state) if parent < 0 else None\n",
        "checkedpool museum",
        "the broken design is not found broken: holds",
    ),
    Bug(
        "proof-without-the-inbox", "proof",
        "In the proof the manager may end while a task lies in its inbox.",
        "model/checkedpool_model/proof/system.py",
        "inbox_is_empty=every(x)(~inbox(x)),\n",
        "\n",
        f"{PYTEST} tests/proof/test_discharge.py -k ManagerEnds",
        "accepted_future_ends_with_the_pool",
    ),
    Bug(
        "proof-of-another-protocol", "proof",
        "In the proof a worker that begins a task leaves its ticket where it was.",
        "model/checkedpool_model/proof/system.py",
        "(takes(ticket(l, t)), puts(running(l, t)), puts(begun(t)))",
        "(puts(running(l, t)), puts(begun(t)))",
        "checkedpool prove --only tie --scope idle",
        "WorkerBegins",
    ),
    Bug(
        "forgets-what-came-back", "machines",
        "The manager forgets the tasks whose tickets it has revoked.",
        "impl/checkedpool/_core/manager.py",
        "            self._give_back([*ids, *lane.take_queued()])",
        "            lane.take_queued()",
        "checkedpool schedules --scope two --strategy random --runs 50",
        "two: a future does not end",
    ),
    Bug(
        "sigterm-for-ever", "machines",
        "A worker that ignores SIGTERM is sent SIGTERM again, and SIGKILL never.",
        "impl/checkedpool/_core/manager.py",
        "Force.TERMINATE: Force.KILL}",
        "Force.TERMINATE: Force.TERMINATE}",
        f"{PYTEST} tests/machines/test_ending.py",
        "FAILED tests/machines/test_ending.py::",
    ),
    Bug(
        "posted-too-early", "fast rooms",
        "The fast submit() posts its task first, and then makes it a task that can be claimed.",
        "impl/checkedpool/_fast/quick_submit.py",
        "        shared.unclaimed[number] = None\n        shared.inbox.append(future)\n",
        "        shared.inbox.append(future)\n        shared.unclaimed[number] = None\n",
        f'{INTERLEAVINGS} --room submit "beside a manager that begins"',
        "violated     submit",
    ),
    Bug(
        "stale-frame-is-run", "fast rooms",
        "The fast worker runs the next frame, whichever task its ticket is for.",
        "impl/checkedpool/_fast/worker_rounds.py",
        "if frame[0] == ticket:",
        "if frame[0]:",
        f'{INTERLEAVINGS} --room worker "two tasks are revoked"',
        "violated     worker",
    ),
    Bug(
        "lock-before-state", "fast rooms",
        "The manager looks for a future's lock first and stores its end then, so a client may sleep for ever.",
        "impl/checkedpool/_fast/future_without_lock.py",
        "            self._result, self._exception, self._state = end\n            if self._lock is None:\n",
        "            lock = self._lock\n"
        "            self._result, self._exception, self._state = tuple(end)\n"
        "            if lock is None:\n",
        f'{INTERLEAVINGS} --room future "told beside waits"',
        "violated     future",
    ),
    Bug(
        "cancel-tells-nobody", "shell",
        "A future that is cancelled wakes nobody who waits for it: CPython's own bug.",
        "impl/checkedpool/_pool/shared.py",
        "                waiter.add_cancelled(self)\n",
        "                pass\n",
        'checkedpool audit checkedpool:ProcessPoolExecutor --limit 4 --replay "1: submit held; settle; submit quick; '
        'submit quick; submit quick; cancel 3; settle; open 0; settle; drain wait &; settle"',
        "the contract (C-06) says: wait() of task 3 comes back",
    ),
    Bug(
        "last-words-unheard", "shell",
        "What a worker has answered before it died is not read any more.",
        "impl/checkedpool/_pool/platform.py",
        "        while self._read(lane):\n            pass\n        self.events.append(messages.Drained",
        "        self.events.append(messages.Drained",
        "python -m tests.checks.kills --replay 1:30",
        "1 futures are charged with the death, 0 should be",
    ),
    Bug(
        "sigkill-is-sigterm", "shell",
        "Where a worker is to be killed it is asked politely.",
        "impl/checkedpool/_pool/platform.py",
        "system.send_signal(lane.process, lane.watch, force=command.force)",
        "system.send_signal(lane.process, lane.watch, force=False)",
        f'{PYTEST} tests/platform -k "fork and not simulated and not forkserver"',
        "FAILED tests/platform/test_behaviour.py::",
    ),
    Bug(
        "one-ticket-for-two", "simulated system",
        "A ticket that was revoked can be taken by its worker all the same.",
        "impl/checkedpool/testing/simulated/pipes.py",
        'lane._replace(back=lane.back + lane.tickets, tickets=b"")',
        "lane._replace(back=lane.back + lane.tickets)",
        f"{PYTEST} tests/platform -k simulated",
        "FAILED tests/platform/test_behaviour.py::test_tickets_that_the_worker_has_not_taken_come_back_and_are_nobodys",
    ),
)  # fmt: skip
"""In the order of their numbers, from 1."""


def bugs_named(word: str) -> list[Bug]:
    """The bug of that name or number, or all in whose name the word stands."""
    if word.isdecimal():
        return list(BUGS[int(word) - 1 : int(word)]) if int(word) else []
    return [bug for bug in BUGS if bug.name == word] or [bug for bug in BUGS if word.lower() in bug.name]
