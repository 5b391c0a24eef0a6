"""``python -m tests.checks.crosshair.asked SECONDS MUTANT CONTRACT...``: what CrossHair says, in lines of JSON.

A process of its own, since a mutant stays in it; without one MUTANT is empty.  SECONDS is the processor's time for one
condition.  Decides: what of CrossHair's words means what.  Must not know: what is expected.
"""

from __future__ import annotations

import importlib
import json
import sys
import time

from crosshair.core import Checkable
from crosshair.core_and_libs import analyze_function, run_checkables
from crosshair.options import AnalysisKind, AnalysisOptionSet
from crosshair.statespace import MessageType

from tests.checks.crosshair import understood
from tests.checks.crosshair.mutants import MUTANTS, put_in

WORDS = {
    MessageType.CONFIRMED: "confirmed",
    MessageType.CANNOT_CONFIRM: "not refuted",
    MessageType.POST_FAIL: "refuted",
    MessageType.POST_ERR: "refuted",
    MessageType.EXEC_ERR: "refuted",
}
"""Anything else is no answer: no value satisfies ``pre``, or the contract cannot be read."""


def main(seconds: str, mutant: str, *contracts: str) -> int:
    """A line for each condition, as it is answered."""
    if mutant:
        put_in(next(one for one in MUTANTS if one.name == mutant))
    understood.register()
    options = AnalysisOptionSet([AnalysisKind.PEP316], report_all=True, per_condition_timeout=float(seconds))
    for contract in contracts:
        file, _, function = contract.partition(".")
        module = importlib.import_module(f"tests.checks.crosshair.contracts.{file}")
        for condition in analyze_function(getattr(module, function), options):
            print(json.dumps({"contract": contract, **_asked(condition)}), flush=True)  # noqa: T201 - its answer
    return 0


def _asked(condition: Checkable) -> dict[str, object]:
    begun = time.process_time()
    (message,) = run_checkables([condition])
    return {
        "said": WORDS.get(message.state, "no answer"),
        "words": message.message,
        "seconds": round(time.process_time() - begun, 3),
    }


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
