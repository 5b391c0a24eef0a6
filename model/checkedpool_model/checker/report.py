"""What was found, for programs: plain values that JSON can hold, and JUnit's XML for whoever collects test results.

Decides: what one case of a report is, and what becomes of each verdict. Must not know: how anything was found; what it
is about; who reads the report.

A case is one claim in one graph. A failure carries its story. A search that is not finished is an error, never a pass;
so is a sample in which nothing was found, unless whoever writes the report wanted a sample and says so. After a claim
has failed a search says nothing of the others: they are skipped.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import TypeVar
from xml.etree import ElementTree as ET

from checkedpool_model.checker.explore import END_IN_REACH, NO_DEADLOCK, Counterexample, Exploration, Verdict
from checkedpool_model.checker.liveness import Liveness
from checkedpool_model.checker.refinement import Refinement
from checkedpool_model.checker.refinement import story as refinement_story
from checkedpool_model.checker.simulate import Simulation
from checkedpool_model.checker.story import lines
from checkedpool_model.checker.system import System

__all__ = ["Case", "of_exploration", "of_liveness", "of_refinement", "of_simulation", "to_junit", "to_plain"]

A = TypeVar("A")
K = TypeVar("K")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Case:
    """One claim in one graph."""

    graph: str
    claim: str
    verdict: Verdict | None
    """None: it was not asked to the end, because another claim failed first."""
    states: int
    seconds: float
    """Of the search, which is the same for all its claims."""
    about_something: bool
    """Whether the claim's witness was seen in this graph."""
    note: str
    """What else is to be said in one line: why a search ended, which claim failed first."""
    story: tuple[str, ...]


def of_exploration(system: System[K, S], found: Exploration[S]) -> tuple[Case, ...]:
    """A case for each claim of the system, for its freedom from deadlock and for the reach of its end."""
    claims = (*system.claims(), NO_DEADLOCK, END_IN_REACH)
    return tuple(_searched(found, claims, found.verdict, found.counterexample, found.stopped))


def of_simulation(system: System[K, S], found: Simulation[S]) -> tuple[Case, ...]:
    """A case for each claim that walks can break."""
    note = f"{found.walks} random walks from seed {found.seed}, {found.steps} steps"
    return tuple(_searched(found, (*system.claims(), NO_DEADLOCK), found.verdict, found.counterexample, note))


def _searched(
    found: Exploration[S] | Simulation[S],
    claims: Iterable[str],
    verdict: Verdict | None,
    told: Counterexample[S] | None,
    note: str,
) -> Iterator[Case]:
    others, why = verdict, note
    if told and told.claim == END_IN_REACH:  # asked last, of a whole graph in which all else holds
        others = Verdict.HOLDS
    elif told:
        others, why = None, f"{told.claim} failed first"
    for claim in claims:
        failed = told is not None and told.claim == claim
        yield Case(
            found.system, claim, verdict if failed else others, found.states, found.seconds,
            failed or claim in found.seen or claim in (NO_DEADLOCK, END_IN_REACH), note if failed else why,
            tuple(lines(told)) if told and failed else (),
        )  # fmt: skip


def of_liveness(system: System[K, S], found: Liveness[S]) -> tuple[Case, ...]:
    """A case for each claim about fair runs; each was asked, whatever became of the others."""
    stories = {told.claim: tuple(lines(told)) for told in found.counterexamples}
    other = Verdict.HOLDS if found.finished else Verdict.NOT_FINISHED
    return tuple(
        Case(
            found.system, claim.name, Verdict.VIOLATED if claim.name in stories else other, found.states,
            found.seconds, claim.name in found.seen, "", stories.get(claim.name, ()),
        )
        for claim in system.leads_to
    )  # fmt: skip


def of_refinement(found: Refinement[S, A]) -> Case:
    """One case: the concrete system refines the abstract one."""
    note = f"never matched: {', '.join(found.unmatched)}" if found.unmatched else ""
    return Case(
        found.concrete, f"refines {found.abstract}", found.verdict, found.states, found.seconds,
        about_something=True, note=note, story=tuple(refinement_story(found)),
    )  # fmt: skip


def to_plain(cases: Iterable[Case]) -> dict[str, object]:
    """The cases as plain values, with the words of their fields; the verdict of a skipped one is None."""
    listed = list(cases)
    rows = [{**asdict(case), "verdict": case.verdict and case.verdict.value, "story": [*case.story]} for case in listed]
    return {"verdict": _together(listed).value, "cases": rows}


def _together(cases: Iterable[Case]) -> Verdict:
    """The worst of the verdicts. No case at all shows nothing: it is not finished."""
    verdicts = {case.verdict for case in cases}
    order = (Verdict.VIOLATED, Verdict.NOT_FINISHED, Verdict.SAMPLED, Verdict.HOLDS)
    return next((verdict for verdict in order if verdict in verdicts), Verdict.NOT_FINISHED)


def to_junit(cases: Iterable[Case], *, name: str = "model", sample_wanted: bool = False) -> str:
    """The cases as JUnit's XML: a suite for each graph, in the order in which they come."""
    root = ET.Element("testsuites", name=name)
    for graph, members in groupby(cases, key=lambda case: case.graph):
        listed = list(members)
        suite = ET.SubElement(root, "testsuite", name=graph)
        for case in listed:
            _junit_case(suite, case, sample_wanted=sample_wanted)
        counts = {kind: len(suite.findall(f"testcase/{kind}")) for kind in ("failure", "error", "skipped")}
        suite.set("tests", str(len(listed)))
        suite.set("failures", str(counts["failure"]))
        suite.set("errors", str(counts["error"]))
        suite.set("skipped", str(counts["skipped"]))
        suite.set("time", f"{max(case.seconds for case in listed):.3f}")
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _junit_case(suite: ET.Element, case: Case, *, sample_wanted: bool) -> None:
    element = ET.SubElement(suite, "testcase", classname=case.graph, name=case.claim, time=f"{case.seconds:.3f}")
    message = case.note or (case.verdict.value if case.verdict else "not asked")
    if case.verdict is Verdict.VIOLATED:
        failure = ET.SubElement(element, "failure", message=case.story[0] if case.story else message)
        failure.text = "\n".join(case.story)
    elif case.verdict is None:
        ET.SubElement(element, "skipped", message=message)
    elif case.verdict is Verdict.NOT_FINISHED or (case.verdict is Verdict.SAMPLED and not sample_wanted):
        ET.SubElement(element, "error", message=message, type=case.verdict.value)
    said = [] if case.about_something else ["its twin was not seen in this graph: here it is about nothing"]
    if case.note and len(element) == 0:
        said.append(case.note)
    if said:
        ET.SubElement(element, "system-out").text = "\n".join(said)
