"""C-04: RUNNING means begun.

The standard executor ends the line with 'True', this project's with 'False'.
"""

from concurrent.futures import ProcessPoolExecutor
from time import sleep

if __name__ == "__main__":
    with ProcessPoolExecutor(1) as pool:
        first, second = pool.submit(sleep, 1), pool.submit(sleep, 0)
        sleep(0.5)
        print("one worker, inside the first task; running() of the second:", second.running())
