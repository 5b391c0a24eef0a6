"""``python -m tests.checks.crosshair.asked``: questions in, a line of JSON each; what CrossHair says out, likewise.

A question is ``[SECONDS, MUTANT, CONTRACT...]``: the processor's time for one condition, a mutant's name or nothing.
Each is answered by a process of its own, since a mutant stays in it: a fork of this one, which has imported CrossHair
and nothing of the pool.  After its answers comes ``{"over": STATUS}``.  Decides: what of CrossHair's words means what.
Must not know: what is expected.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
import traceback
from typing import NoReturn

from crosshair.core import Checkable
from crosshair.core_and_libs import analyze_function, run_checkables
from crosshair.options import AnalysisKind, AnalysisOptionSet
from crosshair.statespace import MessageType

from tests.checks.crosshair import understood
from tests.checks.crosshair.mutants import MUTANTS, put_in

PATIENCE = 300
"""Seconds by the clock for one question."""
WORDS = {
    MessageType.CONFIRMED: "confirmed",
    MessageType.CANNOT_CONFIRM: "not refuted",
    MessageType.POST_FAIL: "refuted",
    MessageType.POST_ERR: "refuted",
    MessageType.EXEC_ERR: "refuted",
}
"""Anything else is no answer: no value satisfies ``pre``, or the contract cannot be read."""


def main() -> int:
    """Answer until there are no more questions."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _answers_and_ends(*json.loads(line))
        _, status = os.waitpid(child, 0)
        print(json.dumps({"over": os.waitstatus_to_exitcode(status)}), flush=True)  # noqa: T201 - its answer
    return 0


def _answers_and_ends(seconds: float, mutant: str, *contracts: str) -> NoReturn:
    """In the fork, which the system ends if that takes too long."""
    signal.alarm(PATIENCE)
    status = 1
    try:
        _answers(seconds, mutant, *contracts)
        status = 0
    except Exception:  # noqa: BLE001 - whoever asks is told
        traceback.print_exc(file=sys.stdout)
    finally:
        sys.stdout.flush()
        os._exit(status)


def _answers(seconds: float, mutant: str, *contracts: str) -> None:
    """A line for each condition, as it is answered."""
    if mutant:
        put_in(next(one for one in MUTANTS if one.name == mutant))
    understood.register()
    options = AnalysisOptionSet([AnalysisKind.PEP316], report_all=True, per_condition_timeout=seconds)
    for contract in contracts:
        file, _, function = contract.partition(".")
        module = importlib.import_module(f"tests.checks.crosshair.contracts.{file}")
        for condition in analyze_function(getattr(module, function), options):
            print(json.dumps({"contract": contract, **_asked(condition)}), flush=True)  # noqa: T201 - its answer


def _asked(condition: Checkable) -> dict[str, object]:
    begun = time.process_time()
    (message,) = run_checkables([condition])
    return {
        "said": WORDS.get(message.state, "no answer"),
        "words": message.message,
        "seconds": round(time.process_time() - begun, 3),
    }


if __name__ == "__main__":
    sys.exit(main())
