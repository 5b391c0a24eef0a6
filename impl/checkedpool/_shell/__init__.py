"""The shell: performs what the pure machines order, on processes, pipes, threads and futures.

What becomes of a task, of a worker and of the pool is not decided here.  Decides by which means an operation is
performed; ``docs/architecture.md`` lists the decisions that look at the state of the pool.
"""
