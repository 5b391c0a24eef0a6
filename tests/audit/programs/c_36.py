"""C-36: SIGINT between tasks has no effect on a worker.

The standard executor ends the line with 'BrokenProcessPool', this project's with '1'.
"""

import os
import signal
from concurrent.futures import ProcessPoolExecutor
from time import sleep

if __name__ == "__main__":
    with ProcessPoolExecutor(1) as pool:
        worker = pool.submit(os.getpid).result()
        sleep(1)
        os.kill(worker, signal.SIGINT)  # to every process of a terminal, that is Ctrl-C
        sleep(1)
        try:
            print("after SIGINT to an idle worker:", pool.submit(abs, -1).result())
        except Exception as error:
            print("after SIGINT to an idle worker:", type(error).__name__)
