"""``python -m tests.checks.assurance``: the page on standard output."""

import sys

from tests.checks.assurance.page import page

if __name__ == "__main__":
    sys.stdout.write(page())
