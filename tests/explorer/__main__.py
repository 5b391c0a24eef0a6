"""``python -m tests.explorer [NAME...]``: how large the explorer's files are, how long a browser takes to open them.

Decides: what is measured, and the limits: 20 megabytes, three seconds until the page answers. Must not know: why a file
is large. Without names: every exhibit of the museum and every quick scope. Exits with 1 if a limit is not kept, with 3
if there is no browser. ``--folder`` keeps the files, and opens those that it finds there.
"""

import argparse
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from checkedpool_model.explorer.addressed import subject_of
from checkedpool_model.explorer.page import html
from checkedpool_model.museum import EXHIBITS
from checkedpool_model.scopes.all import SCOPES
from tests.explorer.browser import CHROMIUM, FLAGS

LARGEST, LONGEST = 20.0, 3.0
"""Megabytes, seconds."""
NO_BROWSER = 3


def main() -> int:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=[*(one.name for one in EXHIBITS), *(one.name for one in SCOPES)])
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if CHROMIUM is None or find_spec("playwright") is None:
        sys.stdout.write("chromium or the extra 'browser' is not here: nothing was measured\n")
        return NO_BROWSER
    with TemporaryDirectory() as other:
        wrong = list(_measured(asked.names, asked.folder or Path(other)))
    return int(any(wrong))


def _measured(names: list[str], folder: Path) -> Iterator[bool]:
    """Of each, whether a limit is not kept."""
    with import_module("playwright.sync_api").sync_playwright() as player:  # it belongs to an extra
        browser = player.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name in names:
            path = folder / f"{name}.html"
            if not path.exists():
                path.write_text(html(subject_of(name)), encoding="utf-8")
            megabytes, seconds = path.stat().st_size / 1e6, min(_opened(browser, path) for _ in range(3))
            sys.stdout.write(f"{name}: {megabytes:.2f} MB, opens in {seconds:.2f} s\n")
            sys.stdout.flush()
            yield megabytes > LARGEST or seconds > LONGEST
        browser.close()


def _opened(browser: Any, path: Path) -> float:
    """Seconds until the page answers."""
    page = browser.new_page()
    begun = perf_counter()
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]", timeout=60_000)
    seconds = perf_counter() - begun
    page.close()
    return seconds


if __name__ == "__main__":
    sys.exit(main())
