"""Decides: `python -m tests.checks.stdlib_suite` runs the suite. Must not know: anything else."""

import sys

from .main import main

sys.exit(main())
