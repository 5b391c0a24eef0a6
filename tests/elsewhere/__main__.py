"""`python -m tests.elsewhere win32 -k spawn tests/behaviour`: tests, with the pool as on another system.

Decides: nothing but the environment. What Windows has not, fork and the fork server, one leaves out by ``-k``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.elsewhere.pretend import ABSENT, SYSTEM

PATH = Path(__file__).with_name("path")


def environment(system: str) -> dict[str, str]:
    """What programs find this system by."""
    return {**os.environ, SYSTEM: system, "PYTHONPATH": str(PATH), "PYTHONDONTWRITEBYTECODE": ""}


def main() -> None:
    """Become pytest."""
    if len(sys.argv) < 2 or sys.argv[1] not in ABSENT:
        sys.exit(f"usage: python -m tests.elsewhere {'|'.join(ABSENT)} [arguments of pytest]")
    system, *arguments = sys.argv[1:]
    os.execve(sys.executable, [sys.executable, "-m", "pytest", *arguments], environment(system))  # noqa: S606 - it is this one


if __name__ == "__main__":
    main()
