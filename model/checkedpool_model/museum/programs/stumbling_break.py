"""The break that stumbled: a worker dies, a future is cancelled already, and those behind it never end.

It hangs where the bug is, and ends with 'every future has ended' elsewhere.
"""

import os
import signal
from concurrent.futures import ProcessPoolExecutor
from time import sleep

if __name__ == "__main__":
    pool = ProcessPoolExecutor(1)
    futures = [pool.submit(sleep, 60) for _ in range(6)]
    futures[4].cancel()
    os.kill(next(iter(pool._processes)), signal.SIGKILL)
    for future in futures[:4] + futures[5:]:
        print(type(future.exception()).__name__)
    print("every future has ended")
