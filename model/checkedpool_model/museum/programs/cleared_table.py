"""The table cleared under the manager: after shutdown(wait=False) it cannot replace a worker that is at its limit.

It hangs where the bug is, and ends with 'every future has ended' elsewhere.
"""

from concurrent.futures import ProcessPoolExecutor

if __name__ == "__main__":
    pool = ProcessPoolExecutor(1, max_tasks_per_child=1)
    futures = [pool.submit(abs, -number) for number in range(4)]
    pool.shutdown(wait=False)
    for future in futures:
        print(type(future.exception()).__name__)
    print("every future has ended")
