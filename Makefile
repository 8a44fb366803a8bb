# The two commands of the README are `make release` and `make test`; `make` alone lists every target.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'

# The lock file holds names, versions and hashes; uv itself comes from it by its own hash, and plain pip serves where uv cannot be installed.
$(READY): requirements.lock pyproject.toml
	@echo "Setting up $(VENV) from requirements.lock (about a minute the first time) ..."
	@$(PYTHON) -m venv $(VENV)
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > $(VENV)/uv.lock
	@if $(BIN)/pip install -q --disable-pip-version-check --require-hashes -r $(VENV)/uv.lock; then \
	    $(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements.lock && \
	    $(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e . ; \
	else \
	    $(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock && \
	    $(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . ; \
	fi
	@$(BIN)/python -m compileall -q -j 0 $$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') >/dev/null 2>&1 || true
	@touch $@

.PHONY: setup
setup: $(READY) ## make .venv from the lock file

YEARS ?= 2015 2016 2017 2018

.PHONY: release
release: $(READY) ## set up, load the example years 2015-2018 and publish; ends with the headline table
	@$(BIN)/ncpes examples --missing $(YEARS)
	@$(BIN)/ncpes load $(YEARS)
	@$(BIN)/ncpes claims $(lastword $(YEARS))

.PHONY: test
test: $(READY) ## set up and run the tests that take seconds: units, contracts, small loads
	@$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not slow and not published and not browser"

.PHONY: test-all
test-all: $(READY) ## every test: true size, real published figures, browser (needs Chromium, R and the figures)
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

.PHONY: lint
lint: $(READY) ## formatting, style and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check -q . && $(BIN)/mypy

.PHONY: ui
ui: $(READY) ## the Dagster UI on http://localhost:3000, with the history of every load
	@$(BIN)/ncpes ui

.PHONY: rehearse
rehearse: $(READY) ## the load on real published results (PUBLISHED=file.csv), compared cell by cell
	@$(BIN)/ncpes rehearse $(if $(PUBLISHED),--published $(PUBLISHED))

.PHONY: bench
bench: $(READY) ## time case-mix adjustment against other programs
	@$(BIN)/python -m tests.benchmarks.case_mix

.PHONY: simulate
simulate: $(READY) ## coverage and false positives of the methods, by simulation
	@$(BIN)/python -m tests.benchmarks.simulate

.PHONY: mutation
mutation: $(READY) ## plant faults in returns and count which of them the gate notices
	@$(BIN)/python -m tests.mutation.campaign

.PHONY: fuzz
fuzz: $(READY) ## damage files at random for ten minutes: intake must refuse or take them, never crash
	@$(BIN)/python -m tests.integration.intake.fuzz --seconds 600

.PHONY: clean
clean: ## remove the environment; data/ stays
	rm -rf $(VENV)
