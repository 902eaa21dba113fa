# Anju: everything is reached from here. `make help` lists it.
# Needs python3.11 or newer and make, nothing else: the environment is .venv/, run-time data is var/.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

# Compiled modules halve the start of every process; some machines forbid them by habit.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
SHARE ?= 1
SEARCH ?= postgresql
PAYMENTS ?= off
SUITES ?= unit contracts integration search concurrency web e2e

# The first Python that is new enough, and can make environments if one can; pyenv's shims answer to a name without
# having the version. The system's 3.11 comes first: distributions compile it with profiles, which version managers
# do not, and that is a seventh of the platform's processor time.
PYTHON ?= $(shell for needed in "import ensurepip, venv" ""; do \
	for python in /usr/bin/python3.11 python3.11 python3.12 python3.13 python3.14 python3 python; do \
	$$python -c "$$needed"$$'\nimport sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$python && break 2; done; done)

PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --no-input --root-user-action=ignore --require-hashes

# A demo runs with its own settings (var/demo/), made on the first run; see app/demo/environment.py. It is told which
# process is make, since make passes on TERM but neither INT nor its own death.
DEMO := env ANJU_MODE=demo $(BIN)/flask --app app

# Only what people type has a ## comment; the rest are steps.
.PHONY: help
help: ## list these commands
	@sed -nE 's/^([a-z-]+):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '  make %-8s %s\n' "$$name" "$$text"; done

.PHONY: demo
demo: $(if $(filter elasticsearch,$(SEARCH)),$(VENV)/.dev,$(VENV)/.runtime) assets ## the whole platform with demo data on http://127.0.0.1:8000 (PORT=8001; RESET=1 starts over; SMALL=1 fills a small district; SEARCH=elasticsearch; PAYMENTS=fake)
	@ANJU_MAKE=$$PPID exec $(DEMO) demo up --port $(PORT) $(if $(filter-out 0,$(RESET)),--reset) $(if $(filter-out 0,$(SMALL)),--small) --search $(SEARCH) --payments $(PAYMENTS)

.PHONY: test
test: $(VENV)/.dev test-assets ## every suite, with its time (SUITES="unit web" runs some)
	@$(BIN)/python -m tests $(SUITES)

.PHONY: lint
lint: $(VENV)/.dev ## every check of style, types, layers and templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint templates --check --quiet
	$(BIN)/djlint templates --lint --quiet

.PHONY: fmt
fmt: $(VENV)/.dev ## put code and templates into shape
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
	$(BIN)/djlint templates --reformat --quiet || true

.PHONY: bench
bench: $(VENV)/.dev ## the figures, to var/bench/results.json (ONLY=name runs one)
	@$(BIN)/python -m tests.bench $(ONLY)

.PHONY: torture
torture: $(VENV)/.dev ## kill what the platform stands on while it is used, and see that nothing is lost (ONLY=name)
	@$(BIN)/python -m tests.torture $(ONLY)

.PHONY: replay
replay: $(VENV)/.dev assets ## the reference round over HTTP, totals to the fen (SHARE=0.01 for a part; PAGES=1 with all pages)
	@$(BIN)/python -m tests.replay --share $(SHARE) $(if $(filter-out 0,$(PAGES)),--pages)

.PHONY: env
env: $(VENV)/.dev ## the Python environment in .venv/

.PHONY: assets
assets: $(VENV)/.runtime ## styles and scripts in static/dist/
	@$(BIN)/python static/build.py

.PHONY: test-assets
test-assets: $(VENV)/.runtime
	@$(BIN)/python static/build.py --with-tests

.PHONY: clean
clean: ## remove everything made here, demo data included
	[ ! -L var/in-memory ] || rm -rf "$$(readlink var/in-memory)"
	rm -rf $(VENV) var node_modules static/dist

# --- steps ---

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Anju needs Python 3.11 or newer. Install it, or name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make environments. On Debian or Ubuntu: apt install $$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" >&2; exit 1; }
	@echo "==> Making the environment $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --clear $(VENV)

# The stamps carry the date of the last installation, so a second run installs nothing.
$(VENV)/.runtime: requirements.txt | $(BIN)/python
	@echo "==> Installing Python packages (the first time takes a minute or two)"
	@$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt | $(BIN)/python
	@echo "==> Installing Python packages with the tools for checks (the first time takes a minute or two)"
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@ $(VENV)/.runtime
