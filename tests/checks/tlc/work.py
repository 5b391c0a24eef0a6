"""What is compared: tiny graphs, every quick scope, every broken protocol, every fairness, each by its address.

Decides: what both referees are given, and that it is the same. Must not know: how either finds anything, how many are
at work at once.

A piece of work is an address, so it can be done in another process.
"""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from checkedpool_model.checker.system import Fair
from checkedpool_model.mutants.kills import Killed
from checkedpool_model.mutants.kills import read as read_kills
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.eventually import FAMILIES, family
from checkedpool_model.scopes.all import SCOPES, Scope, scope_named
from checkedpool_model.verify.address import mutant_named, system_at
from tests.checks.tlc import tiny
from tests.checks.tlc.bounds import configuration, constants_of, module
from tests.checks.tlc.compared import Compared, Found
from tests.checks.tlc.ours import INVARIANTS, ON_STEPS, families, scope_found, variant_found
from tests.checks.tlc.referee import Referee
from tests.checks.tlc.text import TEXTS, changed, unfair, variants, wrong_lines

__all__ = ["SECTIONS", "Address", "addresses", "compared", "wrong_addresses"]

TINY, PROTOCOL, VARIANTS, FAIRNESS, WRONG = "Tiny graphs", "Protocol", "Variants", "Fairness", "Wrong lines"
SECTIONS = (TINY, PROTOCOL, VARIANTS, FAIRNESS)

INIT_NEXT, SPEC = "INIT Init\nNEXT Next", "SPECIFICATION Spec"
DEAREST = ("3x4", "2x2", "replace", "live-replace", "live-calls", "live-2x2")
"""What takes longest begins first, or the last process works alone."""


@dataclass(frozen=True, slots=True)
class Address:
    """A section and a name in it."""

    section: str
    name: str


def addresses() -> tuple[Address, ...]:
    """Everything that is compared, the dearest first."""
    scopes = sorted(SCOPES, key=lambda scope: (scope.name not in DEAREST, DEAREST.index(scope.name) if scope.name in DEAREST else 0))
    return (
        *(Address(TINY, graph.name) for graph in tiny.GRAPHS),
        *(Address(PROTOCOL, scope.name) for scope in scopes),
        *(Address(FAIRNESS, name) for name in _unfair_and_noticed()),
        *(Address(VARIANTS, variant.name) for variant in variants()),
    )


def wrong_addresses() -> tuple[Address, ...]:
    """What must be refused."""
    return tuple(Address(WRONG, wrong.name) for wrong in wrong_lines())


def compared(address: Address, referee: Referee) -> Compared:
    """Ask both, in a folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="tlc-"))
    try:
        return ASKED[address.section](address, referee, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# --- tiny graphs ------------------------------------------------------------------------------------------------------


def _tiny(address: Address, referee: Referee, folder: Path) -> Compared:
    graph = next(graph for graph in tiny.GRAPHS if graph.name == address.name)
    shutil.copy(TEXTS / "Tiny.tla", folder)
    (folder / "MC.tla").write_text(module("MC", "Tiny", graph.constants))
    claim = [graph.claim]
    about_states, about_runs = ([], claim) if graph.is_about_runs else (claim, [])
    (folder / "MC.cfg").write_text(configuration(graph.constants, SPEC, about_states, about_runs))
    return Compared(TINY, graph.name, tiny.ours(graph), referee.asked(folder), graph.answer)


# --- the protocol -----------------------------------------------------------------------------------------------------


def _protocol(address: Address, referee: Referee, folder: Path) -> Compared:
    scope = scope_named(address.name)
    theirs = _tlc(referee, folder, scope, _text(), INVARIANTS, (*ON_STEPS, *families(scope)))
    return Compared(PROTOCOL, scope.name, scope_found(scope), theirs)


def _variant(address: Address, referee: Referee, folder: Path) -> Compared:
    variant = next(variant for variant in variants() if variant.name == address.name)
    mutant = mutant_named(variant.name)
    claim = variant.asks or family(mutant.killer)
    scope, system = _one_graph(mutant.scope, mutant.script), system_at(mutant.scope, mutant.script, mutant.change(ACTIONS))
    theirs = _asked_one(referee, folder, scope, changed(_text(), variant.changes), claim)
    return Compared(VARIANTS, variant.name, variant_found(system, claim), theirs)


def _fairness(address: Address, referee: Referee, folder: Path) -> Compared:
    action = address.name.removesuffix(NOT_FAIR)
    killed = _unfair_and_noticed()[address.name]
    name, _, graph = killed.at.partition("#")
    unfair_action = next(replace(one, fair=Fair.NONE) for one in ACTIONS if one.name == action)
    table = tuple(unfair_action if one.name == action else one for one in ACTIONS)
    claim = family(killed.by)
    theirs = _asked_one(referee, folder, _one_graph(name, int(graph)), unfair(action, _text()), claim)
    return Compared(FAIRNESS, address.name, variant_found(system_at(name, int(graph), table), claim), theirs)


def _wrong(address: Address, referee: Referee, folder: Path) -> Compared:
    wrong = next(wrong for wrong in wrong_lines() if wrong.name == address.name)
    scope = scope_named(wrong.scope)
    text = changed(_text(), wrong.changes)
    theirs = _tlc(referee, folder, scope, text, INVARIANTS, (*ON_STEPS, *families(scope)))
    return Compared(WRONG, wrong.name, scope_found(scope), theirs)


NOT_FAIR = " is not fair"


def _unfair_and_noticed() -> dict[str, Killed]:
    """Of each action that is fair and that somebody waits for: which claim fails without, and where."""
    return {one.name: one for one in read_kills().killed if one.name.endswith(NOT_FAIR)}


def _text() -> str:
    return (TEXTS / "Protocol.tla").read_text()


def _one_graph(scope: str, script: int) -> Scope:
    whole = scope_named(scope)
    return replace(whole, scripts=(whole.scripts[script],))


def _asked_one(referee: Referee, folder: Path, scope: Scope, text: str, claim: str) -> Found:
    """Only this claim, of states, steps or runs. A claim that holds is no news of a broken protocol: no count."""
    if claim in FAMILIES or claim in ON_STEPS:
        found = _tlc(referee, folder, scope, text, (), (claim,))
    else:
        found = _tlc(referee, folder, scope, text, (claim,), ())
    return Found(f"{claim} holds") if found.verdict == "holds" else found


def _tlc(
    referee: Referee, folder: Path, scope: Scope, text: str, invariants: tuple[str, ...], properties: tuple[str, ...]
) -> Found:
    (folder / "Protocol.tla").write_text(text)
    constants = constants_of(scope)
    (folder / "MC.tla").write_text(module("MC", "Protocol", constants))
    about_runs = any(name in FAMILIES for name in properties)
    (folder / "MC.cfg").write_text(configuration(constants, SPEC if about_runs else INIT_NEXT, invariants, properties))
    return referee.asked(folder)


ASKED = {TINY: _tiny, PROTOCOL: _protocol, VARIANTS: _variant, FAIRNESS: _fairness, WRONG: _wrong}
