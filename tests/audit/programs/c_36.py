"""C-36: SIGINT between tasks has no effect on a worker.

It ends with 'BrokenProcessPool' where the bug is, and with '1' elsewhere.
"""

import os
import signal
from concurrent.futures import ProcessPoolExecutor
from time import sleep

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has it ignored in the background
    with ProcessPoolExecutor(1) as pool:
        worker = pool.submit(os.getpid).result()
        sleep(1)
        os.kill(worker, signal.SIGINT)  # to every process of a terminal, that is Ctrl-C
        sleep(1)
        try:
            print("after SIGINT to an idle worker:", pool.submit(abs, -1).result())
        except Exception as error:
            print("after SIGINT to an idle worker:", type(error).__name__)
