"""Whether everybody can read a page that is open in a browser: what axe-core says of it.

Decides: what is asked in which colours, how much of a long page, which faults count. Must not know: any page.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

__all__ = ["faults", "serious"]

ALL = "{iframes: false, preload: false, resultTypes: ['violations']}"
COLOURS = "{iframes: false, preload: false, resultTypes: ['violations'], runOnly: ['color-contrast']}"
"""What another theme changes."""
CUT = """
for (const parent of document.querySelectorAll("main *:not(tr)")) {
    const seen = {};
    for (const child of [...parent.children]) {
        const kind = `${child.tagName} ${child.className}`;
        seen[kind] = 1 + (seen[kind] ?? 0);
        if (seen[kind] > 6) child.remove();
    }
}
"""
"""Of what stands more often than six times in one place, six are kept, but all columns: a long page takes minutes."""


def faults(page: Any, what: str = ALL) -> list[Any]:
    """What axe-core finds in the page that is open."""
    package = pytest.importorskip("axe_playwright_python", reason="the extra 'browser' is not installed")
    if not page.evaluate("'axe' in window"):  # by the protocol of the debugger, which the page's policy does not bind
        page.evaluate(Path(package.__file__).with_name("axe.min.js").read_text(encoding="utf-8"))
    return list(page.evaluate(f"axe.run(document, {what})")["violations"])


def serious(page: Any, *, cut: bool = False) -> dict[str, list[str]]:
    """In light and in dark: by the rule that is broken, what breaks it."""
    found: dict[str, list[str]] = {}
    if cut:
        page.evaluate(CUT)
    for theme, what in (("light", ALL), ("dark", COLOURS)):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        for fault in faults(page, what):
            if fault["impact"] in {"serious", "critical"}:
                found[f"{fault['id']}, {theme}"] = [node["html"][:200] for node in fault["nodes"]][:3]
    return found
