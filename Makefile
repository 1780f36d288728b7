# `make demo` and `make test` set up all that they need; nothing has to be installed by hand first.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test test-all lint format bench soak docs clean

help: ## Show what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name it with: make PYTHON=/path/to/python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing (Debian: apt-get install python3-venv)."; exit 1; }

$(VENV)/.demo: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[demo]'
	@touch $@

$(VENV)/.dev: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.demo

demo: $(VENV)/.demo ## Run two sandbox stores and an ATOM host, connected, and print what to try
	@$(BIN)/atom-shopify demo $(DEMO)

test: $(VENV)/.dev ## Run the tests
	@$(BIN)/python scripts/fetch_schema.py || true
	$(BIN)/python -m pytest -n 2 $(TESTS)

test-all: $(VENV)/.dev ## Run the tests, and what is derived from the OpenAPI documents (minutes more)
	@$(BIN)/python scripts/fetch_schema.py || true
	$(BIN)/python -m pytest -n 2 -m 'not soak' $(TESTS)

lint: $(VENV)/.dev ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python scripts/reference.py --check
	$(BIN)/python scripts/size.py --check

format: $(VENV)/.dev ## Put the sources into their final form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.dev ## Write docs/reference.md from the manifests
	$(BIN)/python scripts/reference.py

bench: $(VENV)/.dev ## Measure, as ratios in one run
	$(BIN)/python -m benchmarks

soak: $(VENV)/.dev ## Run the long fault tests
	$(BIN)/python -m pytest -m soak --timeout 3600 tests

clean: ## Remove what was built
	rm -rf $(VENV) build dist *.egg-info .cache .mypy_cache .ruff_cache .hypothesis .atom-demo
