"""Which check carries which clause, as the checks themselves say it, and which listed mutants each has refused.

Decides: where each kind of check says what it carries, and where its mutants are listed. Must not know: how any of it
is shown; what a clause promises.

A check *carries* a clause if it names the clause and a listed mutant that breaks the clause is refused by it. So
nothing is credited by hand: a claim that has refused no mutant is not in the table, and a mutant that is taken off its
list takes its cell away. Four things name clauses: the sentence of a claim, the field of a conjunct or a rule, the
field of a mutant, the docstring of a test.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from checkedpool_model.mutants import by_hand
from checkedpool_model.mutants.kills import read as read_kills
from checkedpool_model.proof import conjuncts
from checkedpool_model.proof import mutants as of_the_proof
from checkedpool_model.proof.system import ACTIONS as RELATIONS
from checkedpool_model.protocol import eventually
from checkedpool_model.protocol.eventually import family
from checkedpool_model.protocol.properties import ALWAYS, ON_STEP
from checkedpool_model.verify.refines_contract import NOT_MATCHED
from checkedpool_spec import contract
from tests.audit.known import STANDARD
from tests.audit.test_executors import MUTANTS as EXECUTORS
from tests.checks.assurance.asking import ROOT, asking, clauses_of, functions
from tests.checks.conformance import tables
from tests.checks.conformance.gaps import NOT_TOUCHED
from tests.checks.crosshair.mutants import MUTANTS as REFUTED
from tests.checks.interleavings.mutants import MUTANTS as OF_ROOMS
from tests.checks.mutants import histories, ladder
from tests.checks.mutants.code import MUTANTS as OF_THE_CODE
from tests.checks.mutants.ladder import WITNESSES
from tests.checks.mutants.listed import MUTANTS, mutant_named
from tests.checks.mutants.mutant import Mutant
from tests.checks.tlc.text import variants
from tests.checks.traces.mutations import MUTATIONS
from tests.model.refused import REFUSED

__all__ = ["COLUMNS", "EVERY_CASE", "TESTS", "Carrier", "Column", "carriers", "claims"]

Broken = TypeVar("Broken", Mutant, by_hand.Mutant)


@dataclass(frozen=True, slots=True)
class Carrier:
    """A check that names clauses."""

    name: str
    clauses: tuple[str, ...]
    refused: tuple[str, ...]
    """The listed mutants that it was seen to refuse, each of which breaks what the check claims."""


@dataclass(frozen=True, slots=True)
class Column:
    """A kind of check."""

    name: str
    what: str
    rule: str
    """What earns a cell."""
    command: str
    carriers: Callable[[], Iterator[Carrier]]


# --- the proof --------------------------------------------------------------------------------------------------------


def proved() -> Iterator[Carrier]:
    refused = defaultdict[str, list[str]](list)
    for action, condition, noticed in of_the_proof.GUARDS:
        refused[noticed].append(f"{action} without {condition}")
    for conjunct, action, noticed in of_the_proof.CONJUNCTS:
        refused[noticed].append(f"{action} without the conjunct {conjunct}")
    named = {claim.name: claim.clause for claim in conjuncts.CLAIMS}
    named |= {claim.name: claim.clause for action in RELATIONS for claim in conjuncts.claims_of(action)}
    yield from (Carrier(name, (clause,), tuple(refused[name])) for name, clause in named.items())


# --- the model, and TLC on its text -----------------------------------------------------------------------------------


@cache
def claims() -> dict[str, tuple[str, ...]]:
    """What the model claims of states, steps and runs, and the clauses that each claim's sentence names."""
    of_states = {claim.name: clauses_of(claim.holds.__doc__) for claim in ALWAYS}
    of_steps = {claim.name: clauses_of(claim.holds.__doc__) for claim in ON_STEP}
    made = [member for member in vars(eventually).values() if getattr(member, "__module__", "") == eventually.__name__]
    of_runs = {
        name: clauses_of(member.__doc__)
        for member in made if callable(member) and member.__doc__
        for name in eventually.FAMILIES if name.replace("_of_task", "").replace("_of_client", "") == member.__name__
    }  # fmt: skip
    return of_states | of_steps | of_runs


@cache
def kills() -> dict[str, tuple[str, ...]]:
    """By claim: the broken protocols in which it fails first."""
    refused = defaultdict[str, list[str]](list)
    for mutant in by_hand.MUTANTS:
        refused[family(mutant.killer)].append(mutant.name)
    for killed in read_kills().killed:
        refused[family(killed.by)].append(killed.name)
    return {claim: tuple(names) for claim, names in refused.items()}


def modelled() -> Iterator[Carrier]:
    yield from (Carrier(name, named, kills().get(name, ())) for name, named in claims().items())
    yield from _of(by_hand.MUTANTS, lambda mutant: family(mutant.killer))


def refereed() -> Iterator[Carrier]:
    asked = {one.name: family(one.asks) for one in variants()}
    ours = {mutant.name: mutant for mutant in by_hand.MUTANTS if mutant.name in asked}
    refused = defaultdict[str, list[str]](list)
    for name, mutant in ours.items():
        refused[asked[name] or family(mutant.killer)].append(name)
    for killed in read_kills().killed:
        if killed.name.endswith("is not fair"):
            refused[family(killed.by)].append(killed.name)
    yield from (Carrier(name, named, tuple(refused[name])) for name, named in claims().items())
    yield from _of(ours.values(), lambda mutant: asked[mutant.name] or family(mutant.killer))


# --- refinement -------------------------------------------------------------------------------------------------------


@cache
def rules() -> tuple[Carrier, ...]:
    """Of each rule of the contract the clauses for which it has refused a broken protocol."""
    refused = defaultdict[tuple[str, str], list[str]](list)
    for broken in REFUSED:
        for clause in broken.clauses.split():
            refused[broken.rule, clause].append(f"{broken.scope}: {broken.why}")
    return tuple(
        Carrier(f"rule {rule.name}", (clause,), tuple(refused[rule.name, clause]))
        for rule in contract.RULES if rule.name not in NOT_MATCHED
        for clause in rule.clauses
    )  # fmt: skip


def coded() -> Iterator[Carrier]:
    yield from _of(OF_THE_CODE, lambda mutant: mutant.found.removeprefix("nothing_is_wrong: "))
    yield from _witnessed("every schedule", "forward simulation")
    yield from (one for one in rules() if f"contract {one.name.removeprefix('rule ')}" not in NOT_TOUCHED)
    yield from _followed(tables.CODES)


def _followed(table: tables.Table) -> Iterator[Carrier]:
    """What the table keeps is kept by whatever is followed by it."""
    kept = claims().keys() & (tables.CLAIMS - table.not_kept.keys() - table.unused.keys())
    for name in sorted(kept):
        yield Carrier(f"followed: {name}", claims()[name], kills().get(name, ()))


# --- chosen runs, rooms, real runs ------------------------------------------------------------------------------------


def _of(mutants: Iterable[Broken], check: Callable[[Broken], str]) -> Iterator[Carrier]:
    """What a mutant's own check carries: the clauses that the mutant breaks."""
    yield from (Carrier(check(one), tuple(one.clauses.split()), (one.name,)) for one in mutants if one.clauses)


def _witnessed(*checks: str) -> Iterator[Carrier]:
    """What no cheaper kind of check kills."""
    chosen = (mutant_named(witness.mutant) for witness in WITNESSES if witness.check in checks)
    yield from _of(chosen, lambda _: " or ".join(checks))


def _killed_by(run: Callable[[], str], name: str) -> Iterator[Carrier]:
    yield from _of((mutant for mutant in MUTANTS if mutant.killer is run), lambda _: name)


def scheduled() -> Iterator[Carrier]:
    yield from _witnessed("schedules", "runs")


def interleaved() -> Iterator[Carrier]:
    yield from _of(OF_ROOMS, lambda mutant: mutant.found)


def struck() -> Iterator[Carrier]:
    yield from _killed_by(ladder.deaths, "futures after a kill")


def traced() -> Iterator[Carrier]:
    yield from _killed_by(ladder.traces, "traces of runs")
    for one in _followed(tables.TRACES):
        yield Carrier(one.name, one.clauses, one.refused and (*one.refused, *(f"trace: {how}" for how in MUTATIONS)))


def judged() -> Iterator[Carrier]:
    for executor, (clause, _) in EXECUTORS.items():
        yield Carrier("histories", (clause,), (executor,))
    for clause in STANDARD:
        yield Carrier("histories", (clause,), ("concurrent.futures.ProcessPoolExecutor",))
    yield from _killed_by(ladder.histories, "histories")
    yield from _of(histories.MUTANTS, lambda _: "histories of drawn programs")
    for name, clauses in written_histories().items():
        yield Carrier("histories", clauses, (name,))


@cache
def written_histories() -> dict[str, tuple[str, ...]]:
    """Histories by hand that the judge refuses: for each test the clauses that it wants to be named."""
    file = ROOT / "tests/audit/test_histories.py"
    return {function.name: named for function in functions(file) if (named := clauses_of(" ".join(_strings(function))))}


def _strings(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


# --- CrossHair --------------------------------------------------------------------------------------------------------


def confirmed() -> Iterator[Carrier]:
    """Contracts whose sentence names a clause, and the mutants of the code that refute them."""
    for file in sorted((ROOT / "tests/checks/crosshair/contracts").glob("*.py")):
        for function in functions(file):
            name = f"{file.stem}.{function.name}"
            refuted = tuple(mutant.name for mutant in REFUTED if mutant.contract == name)
            yield Carrier(name, clauses_of(ast.get_docstring(function)), refuted)


# --- tests ------------------------------------------------------------------------------------------------------------


def enumerated() -> Iterator[Carrier]:
    for test in asking():
        if test.every:
            yield Carrier(f"{test.file}::{test.name}: every {test.every}", test.clauses, test.refused)


def tested() -> Iterator[Carrier]:
    for test in asking():
        if not test.every:
            yield Carrier(f"{test.file}::{test.name}", test.clauses, test.refused)
    for mutant in MUTANTS:
        if isinstance(mutant.killer, ladder.Tests) and mutant.clauses:
            yield Carrier(" ".join(mutant.killer.arguments), tuple(mutant.clauses.split()), (mutant.name,))


# --- all --------------------------------------------------------------------------------------------------------------

EVERY_CASE = Column(
    "every case", "all cases of a finite set, by a program: instructions, lines, depths, orders, arguments",
    "a mutant is found by it", 'make test ARGS="{files}"', enumerated,
)  # fmt: skip
TESTS = Column(
    "tests", "tests of real pools and of their parts, by example",
    "the test names the clause; in brackets how many of them were seen failing", "make test", tested,
)  # fmt: skip
COLUMNS: tuple[Column, ...] = (
    Column("proof", "two solvers, for any number of tasks, workers, clients and deaths",
           "a conjunct of that clause refuses the proof with a guard or a conjunct dropped", "make proof", proved),
    Column("model", "every state and fair run of the protocol in {scopes} scopes, {states:,} states",
           "the claim fails in a broken protocol, made by hand or by rule", 'make verify ARGS="--only Model"',
           modelled),
    Column("TLC", "another checker, of a text in another language, in the same scopes",
           "the same claim fails there in the same broken protocol", "make tlc", refereed),
    Column("contract", "the protocol refines the contract machine",
           "a rule of the machine refuses a broken protocol for that clause", 'make verify ARGS="--only Contract"',
           lambda: iter(rules())),
    Column("code", "the machines and the loop on the simulated system: every interleaving and crash in {graphs} graphs,"
           " {worlds:,} worlds",
           "a broken machine is found; or the rule of the contract is asked there too; or the claim is kept by what is"
           " followed to the protocol", 'make verify ARGS="--only Tables --only \'The code\'"', coded),
    Column("schedules", "chosen schedules of the same, in larger scopes",
           "a broken machine is found by nothing cheaper", 'make verify ARGS="--only Schedules"', scheduled),
    Column("rooms", "the fast rooms at every interleaving, beside the plain pool",
           "a broken room has an outcome that the plain pool never has", 'make verify ARGS="--only Interleavings"',
           interleaved),
    Column("kills", "real workers killed at each point of their lives",
           "a broken shell is found by what becomes of the futures", "make kills", struck),
    Column("traces", "real runs, followed through the protocol",
           "the claim is kept by the table of traces, and changed traces are refused",
           'make test ARGS="tests/checks/traces"', traced),
    Column("histories", "calls, threads, kills and drawn programs, judged by the contract machine",
           "an executor, or a history by hand, that breaks the clause is refused",
           'make verify ARGS="--only Histories"', judged),
    Column("CrossHair", "contracts of pure functions, for all values",
           "the contract is refuted by a mutant of the code", "make crosshair", confirmed),
    EVERY_CASE,
    TESTS,
)  # fmt: skip


def carriers() -> dict[str, tuple[Carrier, ...]]:
    """By the name of a column."""
    return {column.name: tuple(one for one in column.carriers() if one.clauses) for column in COLUMNS}
