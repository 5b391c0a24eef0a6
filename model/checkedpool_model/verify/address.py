"""A counterexample of this model with its address: where it was found, and the command that shows it again.

Decides: how scope, graph and mutant are named in that command, and which claim of which system they lead back to. Must
not know: how steps are written and made (``checker.replay``), how a verdict is shown (``cli``).

The address stands before the word of the run: ``gate#0:CLAIM:Move,Move``, the first of the scope's graphs being 0. A
mutant is not part of it: it has an option of its own.
"""

from dataclasses import dataclass
from shlex import quote

from checkedpool_model.checker import replay
from checkedpool_model.checker.explore import Counterexample
from checkedpool_model.checker.replay import MalformedError
from checkedpool_model.checker.story import lines
from checkedpool_model.checker.system import Action, System
from checkedpool_model.mutants.by_hand import MUTANTS, Mutant
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.state import State
from checkedpool_model.scopes.all import UnknownScopeError, scope_named, systems
from checkedpool_spec.names import did_you_mean

__all__ = ["Finding", "UnknownMutantError", "mutant_named", "retraced", "system_at"]

FORM = "SCOPE#GRAPH:CLAIM:Move,Move.0,…"


@dataclass(frozen=True, slots=True)
class Finding:
    """A counterexample and its address."""

    scope: str
    graph: int
    mutant: Mutant | None
    system: System[Bounds, State]
    counterexample: Counterexample[State]

    @property
    def word(self) -> str:
        """Address and run."""
        return f"{self.scope}#{self.graph}:{replay.spell(self.counterexample)}"

    @property
    def command(self) -> str:
        """What shows it again."""
        broken = f"--mutant {_quoted(self.mutant.name)} " if self.mutant else ""
        return f"checkedpool check {broken}--replay {_quoted(self.word)}"

    @property
    def story(self) -> tuple[str, ...]:
        """The run line by line, the last line the command."""
        return (self.system.name, *lines(self.counterexample), f"again: {self.command}")


def _quoted(text: str) -> str:
    """For every shell, where that is possible."""
    return quote(text) if set(text) & set('"$`\\!') else f'"{text}"'


class UnknownMutantError(ValueError):
    """There is no mutant, or more than one, of that name."""


def mutant_named(name: str) -> Mutant:
    """The mutant of that name, or the only one whose name has these words in it."""
    found = [mutant for mutant in MUTANTS if mutant.name == name]
    found = found or [mutant for mutant in MUTANTS if name.lower() in mutant.name.lower()]
    if len(found) != 1:
        if found:
            names = "; ".join(mutant.name for mutant in found)
            raise UnknownMutantError(f"several mutants are named {name!r}: {names}")
        meant = did_you_mean(name, [mutant.name for mutant in MUTANTS])
        raise UnknownMutantError(f"no mutant is named {name!r}{meant}; --mutants explores and lists them all")
    return found[0]


def system_at(scope: str, graph: int, actions: tuple[Action[Bounds, State], ...] = ACTIONS) -> System[Bounds, State]:
    """One of the scope's graphs, by its number."""
    graphs = tuple(systems(scope_named(scope), actions))
    if graph >= len(graphs):
        raise MalformedError(f"scope {scope} has {len(graphs)} graphs, 0 to {len(graphs) - 1}, and no graph {graph}")
    return graphs[graph]


def retraced(word: str, mutant: Mutant | None = None) -> Finding:
    """The run that a finding's word tells of, made again, in the mutant if there is one.

    The word may be malformed (``MalformedError``), or tell of something that the model does not do any more
    (``checker.replay.NotPossibleError``).
    """
    address, _, rest = word.strip().partition(":")
    scope, hash_sign, number = address.partition("#")
    if not hash_sign or not number.isdecimal():
        raise MalformedError(f"{address!r} names no scope and graph; the form is {FORM}")
    try:
        system = system_at(scope, int(number), mutant.change(ACTIONS) if mutant else ACTIONS)
    except UnknownScopeError as error:
        raise MalformedError(str(error)) from error
    return Finding(scope, int(number), mutant, system, replay.run(system, replay.read(rest)))
