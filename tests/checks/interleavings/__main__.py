"""``python -m tests.checks.interleavings``: explore the fast rooms; a line for each scope, a story of what is wrong.

The exit status: 0 holds, 1 violated, 3 not finished.
"""

# ruff: noqa: T201 - a program that prints

import argparse
import sys

from tests.checks.interleavings.catalogue import SCOPES, scopes_of
from tests.checks.interleavings.report import look
from tests.checks.size import Size

STATUS = {"holds": 0, "violated": 1, "not finished": 3}


def main() -> int:
    """Explore what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.checks.interleavings", description="Explore the fast rooms.")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--long", dest="scopes", action="store_const", const=scopes_of(Size.LONG), help="larger ones too")
    size.add_argument("--all", dest="scopes", action="store_const", const=SCOPES, help="every scope, the vast ones too")
    parser.set_defaults(scopes=scopes_of(Size.QUICK))
    parser.add_argument("--room", action="append", default=[], help="only this one; may be repeated")
    parser.add_argument("name", nargs="?", default="", help="only scopes in whose name this is")
    arguments = parser.parse_args()
    verdicts = {0}
    for scope in arguments.scopes:
        if (not arguments.room or scope.room in arguments.room) and arguments.name in scope.name:
            found = look(scope.room, scope.name)
            print(found.line(), *found.trouble, sep="\n    ", flush=True)
            verdicts.add(STATUS[found.verdict])
    return 1 if 1 in verdicts else max(verdicts)


if __name__ == "__main__":
    sys.exit(main())
