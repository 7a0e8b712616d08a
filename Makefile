# Every target does its own set-up; `make help` lists them.
VENV := .venv
PYTHON ?= python3
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CODE := features models pipelines serving simulation

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench docs samples lock clean

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else "Python 3.11, 3.12 or 3.13 is needed; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

setup: $(READY) ## make .venv from requirements.lock

demo: $(READY) ## the whole journey on simulated firms: simulate, train, promote, ingest, score, monitor
	$(BIN)/sme-credit demo

test: $(READY) ## run every test
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(READY) ## lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY) ## time the heavy parts against named peers; writes benchmarks/results
	$(BIN)/python -m benchmarks

docs: $(READY) ## write the generated pages of docs/ again
	$(BIN)/python -m pipelines.documents

samples: $(READY) ## write data_samples/ again
	$(BIN)/python -m data_samples.make

lock: ## resolve requirements.lock again from pyproject.toml (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --all-extras pyproject.toml -o requirements.lock

clean: ## remove the environment and what runs leave behind
	rm -rf $(VENV) var build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
