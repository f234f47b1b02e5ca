# Everything a developer or a first-time user runs. Needs git, make and a Python 3.11, 3.12 or 3.13.
# Choose the Python with: make PYTHON=/path/to/python3.12 install

AIRFLOW := 3.3.2
AIRFLOW2 := 2.11.2

VENV := .venv
VENV2 := .venv-airflow2
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed-airflow-$(AIRFLOW)
INSTALLED2 := $(VENV2)/.installed-airflow-$(AIRFLOW2)
INSTALLED_FROM := pyproject.toml scripts/install.sh scripts/find_python.sh airflow_lineage_provider/__init__.py
# The X.Y of the environment's Python; asked only where a recipe uses it.
PYTHON_VERSION = $(shell $(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')

ARGS ?=
# A folder under tests/, or nothing for all of them and the job on Airflow 2.
TESTS ?=
# What runs on Airflow 2.11, too: everything a DAG author imports there. What knows no Airflow, the lineage core and
# the local stack, is the same there, and the tests of the operators use both. The libraries that Airflow 2.11 is
# bound to are deprecated themselves, so deprecations are no errors there.
AIRFLOW2_TESTS := $(wildcard $(addprefix tests/unit/,settings hooks operators sensors tasks triggers links) \
	tests/unit/test_*.py tests/integration/test_*.py tests/packaging/test_provider_info.py)

export PYTHON
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help install demo local test test-airflow2 check bench format docs build constraints cluster env clean clean-all

help: ## List the commands
	@echo "make COMMAND, where COMMAND is"
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/  \1\t\2/p' Makefile | expand -t 16

install: $(INSTALLED) ## Make .venv with everything the other commands need

$(INSTALLED): $(INSTALLED_FROM) $(wildcard constraints/airflow-$(AIRFLOW)-*.txt)
	@scripts/install.sh $(VENV) $(AIRFLOW) dev
	@touch $@

$(INSTALLED2): $(INSTALLED_FROM) $(wildcard constraints/airflow-$(AIRFLOW2)-*.txt)
	@scripts/install.sh $(VENV2) $(AIRFLOW2) test
	@touch $@

demo: $(INSTALLED) ## Show the main job on the local AWS stack; ARGS=--once ends when it is verified
	@$(BIN)/airflow-lineage demo $(ARGS)

local: $(INSTALLED) ## Run the local AWS stack with the e-commerce estate on port 5050; ARGS="--port 0" for another
	@$(BIN)/python -m airflow_lineage_provider.local_aws --port 5050 --seed ecommerce $(ARGS)

test: $(INSTALLED) ## Run all tests, then the portable ones on Airflow 2.11; TESTS=unit for one folder
	$(BIN)/python -m pytest -rs $(addprefix tests/,$(TESTS)) $(ARGS)
ifeq ($(strip $(TESTS)),)
	@$(MAKE) --no-print-directory test-airflow2
endif

test-airflow2: $(INSTALLED) ## Run the portable tests on Airflow 2.11
	@if [ -f constraints/airflow-$(AIRFLOW2)-python-$(PYTHON_VERSION).txt ]; then \
		$(MAKE) --no-print-directory run-airflow2; \
	else \
		echo "Left out: the tests on Airflow $(AIRFLOW2). It does not support $$($(BIN)/python --version)."; \
	fi

.PHONY: run-airflow2
run-airflow2: $(INSTALLED2)
	$(VENV2)/bin/python -m pytest -rs -m "not airflow3" -W ignore::DeprecationWarning $(AIRFLOW2_TESTS) $(ARGS)

check: $(INSTALLED) ## Lint, check formatting, types, imports and this project's own rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@set -e; for rule in scripts/check_*.py; do echo "$(BIN)/python $$rule"; $(BIN)/python $$rule; done

bench: $(INSTALLED) ## Measure beside a peer, keep the figures; ARGS="crawl --scale 0.1" for one, small, unkept
	@$(BIN)/python -m benchmarks $(ARGS)

format: $(INSTALLED) ## Format the code and mend what ruff can mend by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(INSTALLED) ## Build the documentation into docs/_build/html; warnings are errors
	$(BIN)/python -m sphinx --fail-on-warning --keep-going -b html docs docs/_build/html

build: $(INSTALLED) ## Build the sdist, and the wheel from the sdist, into dist/
	rm -rf dist
	$(BIN)/uv build --quiet --out-dir dist \
		--build-constraint constraints/airflow-$(AIRFLOW)-python-$(PYTHON_VERSION).txt
	@ls -l dist

constraints: $(INSTALLED) ## Resolve the dependencies again into constraints/; ARGS=--upgrade for newer versions
	scripts/compile_constraints.sh $(ARGS)

cluster: $(INSTALLED) ## Run docker-compose.yaml's processes without Docker, and one DAG through them; ARGS=--stay
	@$(BIN)/python -m scripts.run_compose_by_hand $(ARGS)

env: ## Write .env with fresh secrets for docker-compose.yaml, unless there is one
	@$$(scripts/find_python.sh) scripts/make_env.py

clean: ## Remove what the commands built and the tools' caches
	rm -rf build dist docs/_build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find airflow_lineage_provider dags scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +

clean-all: clean ## Remove the virtual environments, too
	rm -rf $(VENV) $(VENV2)
