"""What is compared: tiny graphs, every quick scope, every broken protocol, every fairness, each by its address.

Decides: what both referees are given, and that it is the same. Must not know: how either finds anything, how many are
at work at once.

A piece of work is an address, so it can be done in another process.
"""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from checkedpool_model.checker.system import Fair
from checkedpool_model.mutants.kills import Killed
from checkedpool_model.mutants.kills import read as read_kills
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.eventually import FAMILIES, family
from checkedpool_model.scopes.all import SCOPES, Scope, scope_named
from checkedpool_model.verify.address import mutant_named, system_at
from tests.checks.tlc import contract, tiny
from tests.checks.tlc.bounds import configuration, constants_of, module
from tests.checks.tlc.compared import Compared, Found
from tests.checks.tlc.ours import INVARIANTS, NO_WRONG_STEP, ON_STEPS, STAYS_OWED, families, scope_found, variant_found
from tests.checks.tlc.referee import Referee
from tests.checks.tlc.text import TEXTS, asked_of_steps, changed, unfair, variants, wrong_lines

__all__ = [
    "PROTOCOL",
    "SECTIONS",
    "Address",
    "addresses",
    "beginning_sooner",
    "compared",
    "quick_addresses",
    "written",
    "wrong_addresses",
]

TINY, CONTRACT, PROTOCOL, VARIANTS, FAIRNESS, WRONG = "Tiny", "Contract", "Protocol", "Variants", "Fairness", "Wrong"
SECTIONS = (TINY, CONTRACT, PROTOCOL, VARIANTS, FAIRNESS)

INIT_NEXT, SPEC = "INIT Init\nNEXT Next", "SPECIFICATION Spec"
LARGE = ("3x4", "2x2", "replace", "2x3")
"""More than 70,000 states without symmetry."""
DEAREST = (*LARGE, "live-replace", "live-calls", "live-2x2")
"""What takes longest begins first, or the last process works alone."""

SMALL = (
    "values", "order", "idle", "exit-handlers", "refusing-to-die", "boot", "on-demand", "start-hangs", "orphans",
    "blocking-callback", "user-code-beside", "from-a-callback", "live-endless",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Address:
    """A section and a name in it."""

    section: str
    name: str


def addresses() -> tuple[Address, ...]:
    """Everything that is compared, the dearest first."""
    scopes = sorted(SCOPES, key=lambda scope: scope.name not in DEAREST)
    return (
        *(Address(TINY, graph.name) for graph in tiny.GRAPHS),
        *(Address(CONTRACT, bounds.name) for bounds in contract.BOUNDS),
        *(Address(PROTOCOL, scope.name) for scope in scopes),
        *(Address(FAIRNESS, name) for name in _unfair_and_noticed()),
        *(Address(VARIANTS, variant.name) for variant in variants()),
    )


def quick_addresses() -> tuple[Address, ...]:
    """What takes a minute: the tiny graphs, the contract, and the scopes in which a graph is small."""
    return tuple(
        one for one in addresses() if one.section in (TINY, CONTRACT) or (one.section == PROTOCOL and one.name in SMALL)
    )


def wrong_addresses() -> tuple[Address, ...]:
    """What must be refused."""
    return tuple(Address(WRONG, wrong.name) for wrong in wrong_lines())


def compared(address: Address, referee: Referee) -> Compared:
    """Ask both, in a folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="tlc-"))
    try:
        return ASKED[address.section](address.name, _Desk(referee, folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def beginning_sooner(referee: Referee, folder: Path) -> Referee:
    """The same, which finds in this folder the classes that TLC loads, kept from the first tiny graph.

    A Java older than 13 does not begin with such an option; then nothing is there, and it is asked as it is.
    """
    kept = folder / "classes"
    compared(Address(TINY, tiny.GRAPHS[0].name), replace(referee, options=(f"-XX:ArchiveClassesAtExit={kept}",)))
    return replace(referee, options=(f"-XX:SharedArchiveFile={kept}",)) if kept.exists() else referee


@dataclass(frozen=True, slots=True)
class _Desk:
    """TLC, and the folder in which it finds what it is asked."""

    referee: Referee
    folder: Path

    def ask(self, scope: Scope, text: str, *claims: str, is_large: bool = False) -> Found:
        """What it says of all graphs of a scope: of states, of steps and of fair runs."""
        _write(self.folder, scope, text, claims)
        return self.referee.asked(self.folder, is_large=is_large)

    def ask_one(self, scope: Scope, text: str, claim: str) -> Found:
        """Only this claim. One that holds is no news of a broken protocol: no count, and no verdict that is wanted."""
        found = self.ask(scope, text, claim)
        return Found(f"{claim} holds") if found.verdict == "holds" else found


def written(folder: Path, scope: Scope) -> None:
    """The folder with all that TLC needs for this scope, to be opened and changed."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder, scope, _text(), _claims(scope))


def _write(folder: Path, scope: Scope, text: str, claims: Sequence[str]) -> None:
    constants = constants_of(scope)
    one_by_one = {name: of for name, of in asked_of_steps(text).items() if name in claims}
    about_runs = any(name in FAMILIES for name in claims)
    properties = [f"MC{name}" if name in one_by_one else name for name in claims if name not in INVARIANTS]
    (folder / "Protocol.tla").write_text(text)
    (folder / "MC.tla").write_text(module("MC", "Protocol", constants | one_by_one))
    invariants = [name for name in claims if name in INVARIANTS]
    asked = configuration(constants, SPEC if about_runs else INIT_NEXT, invariants, properties)
    (folder / "MC.cfg").write_text(asked)


def _claims(scope: Scope, of_steps: Sequence[str] = ON_STEPS) -> tuple[str, ...]:
    return (*INVARIANTS, *of_steps, *([STAYS_OWED] if scope.live else []), *families(scope))


# --- tiny graphs ------------------------------------------------------------------------------------------------------


def _tiny(name: str, desk: _Desk) -> Compared:
    graph = next(graph for graph in tiny.GRAPHS if graph.name == name)
    shutil.copy(TEXTS / "Tiny.tla", desk.folder)
    (desk.folder / "MC.tla").write_text(module("MC", "Tiny", graph.constants))
    claim = [graph.claim]
    about_states, about_runs = ([], claim) if graph.is_about_runs else (claim, [])
    (desk.folder / "MC.cfg").write_text(configuration(graph.constants, SPEC, about_states, about_runs))
    return Compared(TINY, name, tiny.ours(graph), desk.referee.asked(desk.folder), graph.answer)


# --- the contract -----------------------------------------------------------------------------------------------------


def _contract(name: str, desk: _Desk) -> Compared:
    bounds = next(bounds for bounds in contract.BOUNDS if bounds.name == name)
    shutil.copy(TEXTS / "Contract.tla", desk.folder)
    (desk.folder / "MC.tla").write_text(module("MC", "Contract", bounds.constants))
    steps_or_runs = (contract.NOT_SAID, *contract.ON_STEPS, *contract.AT_LAST)
    properties = [claim for claim in bounds.asked if claim in steps_or_runs]
    invariants = [claim for claim in bounds.asked if claim not in steps_or_runs]
    specification = SPEC if bounds.live else INIT_NEXT
    (desk.folder / "MC.cfg").write_text(configuration(bounds.constants, specification, invariants, properties))
    return Compared(CONTRACT, name, contract.ours(bounds), desk.referee.asked(desk.folder))


# --- the protocol -----------------------------------------------------------------------------------------------------


def _protocol(name: str, desk: _Desk) -> Compared:
    scope = scope_named(name)
    theirs = desk.ask(scope, _text(), *_claims(scope, [NO_WRONG_STEP]), is_large=name in LARGE)
    if theirs.verdict == NO_WRONG_STEP:  # which one?
        theirs = desk.ask(scope, _text(), *_claims(scope), is_large=name in LARGE)
    return Compared(PROTOCOL, name, scope_found(scope), theirs)


def _wrong(name: str, desk: _Desk) -> Compared:
    wrong = next(wrong for wrong in wrong_lines() if wrong.name == name)
    scope = scope_named(wrong.scope)
    theirs = desk.ask(scope, changed(_text(), wrong.changes), *_claims(scope))
    return Compared(WRONG, name, scope_found(scope), theirs)


def _variant(name: str, desk: _Desk) -> Compared:
    variant = next(variant for variant in variants() if variant.name == name)
    mutant = mutant_named(name)
    claim = variant.asks or family(mutant.killer)
    graph, text = _one_graph(mutant.scope, mutant.script), changed(_text(), variant.changes)
    theirs = desk.ask_one(graph, text, claim)
    if claim in ON_STEPS and desk.ask(graph, text, NO_WRONG_STEP).verdict != NO_WRONG_STEP:
        theirs = Found(f"{NO_WRONG_STEP}_holds")  # although one of its claims fails
    system = system_at(mutant.scope, mutant.script, mutant.change(ACTIONS))
    return Compared(VARIANTS, name, variant_found(system, claim), theirs)


def _fairness(name: str, desk: _Desk) -> Compared:
    action = name.removesuffix(NOT_FAIR)
    killed = _unfair_and_noticed()[name]
    scope, _, graph = _smaller(action, killed.at).partition("#")
    claim = family(killed.by)
    theirs = desk.ask_one(_one_graph(scope, int(graph)), unfair(action, _text()), claim)
    table = tuple(replace(one, fair=Fair.NONE) if one.name == action else one for one in ACTIONS)
    return Compared(FAIRNESS, name, variant_found(system_at(scope, int(graph), table), claim), theirs)


NOT_FAIR = " is not fair"


def _smaller(action: str, at: str) -> str:
    """A smaller graph in which the same claim fails, where TLC would take half a minute for the one that is named."""
    if at == "live-replace#0":
        return "exit-handlers#0" if action == "WorkerExits" else "start-hangs#0"
    return at


def _unfair_and_noticed() -> dict[str, Killed]:
    """Of each action that is fair and that somebody waits for: which claim fails without, and where."""
    return {one.name: one for one in read_kills().killed if one.name.endswith(NOT_FAIR)}


def _text() -> str:
    return (TEXTS / "Protocol.tla").read_text()


def _one_graph(scope: str, script: int) -> Scope:
    whole = scope_named(scope)
    return replace(whole, scripts=(whole.scripts[script],))


ASKED = {TINY: _tiny, CONTRACT: _contract, PROTOCOL: _protocol, VARIANTS: _variant, FAIRNESS: _fairness, WRONG: _wrong}
