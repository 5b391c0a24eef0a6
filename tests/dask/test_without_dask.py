"""Without dask.distributed the package is importable, and what needs it says so."""

import subprocess
import sys

WITHOUT = """
import sys
sys.modules["distributed"] = sys.modules["dask"] = None
import checkedpool, checkedpool.dask
checkedpool.ProcessPoolExecutor
try:
    checkedpool.dask.DaskExecutor
except ImportError as error:
    print(error)
"""


def test_what_needs_it_says_how_to_get_it() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True)
    assert "pip install 'checkedpool[dask]'" in done.stdout


def test_the_pool_imports_nothing_of_it() -> None:
    code = "import sys, checkedpool; checkedpool.ProcessPoolExecutor; print('checkedpool.dask' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]
