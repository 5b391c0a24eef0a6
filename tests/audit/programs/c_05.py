"""C-05: `cancel()` succeeds exactly when the task has not begun.

The standard executor ends the line with 'False', this project's with 'True'.
"""

from concurrent.futures import ProcessPoolExecutor
from time import sleep

if __name__ == "__main__":
    with ProcessPoolExecutor(1) as pool:
        first, second = pool.submit(sleep, 1), pool.submit(sleep, 0)
        sleep(0.5)
        print("one worker, inside the first task; cancel() of the second:", second.cancel())
