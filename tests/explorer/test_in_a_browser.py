"""The page in real Chromium: every verb is clicked, nothing is fetched, a screen reader is told.

Decides: what a reader of the page can do. Must not know: how the page is made. Where there is no browser, all of it is
skipped, and says so.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from checkedpool_model.explorer.page import html
from checkedpool_model.explorer.subjects import of_counterexample
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.verify.address import mutant_named, retraced, system_at

pytestmark = pytest.mark.slow
SIZES = {"desk": (1440, 900), "tablet": (820, 1100), "phone": (390, 844)}


class Page:
    """A page that was opened, and all that it asked for."""

    READY = "html[data-ready]"

    def __init__(self, browser: Any, path: Path, size: tuple[int, int] = SIZES["desk"], fragment: str = "") -> None:
        self.context = browser.new_context(viewport={"width": size[0], "height": size[1]}, accept_downloads=True)
        self.context.set_default_timeout(30_000)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda message: self.errors.append(message.text))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.path = path
        self.page.goto(f"{path.as_uri()}{fragment}")
        self.page.wait_for_selector(self.READY, timeout=20_000)

    def text(self, selector: str) -> str:
        return str(self.page.inner_text(selector))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def steps(self) -> int:
        return int(self.page.locator("#steps [data-step]").count()) - 1

    def close(self) -> None:
        self.context.close()
        assert self.errors == []
        assert [url for url in self.requests if not url.startswith(self.path.as_uri())] == []


Open = Callable[..., Page]


@pytest.fixture
def opened(browser: Any, written: Callable[[str], Path]) -> Iterator[Open]:
    pages: list[Page] = []

    def open_(word: str, size: str = "desk", fragment: str = "") -> Page:
        pages.append(Page(browser, written(word), SIZES[size], fragment))
        return pages[-1]

    yield open_
    for page in pages:
        page.close()


# --- the run ----------------------------------------------------------------------------------------------------------


def test_the_failure_is_walked_through_with_keys_buttons_and_slider(opened: Open) -> None:
    page = opened("full-pipe")
    assert page.steps() == 5
    page.press("j", "j")
    assert page.text("#step-now") == "Step 2 of 5: client rings → manager."
    page.press("k")
    assert page.text("#step-now") == "Step 1 of 5: client takes lock."
    page.page.click("#on")
    page.page.click("#back")
    page.page.click("#first")
    assert page.text("#step-now") == "The beginning of a run of 5 steps."
    page.page.locator("#slider").fill("5")
    assert page.text("#verdict") == "Deadlock: nothing can happen any more, and it is not over."
    page.page.click("#steps [data-step='3']")
    assert page.text("#step-now") == "Step 3 of 5: client returns."


def test_a_click_on_a_move_takes_it_and_undo_takes_it_back(opened: Open) -> None:
    page = opened("full-pipe")
    moves = page.page.locator("#moves .move")
    assert [moves.nth(n).locator(".does").inner_text() for n in range(moves.count())] == ["takes lock"]
    moves.first.click()
    assert page.steps() == 1
    assert page.text("#step-now") == "Step 1 of 1: client takes lock."
    page.page.click("#undo")
    assert page.steps() == 5
    page.press("1", "1", "u")
    assert page.steps() == 1


def test_what_a_step_changed_is_marked_with_what_it_was(opened: Open) -> None:
    page = opened("full-pipe")
    page.press("j")
    changed = page.page.locator("#stages .changed")
    assert [changed.nth(n).inner_text() for n in range(changed.count())] == [
        "has the lock\nwas: outside",
        "locked\nyes\nwas: no",
    ]


def test_every_step_is_told_to_a_screen_reader(opened: Open) -> None:
    page = opened("full-pipe")
    page.press("j")
    told = page.page.locator("[aria-live=polite]").text_content()
    assert told is not None
    assert told.startswith(
        "Step 1 of 5: client takes lock. Changed: client: outside → has the lock; between them, locked:"
    )


# --- how it ends ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "hanging", "all_"), [("dead-reader", 2, 4), ("two-tables", 1, 2)])
def test_of_each_move_it_is_said_how_it_can_end(opened: Open, word: str, hanging: int, all_: int) -> None:
    page = opened(word)
    assert page.text("#verdict") == f"{hanging} of {all_} moves from here can still reach a hang."
    badges = page.page.locator("#moves .badge").all_inner_texts()
    assert len(badges) == all_
    assert sum("hang" in badge for badge in badges) == hanging
    assert badges.count("ends well") == all_ - hanging


def test_a_deadlock_says_who_waits_for_whom_in_a_circle(opened: Open) -> None:
    page = opened("full-pipe")
    page.press("End")
    assert page.text(".circle") == "client waits for manager waits for client"
    assert "client would go on with “rings” if “pipe has room” held, which only manager makes true" in page.text(
        "#waiting"
    )
    assert page.page.locator("svg.waits rect").count() == 2


def test_a_lost_wake_up_is_a_circle_of_manager_and_worker(browser: Any, tmp_path: Path) -> None:
    word = (
        "exit-handlers#0:no_deadlock:ClientCloses.0,ManagerIssues.0,WorkerBegins.0,WorkerAnswers.0,ManagerTakesAnswer.0,"
        "ManagerPutsUpTheFlag,ManagerSleeps,ClientRequests.0,ClientWakesManager.0"
    )
    path = tmp_path / "word.html"
    path.write_text(html(of_counterexample(retraced(word, mutant_named("clients do not wake the manager")))))
    page = Page(browser, path)
    page.press("End")
    assert page.text(".circle") == "manager waits for worker 1 waits for manager"
    told = page.text("#waiting")
    assert "client 0 would go on with “returns” if “manager has ended” held, which only manager makes true" in told
    assert "nature would" not in told
    page.close()


def test_a_run_without_end_says_which_steps_go_on_for_ever(opened: Open) -> None:
    page = opened("endless-replacement")
    assert "then for ever" in page.text("#steps")
    page.press("End")
    assert "Steps 1 to 3 go on for ever." in page.text("#verdict")


# --- why not ----------------------------------------------------------------------------------------------------------


def choose(page: Page, name: str) -> None:
    value = page.page.locator("#question option", has_text=re.compile(f"^{re.escape(name)}$")).get_attribute("value")
    page.page.select_option("#question", value)


def test_a_predicate_is_reached_by_a_shortest_way(opened: Open) -> None:
    page = opened("boot#0")
    choose(page, "two workers are busy")
    assert page.text("#answer .answer") == "Unreachable in this scope (1,395 states)."
    choose(page, "a task is blamed")
    answer = page.text("#answer .answer")
    steps = int(answer.partition(" step")[0])
    page.page.click("text=Show the way from here")
    assert page.steps() == steps
    page.press("End")
    assert "it is so here" in page.text("#answer .answer")


def test_what_is_not_possible_names_the_conjuncts_that_are_false(opened: Open) -> None:
    page = opened("full-pipe")
    page.press("j", "j", "/")
    page.page.keyboard.type("manager takes lock")
    assert "takes lock" in page.text("#missing")
    assert page.page.locator("#missing .false .name").all_inner_texts() == ["manager is awake", "lock is free"]


def test_claims_are_listed_with_what_they_say(opened: Open) -> None:
    page = opened("boot#0")
    page.page.click("#claims-part summary")
    claims = system_at("boot", 0, ACTIONS).always
    assert page.page.locator("#claims .badge", has_text="holds").count() == len(claims) > 20
    assert "No future is ended twice (C-01)." in page.text("#claims")


def test_a_claim_that_fails_shows_which_part_of_it_is_false(browser: Any, tmp_path: Path) -> None:

    word = (
        "gate#0:accepted_future_ends_with_the_pool:ClientPassesGate.0,WorkerCrashes.0,ManagerBlamesTask.0,ManagerEnds,"
        "ClientPosts.0,ClientSeesItStillOpen.0,ClientWakesManager.0"
    )
    path = tmp_path / "word.html"
    path.write_text(html(of_counterexample(retraced(word, mutant_named("does not look at the gate again")))))
    page = Page(browser, path)
    page.press("End")
    assert page.text("#verdict") == "A claim fails here: accepted future ends with the pool."
    assert page.page.locator(".blame .parts code").all_inner_texts() == [
        "s.manager != Manager.ENDED",
        "all((task.end != End.OPEN for task in s.tasks if task.handed == Handed.RETURNED))",
    ]
    assert "task.end is OPEN" in page.text(".blame")
    page.close()


# --- kill -------------------------------------------------------------------------------------------------------------


def test_a_worker_is_killed_on_demand_and_then_no_more(opened: Open) -> None:
    page = opened("boot#0")
    page.page.click("[data-part='worker 1'] .kill")
    assert page.text("#step-now") == "Step 1 of 1: nature worker crashes → worker 1."
    assert "has ended, not reaped" in page.text("[data-part='worker 1']")
    page.page.click("[data-part='worker 0'] .kill", force=True)
    assert page.steps() == 1
    assert page.text("#said") == "Not possible: nature worker crashes, since “crashes left” is false."
    page.press("u", "x")
    assert page.steps() == 1


# --- two runs, links, pictures ----------------------------------------------------------------------------------------


def test_two_runs_stand_side_by_side_with_the_first_difference_marked(opened: Open) -> None:
    page = opened("stale-token")
    page.page.click("#compare")
    page.page.select_option("#graph", "1")
    page.page.wait_for_selector("#size:has-text('37 states')")
    assert page.page.locator("#stages .stage").count() == 2
    assert re.match(r"The same for \d steps?\. Then, in step \d: .* beside: ends\.", page.text("#difference"))
    assert page.page.locator(".first-difference").count() == 1
    page.press("End")
    assert "Pinned, after step 9" in page.text("#stages")
    assert "This run, after step 8" in page.text("#stages")
    page.press("c")
    assert page.page.locator("#stages .stage").count() == 1


def test_an_address_leads_back_to_where_one_was(opened: Open) -> None:
    page = opened("full-pipe")
    page.press("1", "1", "1", "k")
    choose(page, "all is over")
    fragment = "#" + page.page.url.partition("#")[2]
    again = opened("full-pipe", fragment=fragment)
    assert again.text("#step-now") == page.text("#step-now")
    assert again.steps() == 3
    assert again.text("#answer .answer") == page.text("#answer .answer")


@pytest.mark.parametrize("fragment", ["#g=99&m=zz.1.-3&at=1e9&q=abc&p=9~~", "#%3Cscript%3E", "#m=&at=&g="])
def test_an_address_that_means_nothing_opens_the_beginning(opened: Open, fragment: str) -> None:
    page = opened("full-pipe", fragment=fragment)
    assert page.text("#step-now").startswith("The beginning")


def test_the_run_is_saved_as_a_picture_without_style_or_script(opened: Open, tmp_path: Path) -> None:
    page = opened("full-pipe")
    with page.page.expect_download() as saved:
        page.press("s")
    path = tmp_path / "run.svg"
    saved.value.save_as(path)
    root = ET.fromstring(path.read_text())  # noqa: S314 - the page's own picture
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "5. manager wakes" in texts
    assert not [child.tag for child in root.iter() if child.tag.endswith(("script", "style", "foreignObject"))]


def test_the_keys_are_listed(opened: Open) -> None:
    page = opened("full-pipe")
    page.press("?")
    assert page.page.locator("#keys[open]").count() == 1
    assert "kill a worker now" in page.text("#key-list")
    page.press("?")
    assert page.page.locator("#keys[open]").count() == 0


def test_light_and_dark_are_one_key_apart(opened: Open) -> None:
    page = opened("full-pipe")
    colours = set()
    for _ in range(2):
        page.press("t")
        colours.add(page.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(colours) == 2


# --- for everybody ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_the_page_fits_its_screen(opened: Open, size: str) -> None:
    page = opened("boot#0", size)
    page.press("1", "1", "1")
    assert page.page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]


@pytest.mark.parametrize("size", SIZES)
def test_a_step_does_not_move_the_page(opened: Open, size: str) -> None:
    page = opened("stale-token", size)
    page.press("End", "k", "k", "Home", "j")
    assert page.page.evaluate("scrollY") == 0
