"""C-81: Each future has its own exception object.

It ends with 'True' where the bug is, and with 'False' elsewhere.
"""

import os
from concurrent.futures import ProcessPoolExecutor
from time import sleep

if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        tasks = [pool.submit(sleep, 20), pool.submit(sleep, 20), pool.submit(os._exit, 3)]
        os.kill(next(iter(pool._processes)), 9)
        first, second, *_ = [future.exception() for future in tasks]
        print("two futures, one error:", first is second)
