"""Where and with what a run was made: pyperf's description of the machine, the versions, the commit, the date.

Decides: what belongs to a result so that it can be read later. Must not know: rows, costs.
"""

import os
import platform
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tests.bench.peers import PEERS

ROOT = Path(__file__).parents[2]
OF_PYPERF = ("platform", "cpu_model_name", "cpu_freq", "cpu_config", "load_avg_1min", "python_compiler", "timer")
"""What pyperf finds out about a machine, and is of interest here."""
BESIDES = ("numpy", "pyperf")


def described() -> dict[str, str]:
    """Names and values, in the order in which they are shown."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "cores": str(os.cpu_count()),
        **_of_pyperf(),
        **{f"version of {name}": known for name in _packages() if (known := _version(name))},
    }


def absent(peers: Iterable[str], besides: Iterable[str] = ()) -> list[str]:
    """The distributions that these peers need, and those named, that are not installed."""
    needed = [package for peer in peers if (package := PEERS[peer].package)]
    return [package for package in (*needed, *besides) if _version(package) is None]


def commit() -> str:
    """The commit, and whether the files are still those of it."""
    known = _git("rev-parse", "--short=12", "HEAD")
    return known and known + (" with changes" if _git("status", "--porcelain", "--untracked-files=no") else "")


def _packages() -> list[str]:
    return [*(peer.package for peer in PEERS.values() if peer.package), *BESIDES]


def _of_pyperf() -> dict[str, str]:
    with suppress(ImportError):
        known = import_module("pyperf").Run([1.0]).get_metadata()
        return {name: str(known[name]) for name in OF_PYPERF if name in known}
    return {"platform": platform.platform()}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git(*arguments: str) -> str:
    with suppress(OSError):
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        return done.stdout.strip()
    return ""
