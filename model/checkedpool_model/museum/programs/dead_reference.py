"""The dead weak reference: the executor is collected, so a worker that has reached its limit is not replaced.

It hangs where the bug is, and ends with 'every future has ended' elsewhere.
"""

from concurrent.futures import ProcessPoolExecutor


def submitted():
    pool = ProcessPoolExecutor(1, max_tasks_per_child=1)
    return [pool.submit(abs, -number) for number in range(4)]


if __name__ == "__main__":
    for future in submitted():
        print(type(future.exception()).__name__)
    print("every future has ended")
