"""C-06: A cancelled future is notified at once.

It ends with 'False' where the bug is, and with 'True' elsewhere.
"""

import os
from concurrent.futures import wait
from tempfile import NamedTemporaryFile
from time import sleep

from pebble import ProcessPool


def held(gate):  # until that file is gone
    while os.path.exists(gate):
        sleep(0.01)


if __name__ == "__main__":
    with ProcessPool(max_workers=1) as pool, NamedTemporaryFile() as gate:
        futures = [pool.schedule(held, args=[gate.name]) for _ in range(4)]
        sleep(1)  # now all are in the pipe
        futures[3].cancel()
        done, waiting = wait([futures[3]], timeout=1)
        print("the last one is done:", futures[3].done(), "and who waits for it has heard so:", bool(done))
