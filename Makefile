# `make run` sets up and runs the linter; `make test` sets up and runs every check.
# Both keep to their own environments in this folder, and need Python 3.10 or newer and nothing else.

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python3.10; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
TESTS ?=

.PHONY: run test lint types arrows knowledge pytest snapshots clean

# The bundled fixtures hold faults, so the linter's exit status 1 is the expected one.
run: $(VENV)/light
	$(BIN)/pyrolint --exit-zero fixtures

test: lint types arrows knowledge pytest

lint: $(VENV)/development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/development
	$(BIN)/mypy

arrows: $(VENV)/development
	PYTHONPATH=.:rules $(BIN)/lint-imports

# The committed tables still say what the pinned torch and Pyro say of themselves.
knowledge: $(VENV)/development
	$(BIN)/python scripts/read_knowledge.py --check

pytest: $(VENV)/development
	$(BIN)/python -m pytest --numprocesses auto $(TESTS)

snapshots: $(VENV)/development
	$(BIN)/python -m pytest --snapshot-update tests/report

$(VENV)/python:
	@test -n "$(PYTHON)" || { echo "pyrolint needs Python 3.10 or newer: make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/light: $(VENV)/python pyproject.toml
	$(PIP) install --editable .
	touch $@

# torch comes first: whatever asks for it afterwards then finds the pinned one in place.
$(VENV)/development: $(VENV)/light constraints-dev.txt
	$(PIP) install --constraint constraints-dev.txt torch
	$(PIP) install --constraint constraints-dev.txt --editable ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
