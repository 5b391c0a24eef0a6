"""The process in which one scenario runs: ``python -c "from checkedpool.testing.audit.run.child import main; main()"``.

Decides: how the executor is made, and that this process ends without the executor's leave: whoever started it looks
for what is left.  Must not know: verdicts.  Started with -c, so that spawned workers have no main module to import.

A scenario without a step makes the executor, and that is all.
"""

import faulthandler
import inspect
import json
import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TextIO

from checkedpool.testing.adapters import KNOWN
from checkedpool.testing.audit.judge.check import Checker, TooManyError
from checkedpool.testing.audit.run import process_group
from checkedpool.testing.audit.run.client import Client, in_words
from checkedpool.testing.audit.run.driver import Driver
from checkedpool.testing.audit.run.scenario import Do, Scenario
from checkedpool_spec.names import did_you_mean
from checkedpool_spec.vocabulary import DeathPolicy

__all__ = ["FAILED", "LACKS", "LEFT", "NOT_OFFERED", "STACKS", "UNMADE", "WHY", "NoExecutorError", "Order", "main"]

Maker = Callable[..., Executor]
"""A class, or a function."""

FAILED, UNDECIDED, NOT_OFFERED, UNMADE = 2, 3, 4, 5  # 1 is how faulthandler ends a process that hangs
GRACE = 30.0
"""Seconds that a child may take for anything it does not wait for by its own limit."""
STACKS, LACKS, WHY, LEFT = ".stacks", ".lacks", ".why", ".left"
"""Files beside the history: what threads were doing, what is not offered, why there is no executor, who was ended."""


class NoExecutorError(Exception):
    """The name leads to nothing that makes executors, or it makes none."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a child has to do."""

    target: str
    scenario: str
    log: str
    limit: float
    method: str | None = None
    policy: str = DeathPolicy.BREAK.value
    allowed: tuple[str, ...] = ()

    @property
    def longest(self) -> float:
        """Seconds after which the process is certain to hang: what is allowed may hang at each settling."""
        settlings = self.scenario.count(Do.SETTLE) if self.allowed else 0
        return (settlings + 2) * self.limit + GRACE


def found(target: str) -> Maker:
    """What MODULE:CLASS, or a short name, names."""
    module, colon, name = (KNOWN[target].target if target in KNOWN else target).partition(":")
    if not (module and colon and name):
        raise NoExecutorError(
            f"{target!r} does not read MODULE:CLASS, and is none of {', '.join(KNOWN)}{did_you_mean(target, KNOWN)}"
        )
    try:
        maker: Maker = getattr(import_module(module), name)
    except AttributeError as error:
        raise NoExecutorError(f"{module!r} has no {name!r}{did_you_mean(name, dir(import_module(module)))}") from error
    except Exception as error:
        raise NoExecutorError(f"cannot import {module!r}: {in_words(error)}") from error
    if not callable(maker):
        raise NoExecutorError(f"{target} is a {type(maker).__name__}, and does not make executors")
    return maker


def made(maker: Maker, workers: int, order: Order) -> Executor:
    """An executor; it is told of a start method and of a policy, if it takes them."""
    try:
        executor = maker(max_workers=workers, **_keywords(maker, order))
    except NoExecutorError:
        raise
    except Exception as error:
        raise NoExecutorError(f"{order.target} cannot be made: {in_words(error)}") from error
    if not (hasattr(executor, "submit") and hasattr(executor, "shutdown")):
        raise NoExecutorError(f"{order.target} makes {type(executor).__name__}, which is no executor")
    return executor


def _keywords(maker: Maker, order: Order) -> dict[str, object]:
    if order.method is None and order.policy == DeathPolicy.BREAK.value:
        return {}
    accepted = inspect.signature(maker).parameters
    keywords: dict[str, object] = {}
    if order.method is not None:
        name = next((name for name in ("mp_context", "context") if name in accepted), None)
        if name is None:
            raise NoExecutorError(f"{order.target} takes no mp_context: leave --start-method out")
        keywords[name] = multiprocessing.get_context(order.method)
    if order.policy != DeathPolicy.BREAK.value and "on_worker_death" in accepted:
        keywords["on_worker_death"] = order.policy
    return keywords


def lacking(executor: Executor, scenario: Scenario) -> list[str]:
    """What the scenario calls and the executor does not have."""
    says = getattr(executor, "not_offered", ())
    return [name for name in scenario.needs() if name in says or not _has(executor, name)]


def _has(executor: Executor, name: str) -> bool:
    """Whether the executor has the method, with the keyword in brackets if there is one; futures have all methods."""
    method, _, keyword = name.rstrip(")").partition("(")
    if method.startswith("Future.") or keyword == "wait=False":
        return True
    offered = getattr(executor, method, None)
    return offered is not None and (not keyword or keyword in inspect.signature(offered).parameters)


def main() -> None:
    """Do what the command line orders; the exit status says how that went, the history says everything else."""
    order = Order(**json.loads(sys.argv[1]))
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in the background of a shell: C-36 would not be seen
        signal.signal(signal.SIGINT, signal.default_int_handler)
    os._exit(process_group.watched(lambda: answered(order), Path(f"{order.log}{LEFT}")))


def answered(order: Order) -> int:
    """The exit status of the process that obeys."""
    with Path(f"{order.log}{STACKS}").open("w", encoding="utf-8") as stacks:
        try:
            status = obey(order, stacks)
        except NoExecutorError as error:
            Path(f"{order.log}{WHY}").write_text(str(error), encoding="utf-8")
            status = UNMADE
        except TooManyError:
            status = UNDECIDED
        except Exception:  # noqa: BLE001 - the audit itself is wrong
            traceback.print_exc()
            status = FAILED
    sys.stderr.flush()
    return status


def obey(order: Order, stacks: TextIO) -> int:
    """Make the executor and run the scenario."""
    scenario, log = Scenario.parse(order.scenario), Path(order.log)
    maker = found(order.target)
    faulthandler.dump_traceback_later(order.limit, file=stacks, exit=True)
    executor = made(maker, scenario.workers, order)
    faulthandler.dump_traceback_later(order.longest, file=stacks, exit=True)
    if lacks := lacking(executor, scenario):
        Path(f"{log}{LACKS}").write_text(", ".join(lacks), encoding="utf-8")
        return NOT_OFFERED
    checker = Checker(scenario.workers, DeathPolicy(order.policy), frozenset(order.allowed))
    if not Driver(Client(executor, log), checker, log, order.limit).run(scenario):
        faulthandler.dump_traceback(stacks)
    return 0
