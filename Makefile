# What a contributor does most, each in one word. `make check` is what a change has to pass.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(PYTHON) -m pip --python .venv install --constraint constraints.txt

.PHONY: help env demo lint format test check docs

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /: /'

env: ## .venv with everything: the workflow, tests, checks and the site, in the versions of constraints.txt
	$(PYTHON) -m venv --without-pip .venv
	$(INSTALL) --editable '.[dev,docs]'

demo: ## every table from the embedded cohort (about half an hour on two cores)
	$(BIN)/snakemake --cores all results/tables

lint: ## rules, format, types, spelling: what needs no test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy acenet
	$(BIN)/mypy --disable-error-code name-defined workflow_scripts
	$(BIN)/lint-imports --no-cache
	$(BIN)/codespell
	$(BIN)/python -m tools.check_yaml
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint

format: ## puts Python and the workflow's files into their form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile rules

test: ## the tests; `make test ARGS='tests/metrics -k surface'` for some of them
	$(BIN)/python -m pytest $(ARGS)

check: ## everything a change has to pass, in a fresh environment
	bash .ci/run

docs: ## the site, into site/; a broken link is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
