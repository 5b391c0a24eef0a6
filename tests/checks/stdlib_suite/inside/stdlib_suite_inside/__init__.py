"""Decides: nothing; what runs inside the tested interpreters. Must not know: which tests are expected to pass.

startup   run at the start of every interpreter: whose class answers to the name ProcessPoolExecutor
__main__  lists CPython's process-pool tests, or runs one
mutants   faulty executors, by which the harness itself is tested
"""
