# Chores. `make` alone lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
UV_VERSION := 0.13.9
PYTHON ?= python3
BIN := .venv/bin
STRIP := $(BIN)/nbstripout --keep-id --extra-keys "metadata.papermill cell.metadata.papermill cell.metadata.execution" --drop-tagged-cells injected-parameters
export UV_PROJECT_ENVIRONMENT := .venv
export UV_PYTHON_DOWNLOADS := never

help: ## list the chores
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

week: .venv/.installed ## measure the bundled sample, run the five days, print where the reports are
	@$(BIN)/perfweek run

test: .venv/.installed-dev ## everything that CI runs: lint, then all tests
	@sh tests/install-programs
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not alone"
	@$(BIN)/python -m pytest -m alone

lint: .venv/.installed-dev ## formatting, ruff, types, notebooks without outputs
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(STRIP) --verify notebooks/*.ipynb runbooks/*.ipynb runbooks/onboarding/*.ipynb

format: .venv/.installed-dev ## put code into shape, take outputs out of notebooks
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(STRIP) notebooks/*.ipynb runbooks/*.ipynb runbooks/onboarding/*.ipynb

lab: .venv/.installed-dev ## JupyterLab on the notebooks
	@$(BIN)/perfweek lab

stack: .venv/.installed ## Prometheus, a Redis Cluster and their exporters on loopback ports, without containers
	@$(BIN)/python -m perfweek.monitoring start

stackstop: .venv/.installed ## stop them again, and remove what they left
	@$(BIN)/python -m perfweek.monitoring stop

bench: .venv/.installed-dev ## speed and memory beside other tools: reading k6 results, recording statements, the profiler, cache curves
	@$(BIN)/python -m perfweek.load.bench
	@$(BIN)/python -m perfweek.warehouse.bench
	@$(BIN)/python -m perfweek.profiling.bench
	@$(BIN)/python -m perfweek.caching.bench

clean: ## remove the environment and the sample's data; weeks/ stays
	rm -rf .venv .perfweek

.venv/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "perfweek needs Python 3.11 or later: make week PYTHON=python3.12"; exit 1; }
	@if command -v uv >/dev/null 2>&1; then uv venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" .venv; \
	else $(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION); fi
	@touch $@

.venv/.installed: .venv/.python pyproject.toml uv.lock
	@PATH="$$PATH:$(CURDIR)/$(BIN)" uv sync --quiet --frozen --inexact --no-dev
	@touch $@

.venv/.installed-dev: .venv/.python pyproject.toml uv.lock
	@PATH="$$PATH:$(CURDIR)/$(BIN)" uv sync --quiet --frozen --inexact
	@if git rev-parse --git-dir >/dev/null 2>&1; then git config filter.nbstripout.clean '$(STRIP)' && git config filter.nbstripout.smudge cat; fi
	@touch $@ .venv/.installed

.PHONY: help week test lint format lab stack stackstop bench clean
