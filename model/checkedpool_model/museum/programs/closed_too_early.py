"""Channels closed under the manager: shutdown(wait=False) closes the queue that the manager still needs.

It hangs where the bug is, and ends with 'the future has ended' elsewhere.
"""

from concurrent.futures import ProcessPoolExecutor

if __name__ == "__main__":
    pool = ProcessPoolExecutor(1)
    future = pool.submit(abs, -1)
    pool.shutdown(wait=False)
    print(future.result())
    print("the future has ended")
