"""One measurement, in an interpreter that does nothing else: `python -m tests.bench.measure ROW PEER COUNT ANSWER`.

Decides: that the cost is written where the launcher looks for it, and only when the pool is gone again. Must not know:
other peers. What spawned workers import again is kept out of the module.
"""

import json
import os
import sys
from pathlib import Path


def main(row: str, peer: str, count: str, answer: str) -> None:
    """Measure, and write the cost down."""
    from tests.bench.peers import PEERS  # noqa: PLC0415 - not in every spawned worker
    from tests.bench.rows import ROWS  # noqa: PLC0415 - likewise

    if PEERS[peer].plain:
        os.environ["CHECKEDPOOL_PLAIN"] = PEERS[peer].plain
    cost = ROWS[row].measure(peer, int(count))
    Path(answer).write_text(json.dumps({"cost": cost}), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
