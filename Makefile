# Every target makes what it needs first (tests/lab/setup.sh: packages, .venv, base images) and may be repeated.
# OPTIMIZER_LAB names another place for the container store, OPTIMIZER_VENV an environment to use instead of .venv.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# Else each of some hundred processes that tests start would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help setup demo test lint apps bench clean

venv := $(or $(OPTIMIZER_VENV),$(CURDIR)/.venv)
in_lab := . tests/lab/env.sh && PATH=$(venv)/bin:$$PATH

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

setup: ## Debian packages, .venv, base images in .lab
	@tests/lab/setup.sh

demo: setup ## optimise a sample application, prove it, show before and after
	@$(in_lab) tests/lab/demo.sh

test: setup ## the whole test suite
	@$(in_lab) python -m pytest -q -n 2 --dist worksteal $(PYTEST_ARGS)

lint: setup ## style and types
	@$(in_lab) ruff check . && PATH=$(venv)/bin:$$PATH mypy

apps: setup ## of the test suite only the sample applications, with their table (OPTIMIZER_APPS=a,b: only these)
	@$(in_lab) python -m pytest -q -n 2 --dist worksteal tests/applications $(PYTEST_ARGS)

bench: setup ## sizes and times of every sample application, before and after
	@$(in_lab) tests/lab/bench.sh

clean: ## the container store, .venv and caches of the checkout
	@tests/lab/clean.sh
