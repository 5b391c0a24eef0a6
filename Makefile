# checkedpool: every verb sets up what it needs by itself; `make help` lists them.
#
#   PYTHON=python3.13   run with another interpreter, in a virtual environment of its own
#   ARGS="..."          more arguments for the program that the verb runs

PYTHON ?= python3
ARGS ?=

# VENVS is where the environments are made: .ci/pythons shares them between checkouts.
VENVS ?=
ifeq ($(PYTHON),python3)
VENV := $(VENVS).venv
else
VENV := $(VENVS).venv-$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
endif

# Each start of a worker compiles the package anew where the environment forbids to keep what is compiled.
export PYTHONDONTWRITEBYTECODE :=

RUN := $(VENV)/bin/python
READY := $(VENV)/.ready
BENCH := $(subst .venv,.venv-bench,$(VENV))
AUDITS := $(subst .venv,.venv-audits,$(VENV))
DOCS := $(subst .venv,.venv-docs,$(VENV))
DASK := $(subst .venv,.venv-dask,$(VENV))

.DEFAULT_GOAL := help
.PHONY: help verify verify-long verify-all proof crosshair tlc bench bench-model audits dask scale docs test test-all test-rest lint types layers mutants mutation doubt claims demo hypothesis stress kills stdlib-suite pythons clean

help: ## list these verbs
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

verify: $(READY) ## types, layers, every scope and mutant of the model, the demonstration: one page
	@$(RUN) -m tests.checks.verify $(ARGS)

verify-long: $(READY) ## the same with larger shares, the proof and TLC; five minutes, ARGS="--only Schedules" for a part
	@$(RUN) -m tests.checks.verify --long $(ARGS)

verify-all: $(READY) ## everything, each check whole; most of an hour, ARGS as before
	@$(RUN) -m tests.checks.verify --all $(ARGS)

proof: $(READY) ## the protocol's safety for any number of tasks, workers, clients and deaths: two solvers, and the tie
	@$(VENV)/bin/checkedpool prove $(ARGS)

crosshair: $(READY) ## contracts of pure functions, which CrossHair confirms for all values; and their mutants, each refuted
	@$(RUN) -m tests.checks.crosshair $(ARGS)

tlc: $(READY) ## TLC on the protocol in TLA+ beside our checker: equal counts and verdicts in every quick scope; it needs Java
	@$(RUN) -m tests.checks.tlc $(ARGS)

bench: $(BENCH)/.ready ## the pool's speed beside every peer: a table, docs/generated/bench.md and pictures
	@$(BENCH)/bin/python -m tests.bench $(ARGS)

bench-model: $(READY) ## how fast the checker is: a pool explored by it, by a plain loop, by TLC, which needs Java, and by SPIN
	@$(RUN) -m tests.bench_model $(ARGS)

audits: $(AUDITS)/.ready ## other executors held against the contract: docs/generated/audit.md; reports in build/audits are kept
	@$(AUDITS)/bin/python -m tests.audit.page --write docs/generated/audit.md $(ARGS)

dask: $(DASK)/.ready ## the executor on a cluster of dask.distributed: its tests, with kills, on two local workers
	@$(DASK)/bin/python -m pytest --durations=5 tests/dask $(ARGS)

scale: $(DASK)/.ready ## how far one scheduler of a cluster goes: costs, a simulated cluster, the speed beside the engine; ARGS=--long
	@$(DASK)/bin/python -m tests.dask.scale $(ARGS)

docs: $(DOCS)/.ready ## the documents as a site that needs no network: build/site/index.html
	@NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/python -m mkdocs build --strict $(ARGS)

test: $(READY) ## the test suite, of spawn and forkserver a share; what ARGS names, ARGS="tests/shell -x", is asked whole
	@$(RUN) -m pytest --durations=10 $(ARGS)

test-all: $(READY) ## all of the test suite
	@$(RUN) -m pytest --durations=10 --all $(ARGS)

test-rest: $(READY) ## what make test leaves out of that
	@$(RUN) -m pytest --durations=10 --rest $(ARGS)

lint: $(READY) ## style: ruff, all rules
	@$(RUN) -m ruff check
	@$(RUN) -m ruff format --check

types: $(READY) ## types: mypy, strict; and the names that the pool uses and that Windows or macOS has not
	@$(RUN) -m mypy
	@$(RUN) -m tests.repo.platforms

layers: $(READY) ## who may import whom: import-linter
	@$(VENV)/bin/lint-imports

mutants: $(READY) ## break the code in every listed way: each must be caught by the check that it names
	@$(RUN) -m tests.checks.mutants $(ARGS)

mutation: $(READY) ## a share of small faults made by rule in the machines and the fast rooms: the score; ARGS="--sample 50"
	@$(RUN) -m tests.checks.mutation $(ARGS)

doubt: $(READY) ## plant a bug of your choice in a copy, and see which check names it: ARGS=7, ARGS=--all; without ARGS the list
	@$(RUN) -m tests.checks.doubt $(ARGS)

claims: $(READY) ## run the commands of docs/claims.md and look for the lines that they must print; ARGS=museum for one
	@$(RUN) -m tests.checks.claims $(ARGS)

demo: $(READY) ## hash the standard library in the pool, then again while a worker is killed
	@$(VENV)/bin/checkedpool demo $(ARGS)

hypothesis: $(READY) ## the rules of tests/checks/stateful with many more examples, new ones each time; ARGS="--hypothesis-seed=1"
	@$(RUN) -m pytest tests/checks/stateful --hypothesis-profile=long $(ARGS)

stress: $(READY) ## random pools with random kills: no hang, no lost future, nothing left behind
	@$(RUN) -m tests.checks.stress $(ARGS)

kills: $(READY) ## a worker killed at each point of its life, 1,000 times: every future ends, every trace is accepted
	@$(RUN) -m tests.checks.kills $(ARGS)

stdlib-suite: $(READY) ## CPython's own process pool tests, run against this executor
	@$(RUN) -m tests.checks.stdlib_suite $(ARGS)

pythons: ## CPython 3.14 and 3.15 in a Debian root folder of their own, shared by all checkouts: see .ci/pythons
	@.ci/pythons

clean: ## remove the virtual environments and all caches
	rm -rf .venv .venv-* build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find spec model impl tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The environments: the one of all other verbs, those of the bench and of the audits, which have the peers besides,
# that of the site, and that of the cluster.
# The stamp is written last: a failed install leaves none, and the next verb tries again.
$(READY): EXTRA := dev
$(BENCH)/.ready: EXTRA := bench
$(AUDITS)/.ready: EXTRA := audits
$(DOCS)/.ready: EXTRA := docs
$(DASK)/.ready: EXTRA := dask-tests
$(READY) $(BENCH)/.ready $(AUDITS)/.ready $(DOCS)/.ready $(DASK)/.ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("checkedpool needs Python 3.11 or newer; $(PYTHON) is " + sys.version.split()[0])'
	@echo "Setting up $(@D)"
	@$(@D)/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[$(EXTRA)]'
	@touch $@
