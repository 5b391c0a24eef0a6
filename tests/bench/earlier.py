"""This pool as it was at a commit, as a peer: the files of that commit, in a folder that lives as long as a run.

Decides: which files a commit's pool is made of. Must not know: rows, costs. A measurement finds the folder before the
installed package, by PYTHONPATH, and so do the workers that it starts.
"""

import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.peers import PEERS

ROOT = Path(__file__).parents[2]
FOLDERS = ("impl", "spec")
"""What the executor is made of; each is a place to import from."""


class UnknownCommitError(ValueError):
    """There is no such commit here, or no pool in it."""


@contextmanager
def files(peers: Iterable[str]) -> Iterator[dict[str, str]]:
    """Where each of these peers that is made of a commit's files is imported from, in the form of PYTHONPATH."""
    chosen = {peer: revision for peer in peers if (revision := PEERS[peer].revision)}
    with tempfile.TemporaryDirectory(prefix="bench-commit-") as name:
        yield {peer: _unpacked(chosen[peer], Path(name, str(number))) for number, peer in enumerate(chosen)}


def _unpacked(revision: str, place: Path) -> str:
    command = ["git", "archive", "--format=tar", "--end-of-options", revision, *FOLDERS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise UnknownCommitError(f"at-{revision} is no commit of this pool that git can read: {said}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as packed:
        packed.extractall(place, filter="data")
    return os.pathsep.join(str(place / folder) for folder in FOLDERS)
