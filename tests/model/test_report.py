"""Reports for programs. Decides: what becomes of each verdict, as JSON and as JUnit's XML."""

import json
from xml.etree import ElementTree as ET

import pytest

from checkedpool_model.checker.explore import END_IN_REACH, NO_DEADLOCK, Verdict, explore
from checkedpool_model.checker.liveness import check_leads_to
from checkedpool_model.checker.refinement import check_refinement
from checkedpool_model.checker.report import (
    Case,
    of_exploration,
    of_liveness,
    of_refinement,
    of_simulation,
    to_junit,
    to_plain,
)
from checkedpool_model.checker.simulate import simulate
from checkedpool_model.checker.system import Always, System
from tests.model.lassos import NONE, WEAK, roads
from tests.model.tiny import Counters, Jugs, counters, jugs, roundabout

NEVER_TWO: Always[None, Jugs] = Always("never_two", lambda _k, s: s.big != 2, lambda _k, s: s.big > 0)
FULL_AT_MOST: Always[None, Jugs] = Always("full_at_most", lambda _k, s: s.big <= 5, lambda _k, s: s.big == 5)
ABOUT_NOTHING: Always[None, Jugs] = Always("about_nothing", lambda _k, _s: True, lambda _k, s: s.big == 6)


def explored(system: System[None, Jugs], limit: int = 1000) -> tuple[Case, ...]:
    return of_exploration(system, explore(system, limit=limit))


def kinds(text: str) -> dict[str, list[str]]:
    """What each test case holds."""
    return {case.attrib["name"]: [part.tag for part in case] for case in ET.fromstring(text).iter("testcase")}  # noqa: S314 - made here


def counts(text: str) -> dict[str, str]:
    (suite,) = ET.fromstring(text)  # noqa: S314 - made here
    return {name: suite.attrib[name] for name in ("tests", "failures", "errors", "skipped")}


def test_every_claim_of_a_graph_is_a_case_that_passes_if_it_holds() -> None:
    text = to_junit(explored(jugs(FULL_AT_MOST)))
    assert kinds(text) == {"full_at_most": [], NO_DEADLOCK: [], END_IN_REACH: []}
    assert counts(text) == {"tests": "3", "failures": "0", "errors": "0", "skipped": "0"}


def test_a_claim_that_fails_carries_its_story_and_the_others_are_skipped() -> None:
    text = to_junit(explored(jugs(FULL_AT_MOST, NEVER_TWO)))
    assert kinds(text) == {
        "full_at_most": ["skipped"], "never_two": ["failure"], NO_DEADLOCK: ["skipped"], END_IN_REACH: ["skipped"],
    }  # fmt: skip
    failure = ET.fromstring(text).find(".//failure")  # noqa: S314 - made here
    assert failure is not None
    assert failure.attrib["message"] == "never_two fails after 2 steps:"
    assert "  2. PourBig" in (failure.text or "").splitlines()
    assert counts(text) == {"tests": "4", "failures": "1", "errors": "0", "skipped": "3"}


def test_when_only_the_end_is_out_of_reach_the_others_hold() -> None:
    assert kinds(to_junit(of_exploration(roundabout(), explore(roundabout())))) == {
        NO_DEADLOCK: [], END_IN_REACH: ["failure"],
    }  # fmt: skip


def test_a_search_that_is_not_finished_is_an_error_and_not_a_pass() -> None:
    text = to_junit(explored(jugs(FULL_AT_MOST), limit=5))
    assert kinds(text) == {"full_at_most": ["error"], NO_DEADLOCK: ["error"], END_IN_REACH: ["error"]}
    assert 'message="more than 5 states"' in text
    assert counts(text)["errors"] == "3"


def test_a_claim_that_is_about_nothing_says_so() -> None:
    assert kinds(to_junit(explored(jugs(ABOUT_NOTHING))))["about_nothing"] == ["system-out"]


def test_a_sample_passes_only_if_a_sample_was_wanted() -> None:
    cases = of_simulation(jugs(FULL_AT_MOST), simulate(jugs(FULL_AT_MOST), seed=1, walks=3))
    assert kinds(to_junit(cases)) == {"full_at_most": ["error"], NO_DEADLOCK: ["error"]}
    assert kinds(to_junit(cases, sample_wanted=True)) == {"full_at_most": ["system-out"], NO_DEADLOCK: ["system-out"]}
    assert "3 random walks from seed 1, 3000 steps" in to_junit(cases)


def test_a_walk_that_finds_something_is_a_failure_with_a_story() -> None:
    cases = of_simulation(jugs(NEVER_TWO), simulate(jugs(NEVER_TWO), seed=1))
    assert kinds(to_junit(cases, sample_wanted=True)) == {"never_two": ["failure"], NO_DEADLOCK: ["skipped"]}


def test_claims_about_fair_runs_are_cases_of_their_own() -> None:
    system = roads([("Go", "a", "b", WEAK), ("On", "b", "c", NONE)], "ab", "bc", "xc")
    cases = of_liveness(system, check_leads_to(system))
    assert kinds(to_junit(cases)) == {"a_leads_to_b": [], "b_leads_to_c": ["failure"], "x_leads_to_c": ["system-out"]}
    unfinished = of_liveness(system, check_leads_to(system, limit=1))
    assert [case.verdict for case in unfinished] == [Verdict.NOT_FINISHED] * 3


@pytest.mark.parametrize(("sequence", "kind"), [(("CounterGoesUp",), []), ((), ["failure"])])
def test_a_refinement_is_one_case(sequence: tuple[str, ...], kind: list[str]) -> None:
    def itself(_k: None, s: Counters) -> Counters:
        return s

    found = check_refinement(counters(1), counters(1), itself, {"CounterGoesUp": (sequence,)})
    assert kinds(to_junit([of_refinement(found)])) == {"refines counters": kind or []}


def test_each_graph_is_a_suite() -> None:
    cases = (*explored(jugs()), *of_exploration(counters(1), explore(counters(1))))
    names = [suite.attrib["name"] for suite in ET.fromstring(to_junit(cases))]  # noqa: S314 - made here
    assert names == ["jugs", "counters"]


def test_plain_values_go_through_json_and_keep_the_words() -> None:
    plain = json.loads(json.dumps(to_plain(explored(jugs(FULL_AT_MOST, NEVER_TWO)))))
    assert plain["verdict"] == "violated"
    by_claim = {case["claim"]: case for case in plain["cases"]}
    assert by_claim["never_two"]["story"][0] == "never_two fails after 2 steps:"
    assert (by_claim["full_at_most"]["verdict"], by_claim["full_at_most"]["note"]) == (None, "never_two failed first")


def test_the_verdict_of_many_is_the_worst_and_nothing_at_all_is_no_success() -> None:
    good, cut = explored(jugs()), explored(jugs(), limit=5)
    assert to_plain(good)["verdict"] == "holds"
    assert to_plain((*good, *cut))["verdict"] == "not finished"
    assert to_plain(())["verdict"] == "not finished"
