"""C-06: A cancelled future is notified at once.

It ends with 'False' where the bug is, and with 'True' elsewhere.
"""

import os
from concurrent.futures import ProcessPoolExecutor, wait
from tempfile import NamedTemporaryFile
from time import sleep


def held(gate):  # until that file is gone
    while os.path.exists(gate):
        sleep(0.01)


if __name__ == "__main__":
    with ProcessPoolExecutor(1) as pool, NamedTemporaryFile() as gate:
        futures = [pool.submit(held, gate.name) for _ in range(4)]
        futures[3].cancel()
        done, waiting = wait([futures[3]], timeout=1)
        print("the last one is done:", futures[3].done(), "and who waits for it has heard so:", bool(done))
