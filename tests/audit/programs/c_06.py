"""C-06: A cancelled future is notified at once.

The standard executor ends the line with 'False', this project's with 'True'.
"""

from concurrent.futures import ProcessPoolExecutor, wait
from time import sleep

if __name__ == "__main__":
    with ProcessPoolExecutor(1) as pool:
        futures = [pool.submit(sleep, 1) for _ in range(4)]
        sleep(0.5)
        futures[3].cancel()
        done, waiting = wait([futures[3]], timeout=0.3)
        print("the last one is done:", futures[3].done(), "and who waits for it has heard so:", bool(done))
