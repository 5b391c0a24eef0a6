"""A scope's bounds as TLC reads them: an MC module with the constants, and its configuration.

Decides: how a constant of the model is written in TLA+ (tasks, lanes and clients are counted from 1 there, and 0 is
nobody). Must not know: what the protocol does with any of it; what is asked of a scope (``asked``).
"""

from collections.abc import Iterable, Sequence

from checkedpool_model.protocol.bounds import Bounds, Call, Cancel, Resize, Shutdown, Stop, Submit
from checkedpool_model.protocol.state import Budget
from checkedpool_model.scopes.scope import Scope

__all__ = ["configuration", "constants_of", "module"]


def constants_of(scope: Scope) -> dict[str, str]:
    """The constants of ``Protocol.tla`` in this scope, each as an expression."""
    k, clients = scope.bounds, max(map(len, scope.scripts))
    return {
        "Scripts": _set(_script([*script, *[()] * (clients - len(script))]) for script in scope.scripts),
        "Inside": _sequence(str(k.callback_of(client) + 1) for client in range(clients)),
        "Allowed": str(k.allowed),
        "Tasks": str(k.tasks),
        "Kind": _sequence(_word(k.kind(task).name) for task in range(k.tasks)),
        "Priority": _sequence(str(k.priority(task)) for task in range(k.tasks)),
        "Given": str(k.given),
        "Window": str(k.window),
        "Callbacks": _set(str(task + 1) for task in k.callbacks),
        "Blocking": _set(str(task + 1) for task in k.blocking),
        "Policy": _word(k.policy.value),
        "Start": _word(k.start.name),
        "Restarts": str(-1 if k.restarts is None else k.restarts),
        "TaskLimit": str(k.task_limit or 0),
        "MinWorkers": str(k.min_workers),
        "Patience": str(k.patience),
        "Sleeps": _truth(k.sleeps),
        "Budget": _budget(k),
    }


def module(name: str, extends: str, constants: dict[str, str]) -> str:
    """A module that defines each of these under its name with MC before it."""
    definitions = "\n".join(f"MC{constant} ==\n  {value}" for constant, value in constants.items())
    return f"---- MODULE {name} ----\nEXTENDS {extends}\n{definitions}\n====\n"


def configuration(
    constants: Iterable[str], specification: str, invariants: Sequence[str], properties: Sequence[str]
) -> str:
    """What TLC is to ask of such a module. Where nothing can happen any more is asked by an invariant."""
    given = "\n".join(f"  {constant} <- MC{constant}" for constant in constants)
    asked = [f"INVARIANT {name}" for name in invariants] + [f"PROPERTY {name}" for name in properties]
    return "\n".join([f"CONSTANTS\n{given}", specification, *asked]) + "\n"


def _script(script: Iterable[Sequence[Call]]) -> str:
    return _sequence(_sequence(map(_call, calls)) for calls in script)


def _call(call: Call) -> str:
    match call:
        case Submit(task):
            return f'[call |-> "submit", task |-> {task + 1}]'
        case Cancel(task):
            return f'[call |-> "cancel", task |-> {task + 1}]'
        case Stop(task):
            return f'[call |-> "stop", task |-> {task + 1}]'
        case Resize(workers):
            return f'[call |-> "resize", workers |-> {workers}]'
        case Shutdown(level, wait):
            return f'[call |-> "shutdown", level |-> {int(level)}, wait |-> {_truth(wait)}]'


def _budget(k: Bounds) -> str:
    return "[" + ", ".join(f"{field} |-> {getattr(k.budget, field)}" for field in Budget._fields) + "]"


def _word(name: str) -> str:
    return '"' + name.lower().replace("_", " ") + '"'


def _truth(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def _sequence(values: Iterable[str]) -> str:
    return "<<" + ", ".join(values) + ">>"


def _set(values: Iterable[str]) -> str:
    return "{" + ", ".join(values) + "}"
