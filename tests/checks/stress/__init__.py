"""Random pools on real processes, random kills, and a judge that knows what each future may become.

plan, generate, profiles        what a round is, drawn from (seed, method, number) alone
tasks, catalogue                the user's code in the workers, and what each task must give
board, actions, rounds, record  a round is carried out on a real pool and leaves a record
leaks, procs                    what is left of it: processes, threads, descriptors, files
facts, oracle, oracle_*         pure: plan and record in, broken promises out
batch, child, supervise, stacks many rounds in child processes; a hang is contained and looked at
tally, report, run              counts, verdict, table, command line
fakes, test_*                   executors that are wrong on purpose: each must be found out
"""
