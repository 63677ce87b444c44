# Plain `make` prints the targets. Two set up everything: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BENCH := .venv-bench
DEMO := runs/demo
PIP := pip install --quiet --disable-pip-version-check
RECENT := @$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit(f"interlect needs Python 3.11 or newer, got {v[0]}.{v[1]}. Name one: make PYTHON=python3.11")'

.DEFAULT_GOAL := help
.PHONY: help demo test slow exhaustive lint types compare bench clean

help: ## print this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

demo: $(READY) ## train three agents on the switch riddle, and write the report on what they say
	rm -rf $(DEMO)
	$(BIN)/interlect train dial switch_riddle_v0 --agents 3 --seed 0 --updates 1000 --batch 32 --out $(DEMO)
	$(BIN)/interlect study $(DEMO)
	@echo "Open $(CURDIR)/$(DEMO)/report.html in a browser."

test: $(READY) ## run the tests
	$(BIN)/pytest -n auto

slow: $(READY) ## run the tests that learn for minutes
	$(BIN)/pytest -m "slow and not exhaustive" -n auto

exhaustive: $(READY) ## run the tests of every combination and every point of failure
	$(BIN)/pytest -m exhaustive -n auto

lint: $(READY) ## check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## check types, strictly, in the built wheel and in a user of it
	PYTHON=$(BIN)/python .ci/types

compare: $(READY) ## compare two commits number for number (BASE=, and AFTER=, which is HEAD if not given)
	$(BIN)/python tests/equivalence/compare.py $(BASE) $(AFTER) $(ARGS)

bench: $(BENCH)/.ready ## measure speed beside other packages
	$(BENCH)/bin/python -m interlect.training.bench

clean: ## remove environments, caches and build leftovers; runs stay
	rm -rf $(VENV) $(BENCH) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml
	$(RECENT)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/$(PIP) -r requirements.lock
	$(BIN)/$(PIP) --no-deps --no-build-isolation -e .
	touch $@

$(BENCH)/.ready: requirements.lock pyproject.toml
	$(RECENT)
	test -x $(BENCH)/bin/python || $(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/$(PIP) -r requirements.lock
	$(BENCH)/bin/$(PIP) --no-build-isolation -e '.[bench]'
	touch $@
