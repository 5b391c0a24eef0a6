"""The stale idle token: a worker that has reached its limit of tasks is not replaced.

It hangs where the bug is, and ends with 'all ten tasks have run' elsewhere.
"""

from concurrent.futures import ProcessPoolExecutor

if __name__ == "__main__":
    with ProcessPoolExecutor(1, max_tasks_per_child=2) as pool:
        futures = [pool.submit(abs, -number) for number in range(10)]
        for future in futures:
            print(future.result())
    print("all ten tasks have run")
