"""The browser that the explorer's pages are opened in. Decides: which one, how it is started: Debian's, no window."""

import shutil

__all__ = ["CHROMIUM", "FLAGS"]

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
