"""The process in which one scenario runs: ``python -c "from checkedpool.testing.audit.run.child import main; main()"``.

Decides: how the executor is made, and that this process ends without the executor's leave: whoever started it looks
for what is left.  Must not know: verdicts.  Started with -c, so that spawned workers have no main module to import.
"""

import faulthandler
import inspect
import json
import multiprocessing
import os
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TextIO

from checkedpool.testing.audit.judge.check import Checker, TooManyError
from checkedpool.testing.audit.run.client import Client
from checkedpool.testing.audit.run.driver import Driver
from checkedpool.testing.audit.run.scenario import Scenario
from checkedpool_spec.vocabulary import DeathPolicy

__all__ = ["NOT_OFFERED", "UNDECIDED", "CannotImportError", "Order", "found", "main"]

Maker = Callable[..., Executor]
"""A class, or a function."""

FAILED, UNDECIDED, NOT_OFFERED = 2, 3, 4  # 1 is how faulthandler ends a process that hangs
GRACE = 30.0
"""Seconds that a child may take for anything it does not wait for by its own limit."""


class CannotImportError(Exception):
    """MODULE:CLASS leads to nothing that makes executors."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a child has to do."""

    target: str
    scenario: str
    log: str
    limit: float
    method: str | None = None
    policy: str = DeathPolicy.BREAK.value


def found(target: str) -> Maker:
    """What MODULE:CLASS names."""
    module, colon, name = target.partition(":")
    if not (module and colon and name):
        raise CannotImportError(
            f"{target!r} does not read MODULE:CLASS, such as concurrent.futures:ProcessPoolExecutor"
        )
    try:
        maker: Maker = getattr(import_module(module), name)
    except ImportError as error:
        raise CannotImportError(f"cannot import {module!r}: {error}") from error
    except AttributeError as error:
        raise CannotImportError(f"{module!r} has no {name!r}") from error
    if not callable(maker):
        raise CannotImportError(f"{target} is {type(maker).__name__}, and does not make executors")
    return maker


def made(maker: Maker, workers: int, order: Order) -> Executor:
    """An executor; it is told of a start method if it takes a context, and of a policy if it is not the default."""
    keywords: dict[str, object] = {}
    if order.method is not None:
        accepted = inspect.signature(maker).parameters
        name = next((name for name in ("mp_context", "context") if name in accepted), None)
        if name is None:
            raise CannotImportError(f"{order.target} takes no mp_context: leave --start-method out")
        keywords[name] = multiprocessing.get_context(order.method)
    if order.policy != DeathPolicy.BREAK.value:
        keywords["on_worker_death"] = order.policy
    executor = maker(max_workers=workers, **keywords)
    if not (hasattr(executor, "submit") and hasattr(executor, "shutdown")):
        raise CannotImportError(f"{order.target} makes {type(executor).__name__}, which is no executor")
    return executor


def lacking(executor: Executor, scenario: Scenario) -> list[str]:
    """What the scenario calls and the executor does not have."""

    def has(name: str) -> bool:
        method, _, keyword = name.rstrip(")").partition("(")
        offered = getattr(executor, method, None)
        return offered is not None and (not keyword or keyword in inspect.signature(offered).parameters)

    return [name for name in scenario.needs() if not has(name)]


def main() -> None:
    """Do what the command line orders; the exit status says how that went, the history says everything else."""
    order = Order(**json.loads(sys.argv[1]))
    with Path(f"{order.log}.stacks").open("w", encoding="utf-8") as stacks:
        faulthandler.dump_traceback_later(order.limit * 2 + GRACE, file=stacks, exit=True)
        try:
            status = obey(order, stacks)
        except TooManyError:
            status = UNDECIDED
        except Exception:  # noqa: BLE001 - the executor could not be made, or the audit itself is wrong
            traceback.print_exc()
            status = FAILED
    sys.stderr.flush()
    os._exit(status)


def obey(order: Order, stacks: TextIO) -> int:
    """Make the executor and run the scenario."""
    scenario, log = Scenario.parse(order.scenario), Path(order.log)
    executor = made(found(order.target), scenario.workers, order)
    if lacks := lacking(executor, scenario):
        Path(f"{log}.lacks").write_text(", ".join(lacks), encoding="utf-8")
        return NOT_OFFERED
    checker = Checker(scenario.workers, DeathPolicy(order.policy))
    if not Driver(Client(executor, log), checker, log, order.limit).run(scenario):
        faulthandler.dump_traceback(stacks)
    return 0
