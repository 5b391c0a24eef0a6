"""Comes to every interpreter that finds it on its path: the pool that is imported there sees another system."""

import os
import sys
from pathlib import Path

if system := os.environ.get("CHECKEDPOOL_PRETEND"):
    sys.path.append(str(Path(__file__).parents[3]))
    from tests.elsewhere.pretend import install

    install(system)
