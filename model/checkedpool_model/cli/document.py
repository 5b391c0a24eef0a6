"""The protocol as Init, Next, Fairness, on one page: ``python -m checkedpool_model.cli.document`` prints it.

Decides: how the model is shown. Must not know: what it means; names, conjuncts, effects, claims and scopes are words of
the model, and what is said of each is its docstring there.
"""

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from textwrap import dedent, wrap
from types import FunctionType

from checkedpool_model.checker.system import Action, Fair
from checkedpool_model.protocol import bounds, eventually, properties, state
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.bounds import Bounds, initial
from checkedpool_model.protocol.state import Budget, Client, Lane, State, Task
from checkedpool_model.runs import read
from checkedpool_model.scopes.all import EVERY_SCOPE, LONG_SCOPES
from checkedpool_model.verify.refines_contract import SEEN

__all__ = ["page"]

Row = Action[Bounds, State]

HEAD = """\
# The protocol as Init, Next, Fairness

Made from the model by `python -m checkedpool_model.cli.document > docs/generated/init-next-fairness.md`; a test
compares. The model is Python (`model/checkedpool_model/`), explored by a checker of its own. This page says it as one
would in TLA+: [Init](#variables-and-init), [Next](#next), [Fairness](#fairness), [the actions](#the-actions),
[invariants](#invariants), [liveness](#liveness), [what is explored](#what-is-explored).

```tla
Spec == Init /\\ [][Next]_vars /\\ Fairness
```

{actions} actions change {variables} variables. An action can happen when all conjuncts of its guard hold. Its effect is
one step: nobody can look into it, and between two steps any actor may come. So the order of accesses is the protocol.
Why it is this one, [its clauses](../../spec/protocol.md) say. `c` stands for a client thread, `t` for a task, `i` for a
lane (all that belongs to one worker) and `h` for a user-code thread.
"""

CONSTANTS = """\
## Constants

What is fixed during one run. The last section says which values are explored.
"""

INIT = """\
## Variables and Init

*Init* lists every value with which some scope begins. A task is *given* (on the manager's list) or still to be
submitted. A lane begins ready, booting or empty: fork's workers, the same before their initializers ran, workers
started on demand. A client begins with the first call of its script. Bookkeeping that only properties read says so.
"""

NEXT = """\
## Next

Each actor's actions; their guards and effects are in the tables below.
"""

FAIR = """\
## Fairness

Weak (`WF`): what stays possible happens at last. Strong (`SF`): so does what is possible again and again. What the
manager reads is strongly fair, because it reads all that is there each time it is awake. No more may be assumed: a
client need not call, and what nature does to processes need never happen.
"""

TABLES = """\
## The actions

*to a caller*: the rules of the [contract machine](../../spec/checkedpool_spec/contract.py) that the step may be, by the
refinement mapping; a hyphen: no caller can tell. A guard that names no variable switches the action off in runs that
have no use for it.
"""

SAFETY = """\
## Invariants

Each holds in every reachable state. Its *witness* is a state in which it is about something; that must be reached too.
"""

STEPS = """\
## Claims about steps

Each holds of every step that is the named action: `[][A => P]_vars`.
"""

DEADLOCK = """\
## No deadlock

A state in which no action is possible is terminal, and from every reachable state a terminal one can be reached.
"""

LIVENESS = """\
## Liveness

`P ~> Q` in every fair run of a live scope: whenever P holds, Q holds then or later. `WITHIN_A_CALL` is {within}.
"""

SCOPES = """\
## What is explored

Whole graphs, one for each script of calls; *states* and *transitions* are sums over them. Where it is sound, one state
stands for all that differ by the names of lanes or of ended tasks. `checkedpool check NAME` explores one.
*Live*: liveness is asked as well. *Long*: `make verify-all` only, and up to 100,000 states `make verify-long`. The
[proof](../verification.md) speaks of any number of tasks, workers and clients, but of safety alone.
"""

INDEX = {"client": "c", "task": "t", "lane": "i", "thread": "h"}
SETS = {"client": "Client", "task": "Task", "lane": "Lane", "thread": "Thread"}
RECORDS = {"clients": ("c", Client), "tasks": ("t", Task), "lanes": ("i", Lane), "budget": ("", Budget)}
WIDTH, GLUE = 104, "\0"
NUMBERS = ("graphs", "states", "transitions")


def page() -> str:
    """The whole page."""
    variables = len(State._fields)
    parts: tuple[tuple[str, Iterable[str] | None], ...] = (
        (HEAD.format(actions=len(ACTIONS), variables=variables), None),
        (CONSTANTS, _constants()),
        (INIT, _variables()),
        (NEXT, _formula("Next", "\\/", _next())),
        (FAIR, _formula("Fairness", "/\\", _fairness())),
        (TABLES, _tables()),
        (SAFETY, _invariants()),
        (STEPS, _claims_about_steps()),
        (DEADLOCK, (f"Terminal: {_whole(properties.terminal)}",)),
        (LIVENESS.format(within=", ".join(step.name for step in eventually.WITHIN_A_CALL)), _liveness()),
        (SCOPES, _scopes()),
    )
    return "\n".join("\n".join((head, *lines, "")) if lines else head for head, lines in parts)


def _table(*columns: str) -> Iterator[str]:
    yield _line(*columns)
    yield _line(*("---:" if column in NUMBERS else "---" for column in columns))


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _first(text: str | None) -> str:
    """The first paragraph of a docstring, in one line."""
    return " ".join((text or "").strip().partition("\n\n")[0].split())


def _whole(what: object) -> str:
    return " ".join((inspect.getdoc(what) or "").split())


# --- constants, variables ---------------------------------------------------------------------------------------------


def _fields(record: type) -> dict[str, tuple[str, str]]:
    """Of each field its type, and what is said of it: the string below it, or else what is said of its type."""
    (body,) = ast.parse(dedent(inspect.getsource(record))).body
    assert isinstance(body, ast.ClassDef)  # noqa: S101 - what else is the source of a class?
    said: dict[str, tuple[str, str]] = {}
    name = of = ""
    for line in body.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            name, of = line.target.id, ast.unparse(line.annotation)
            said[name] = of, next((_first(found.__doc__) for found in _types(of)), "")
        elif isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and name:
            said[name] = of, _first(str(line.value.value))
    return said


def _types(annotation: str) -> Iterator[type]:
    """The classes of the model that an annotation names."""
    for word in annotation.replace("[", " ").replace(",", " ").replace("]", " ").split():
        found = getattr(state, word, None) or getattr(bounds, word, None)
        if isinstance(found, type):
            yield found


def _domain(annotation: str) -> str:
    """A type as a set: by its members where these are words."""
    if annotation.startswith("tuple["):
        return f"Seq({annotation[len('tuple[') : annotation.index(',')].replace('int', 'Int')})"
    members = [member for found in _types(annotation) for member in getattr(found, "__members__", ())]
    return ", ".join(members) or {"bool": "BOOLEAN", "int": "Int", "int | None": "Int or none"}.get(
        annotation, annotation
    )


def _constants() -> Iterator[str]:
    yield from _table("constant", "domain", "meaning")
    for name, (of, said) in _fields(Bounds).items():
        yield _line(f"`{name}`", _domain(of), said)


def _variables() -> Iterator[str]:
    begin = [initial(scope.bounds_of(script)) for scope in EVERY_SCOPE for script in scope.scripts]
    yield from _table("variable", "domain", "Init", "meaning")
    for name, (of, said) in _fields(State).items():
        values = [getattr(s, name) for s in begin]
        if name not in RECORDS:
            yield _line(f"`{name}`", _domain(of), _values(values), said)
            continue
        index, record = RECORDS[name]
        records = [one for row in values for one in row] if index else values
        for field, (its, about) in _fields(record).items():
            variable = f"`{name}[{index}].{field}`" if index else f"`{name}.{field}`"
            yield _line(variable, _domain(its), _values(getattr(one, field) for one in records), about)


def _values(values: Iterable[object]) -> str:
    return ", ".join(sorted(set(map(_value, values))))


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return f"<<{', '.join(map(_value, value))}>>"
    if isinstance(value, bool):
        return str(value).upper()
    return "NOBODY" if value == -1 else str(getattr(value, "name", value))


# --- Next and Fairness ------------------------------------------------------------------------------------------------


def _formula(name: str, sign: str, rows: Iterable[tuple[str, list[str]]]) -> Iterator[str]:
    """A formula in TLA+: a row for each actor and index set, as lists of lists."""
    yield f"```tla\n{name} =="
    for head, parts in rows:
        yield f"  {sign} {head}"
        glued = [f"{sign} {part}".replace(" ", GLUE) for part in parts]
        lines = wrap(" ".join(glued), WIDTH, break_long_words=False, break_on_hyphens=False)
        yield from (f"       {line}".replace(GLUE, " ") for line in lines)
    yield "```"


def _next() -> Iterator[tuple[str, list[str]]]:
    for (actor, over), rows in groupby(sorted(ACTIONS, key=_place), key=_place):
        yield f"{_exists(over)}\\* {actor}", [_called(row) for row in rows]


def _fairness() -> Iterator[tuple[str, list[str]]]:
    fair = sorted((row for row in ACTIONS if row.fair is not Fair.NONE), key=_place)
    for (actor, over), rows in groupby(fair, key=_place):
        kinds = {Fair.WEAK: "WF", Fair.STRONG: "SF"}
        yield f"{_forall(over)}\\* {actor}", [f"{kinds[row.fair]}_vars({_called(row)})" for row in rows]


def _exists(over: str) -> str:
    return f"\\E {INDEX[over]} \\in {SETS[over]} :  " if over else ""


def _forall(over: str) -> str:
    return f"\\A {INDEX[over]} \\in {SETS[over]} :  " if over else ""


def _called(row: Row) -> str:
    return f"{row.name}({INDEX[row.over]})" if row.over else row.name


def _place(row: Row) -> tuple[str, str]:
    return row.by.replace(" {i}", ""), row.over


# --- the actions ------------------------------------------------------------------------------------------------------


def _tables() -> Iterator[str]:
    for actor, rows in groupby(sorted(ACTIONS, key=lambda row: _place(row)[0]), key=lambda row: _place(row)[0]):
        yield f"### {actor}\n"
        yield from _table("action", "guard", "effect", "fair", "to a caller", "clause")
        yield from map(_action, rows)
        yield ""


def _action(row: Row) -> str:
    guard = ", ".join(holds.__name__.replace("_", " ") for holds in row.guard)
    rules = sorted({" then ".join(names) for names in SEEN.get(row.name, ()) if names})
    return _line(_called(row), guard, _first(row.effect.__doc__), row.fair.value, " / ".join(rules) or "-", row.clause)


# --- what must hold ---------------------------------------------------------------------------------------------------


def _invariants() -> Iterator[str]:
    yield from _table("invariant", "says", "witness")
    for claim in properties.ALWAYS:
        yield _line(f"`{claim.name}`", _first(claim.holds.__doc__), _first(claim.sometimes.__doc__))


def _claims_about_steps() -> Iterator[str]:
    yield from _table("claim", "of each", "says")
    for claim in properties.ON_STEP:
        yield _line(f"`{claim.name}`", claim.action, _first(claim.holds.__doc__))


def _liveness() -> Iterator[str]:
    yield from _table("claim", "says", "P", "Q")
    for name, make in zip(eventually.FAMILIES, _makers(), strict=True):
        yield _line(f"`{name}`", _first(make.__doc__), *(f"`{part}`" for part in _two_sides(make)))


def _makers() -> list[FunctionType]:
    """The functions that make a claim about runs, in the order of their names in FAMILIES."""
    found = (item for item in vars(eventually).values() if isinstance(item, FunctionType))
    return [item for item in found if item.__annotations__.get("return") is eventually.Claim]


def _two_sides(make: FunctionType) -> Iterator[str]:
    """P and Q of a claim as they are written, as conditions on a state ``s``."""
    source = inspect.getsource(make)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Lambda):
            words = (ast.get_source_segment(source, node.body) or "").split()
            yield re.sub(r"\b_(?=[a-z])", "", " ".join(words))


# --- scopes -----------------------------------------------------------------------------------------------------------


def _scopes() -> Iterator[str]:
    yield from _table("scope", "what it looks at", "graphs", "states", "transitions", "")
    counted = {run.name: run for run in read().scopes}
    for scope in EVERY_SCOPE:
        run, kind = counted[scope.name], "live" if scope.live else "long" if scope in LONG_SCOPES else ""
        yield _line(scope.name, scope.note, str(run.graphs), f"{run.states:,}", f"{run.transitions:,}", kind)


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - that is what it is for
