"""The claims.  Data: which there are, in the order in which one would look, and what each took when it was timed.

Decides: what is claimed, which command shows it, which line must be there.  Must not know: how a command is run.
"""

from __future__ import annotations

from tests.checks.claims.claim import Claim

__all__ = ["CLAIMS", "SETUP", "WHEN"]

WHEN = "on 2026-11-29, CPython 3.11.7"
SETUP = "30 s of processor time, and what pip loads"
TRACED = (
    'CHECKEDPOOL_TRACE=$PWD/build/traces python -c "from checkedpool import ProcessPoolExecutor as Pool; '
    'print(sum(Pool(2).map(abs, range(100))))" && checkedpool trace build/traces'
)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "lesson", "shutdown(cancel_futures=True) wakes those who wait; the standard executor lets them wait for ever.",
        "checkedpool lesson 5 --limit 5",
        "['cancelled', 'cancelled', 'cancelled', 'slept'] hangs: it was ended after 5 s",
        seconds=8, processor=1,
    ),
    Claim(
        "demo", "A busy worker is killed in the middle of real work: every future is accounted for, nothing is left.",
        "checkedpool demo", "Every claim held.",
        seconds=14, processor=3,
    ),
    Claim(
        "museum", "The checker finds famous hangs of other executors, each in its smallest model, and not in the cure.",
        "checkedpool museum", "stale-token concurrent.futures deadlock 9 holds, 37 states",
        seconds=4, processor=1,
    ),
    Claim(
        "safety", "Two workers, two tasks, a crash, every pair of a client's calls: no future lost, no state dead.",
        "checkedpool check 2x2", "2x2 60 115,758 337,650 27 … holds",
        seconds=25, processor=6,
    ),
    Claim(
        "liveness", "Under the stated fairness every future ends, every wait returns, every dead worker is reaped.",
        "checkedpool check live-2x2", "live-2x2 3 12,586 34,445 20 … holds",
        seconds=11, processor=2,
    ),
    Claim(
        "mutant", "Without its second look submit() would lose a future, and the checker says on which way.",
        'checkedpool check --mutant "does not look at the gate again"',
        "accepted_future_ends_with_the_pool fails after … steps:",
        seconds=4, processor=1,
    ),
    Claim(
        "proof", "Safety holds for any number of tasks, workers, clients and deaths: two solvers, one text.",
        "make proof", "holds … s",
        seconds=258, processor=55,
    ),
    Claim(
        "referee", "TLC, which is not ours, finds the same counts and verdicts in a text in another language.",
        "make tlc ARGS=--quick", "… compared, 0 differ, … s",
        seconds=122, processor=64, needs="Java",
    ),
    Claim(
        "code", "The pool's machines, with a death at every step, do what contract and protocol allow and no more.",
        'python -m tests.checks.conformance "two on demand"', "two on demand 2 graphs 1,934 states … s",
        seconds=11, processor=2,
    ),
    Claim(
        "rooms", "The fast worker does what the plain one does, at every interleaving of its accesses.",
        "python -m tests.checks.interleavings --room worker", "holds worker it dies while tickets are revoked …",
        seconds=8, processor=1,
    ),
    Claim(
        "kills", "Real workers die at any point of their lives: every future ends, the protocol accepts every trace.",
        "make kills ARGS=--quick", "holds",
        seconds=62, processor=10,
    ),
    Claim(
        "stress", "Random pools with random kills and shutdowns neither hang nor leak.",
        'make stress ARGS="--rounds-fork 200 --rounds-spawn 10 --rounds-forkserver 10"',
        "holds: 220 of 220 rounds in … 0 failures, 0 of them hangs",
        seconds=37, processor=13,
    ),
    Claim(
        "trace", "A real run is a run of the protocol.",
        TRACED, "build/traces/…: accepted and complete",
        seconds=4, processor=1,
    ),
    Claim(
        "audit", "In the audit's scenarios every history of this executor is one that the contract allows.",
        "checkedpool audit checkedpool:ProcessPoolExecutor --rounds 20", "No history left the contract.",
        seconds=10, processor=4,
    ),
    Claim(
        "audit-standard", "The same audit finds bugs: here a result that cannot be read breaks the standard pool.",
        "checkedpool audit concurrent.futures:ProcessPoolExecutor --rounds 20 --limit 2",
        "C-39 … A result or exception that cannot be unpickled in the parent costs its own future only.",
        seconds=11, processor=4, status=1,
    ),
    Claim(
        "crosshair", "Frame numbers, headers, dealing and the ends of futures are right for all values.",
        "make crosshair", "holds, … s",
        seconds=100, processor=61,
    ),
    Claim(
        "suite", "CPython's own tests of process pools pass, but for those that are listed with a reason.",
        "make stdlib-suite", "passed in … s",
        seconds=148, processor=68, needs="a CPython that has its tests",
    ),
    Claim(
        "layers", "Model and implementation share words and no decision: neither imports the other.",
        "make layers", "Contracts: … kept, 0 broken.",
        seconds=1, processor=1,
    ),
    Claim(
        "doubt", "The checks can fail: with two lines of submit() swapped the one that must see it names it.",
        "make doubt ARGS=posted-too-early", "caught status 1 after … s; it says …",
        seconds=6, processor=2,
    ),
)  # fmt: skip
"""In the order of their numbers, from 1."""
