"""The wake-up that a cancelled task ate: the manager goes to sleep, and nobody will wake it.

It hangs where the bug is, and ends with 'shutdown() has returned every time' elsewhere.
"""

from concurrent.futures import ProcessPoolExecutor

if __name__ == "__main__":
    for _ in range(50):
        pool = ProcessPoolExecutor(1)
        pool.submit(int).result()
        pool.submit(int).cancel()
        pool.shutdown()
    print("shutdown() has returned every time")
