"""`python -m tests.checks.stress`."""

import sys

from tests.checks.stress.run import main

if __name__ == "__main__":
    sys.exit(main())
