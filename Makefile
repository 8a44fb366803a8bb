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
