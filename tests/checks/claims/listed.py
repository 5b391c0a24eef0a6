"""The claims.  Data: which there are, in the order in which one would look, and what each took when it was timed.

Decides: what is claimed, which command shows it, which line must be there.  Must not know: how a command is run.
"""

from __future__ import annotations

from tests.checks.claims.claim import Claim

__all__ = ["CLAIMS", "LONGER", "QUICK", "SETUP", "WHEN"]

WHEN = "2026-11-29"
SETUP = "a minute"

QUICK: tuple[Claim, ...] = (
    Claim(
        "lesson", "Where the standard executor hangs in shutdown, this one does not.",
        "checkedpool lesson 1", "…", 1,
    ),
    Claim(
        "demo", "A busy worker is killed in the middle of real work: one task fails, all others have their results.",
        "checkedpool demo", "Every claim held.", 1,
    ),
    Claim(
        "museum", "The checker finds seventeen famous hangs of other executors, each in its smallest model.",
        "checkedpool museum", "…", 1,
    ),
    Claim(
        "safety", "Two workers, two tasks, a crash, every pair of a client's calls: no future is lost, no state is dead.",
        "checkedpool check 2x2", "2x2 60 115,758 337,650 27 … holds", 1,
    ),
    Claim(
        "liveness", "Under the stated fairness every future ends, every wait returns, every dead worker is reaped.",
        "checkedpool check live-2x2", "live-2x2 3 … holds", 1,
    ),
    Claim(
        "mutant", "Without its second look submit() would lose a future, and the checker says on which way.",
        'checkedpool check --mutant "does not look at the gate again"',
        "accepted_future_ends_with_the_pool fails after … steps:", 1,
    ),
    Claim(
        "proof", "Safety holds for any number of tasks, workers, clients and deaths: two solvers, one text.",
        "make proof", "holds … s", 1,
    ),
    Claim(
        "referee", "TLC, which is not ours, finds the same counts and verdicts in a text in another language.",
        "make tlc ARGS=--quick", "… compared, 0 differ, … s", 1, needs="Java",
    ),
    Claim(
        "code", "The pool's machines, explored with a death at each step, do what the protocol allows and no more.",
        'python -m tests.checks.conformance "on demand"', "on demand … s", 1,
    ),
    Claim(
        "rooms", "The fast submit does what the plain one does, at every interleaving of its accesses.",
        "python -m tests.checks.interleavings --room submit", "holds submit submit beside a death …", 1,
    ),
    Claim(
        "kills", "Real workers that die at any point of their lives cost one task each, and every trace is accepted.",
        "make kills ARGS=--quick", "holds", 1,
    ),
    Claim(
        "trace", "A real run is a run of the protocol.",
        "…", "…: accepted and complete", 1,
    ),
    Claim(
        "audit", "In every history of the audit this executor keeps the contract.",
        "checkedpool audit checkedpool:ProcessPoolExecutor --rounds 60", "…", 1,
    ),
    Claim(
        "audit-standard", "The same audit finds the standard executor's bugs.",
        "checkedpool audit concurrent.futures:ProcessPoolExecutor --rounds 60 || test $? = 1", "…", 1,
    ),
    Claim(
        "crosshair", "Frame numbers, headers, dealing and the ends of futures are right for all values.",
        "make crosshair", "holds, … s", 1,
    ),
    Claim(
        "layers", "Model and implementation share words and no decision: neither imports the other.",
        "make layers", "Contracts: … kept, 0 broken.", 1,
    ),
    Claim(
        "doubt", "The checks can fail: a bug that one plants is named by the check that must see it.",
        "make doubt ARGS=posted-too-early", "caught …", 1,
    ),
)  # fmt: skip
"""What half an hour is enough for."""

LONGER: tuple[Claim, ...] = (
    Claim(
        "suite", "CPython's own tests of process pools pass, but for those that are listed with a reason.",
        "make stdlib-suite", "passed in … s", 1,
    ),
    Claim(
        "mutants", "Every listed mutant of code, shell and simulator is caught by the check that it names.",
        "make mutants ARGS=--quick", "… mutants, … kinds of checks, 0 wrong", 1,
    ),
    Claim(
        "verify", "All of it together.",
        "make verify", "…", 1,
    ),
)  # fmt: skip
"""What one leaves alone for a while."""

CLAIMS = (*QUICK, *LONGER)
