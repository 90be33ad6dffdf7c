# The common jobs, each from a machine that has only Python (3.11 or newer), make and a C compiler.
# `make` lists them. Every job first sees to the environment: tools/bootstrap.py.
#
#   PYTHON=python3.12   the Python that .venv is made with (otherwise the first suitable one found)
#   NO_APT=1            leave Debian packages alone, even as root

PRESET ?= quick
ARGS ?=

export PYTHON NO_APT

python := .venv/bin/python
pytest := $(python) -m pytest -n logical --maxprocesses 2 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help report test bench fuzz lab lint peers clean environment

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

report: environment ## measure this machine and write the report (PRESET=smoke|quick|full, ARGS="...")
	@$(python) -m slonana_analysis.kernels.warm_up
	@$(python) -m slonana_analysis run --preset $(PRESET) $(ARGS)

test: ## lint, types, every test, every notebook (what CI runs)
	@sh tools/environment.sh apt.txt tests/apt.txt
	$(python) -m ruff check .
	$(python) -m ruff format --check .
	$(python) -m mypy
	$(python) -m mypy tools
	$(pytest) tests
	$(pytest) --nbval-lax notebooks

bench: environment ## compare with other implementations; writes bench.json
	@$(python) -m benchmarks.run $(ARGS)

fuzz: environment ## break 10,000 files of every format (ARGS="--inputs 1000 pcap")
	@$(python) -m tests.fuzz.campaign $(ARGS)

lab: environment ## open JupyterLab on the notebooks
	@$(python) -m slonana_analysis lab $(ARGS)

peers: environment ## make lleaves' own environment, to be compared with in notebook 60
	@$(python) -m tools.peers

lint: environment ## ruff and mypy only
	$(python) -m ruff check .
	$(python) -m ruff format --check .
	$(python) -m mypy
	$(python) -m mypy tools

environment: ## make or refresh .venv; as root, install missing Debian tools
	@sh tools/environment.sh apt.txt

clean: ## remove .venv, caches and bench.json; never touches runs/
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis bench.json
	find . -path ./runs -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
