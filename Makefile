# Plain `make` prints the targets. Two set up everything: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BENCH := .venv-bench
DEMO := runs/demo

.DEFAULT_GOAL := help
.PHONY: help demo test slow lint types bench clean

help: ## print this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' Makefile

demo: $(READY) ## train three agents on the switch riddle, and write the report on what they say
	rm -rf $(DEMO)
	$(BIN)/interlect train dial switch_riddle_v0 --agents 3 --seed 0 --updates 1000 --batch 32 --out $(DEMO)
	$(BIN)/interlect study $(DEMO)
	@echo "Open $(CURDIR)/$(DEMO)/report.html in a browser."

test: $(READY) ## run the tests
	$(BIN)/pytest

slow: $(READY) ## run the tests that learn for minutes
	$(BIN)/pytest -m slow

lint: $(READY) ## check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## check types, strictly, in the built wheel and in a user of it
	PYTHON=$(BIN)/python .ci/types

bench: $(BENCH)/.ready ## measure speed beside other packages
	$(BENCH)/bin/python -m interlect.training.bench

clean: ## remove environments, runs, caches and build leftovers
	rm -rf $(VENV) $(BENCH) runs build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(BENCH)/.ready: requirements.lock pyproject.toml
	test -x $(BENCH)/bin/python || $(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BENCH)/bin/pip install --quiet --disable-pip-version-check --no-build-isolation -e '.[bench]'
	touch $@
