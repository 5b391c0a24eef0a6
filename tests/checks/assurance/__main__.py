"""``python -m tests.checks.assurance [--map]``: the page, or the map of the clauses, on standard output."""

import argparse
import sys

from tests.checks.assurance.mapped import map_page
from tests.checks.assurance.page import page

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--map", action="store_true", help="of each clause its claims, its tests, its known bugs")
    sys.stdout.write(map_page() if parser.parse_args().map else page())
