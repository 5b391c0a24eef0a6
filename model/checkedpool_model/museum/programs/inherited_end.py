"""The inherited end of a pipe: a worker outlives its parent, since it holds the end whose closing it waits for.

It ends with 'is still there' where the bug is, and with 'has ended' elsewhere.
"""

import os
import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from subprocess import PIPE, Popen, TimeoutExpired

if __name__ == "__main__":
    if sys.argv[1:]:
        pool = ProcessPoolExecutor(1)
        print(pool.submit(os.getpid).result(), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    parent = Popen([sys.executable, __file__, "is the parent"], stdout=PIPE)
    worker = int(parent.stdout.readline())
    try:
        parent.communicate(timeout=5)  # until nobody has this output open
        print("the worker of a parent that was killed has ended")
    except TimeoutExpired:
        print("five seconds after its parent was killed, the worker is still there")
        os.kill(worker, signal.SIGKILL)
