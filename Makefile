# Everything a newcomer needs: make demo, make test, make check. Nothing else has to be installed
# first: Python 3.11+ and make bring uv, the lock brings the rest.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
UV_VERSION := 0.13.9
PEERS := .venv-peers
OWN := packages/contracts packages/chassis packages/stack \
       services/wishes services/volunteers services/points services/notifications services/web \
       examples/hansenzhai proof bench
SOURCES := packages services examples proof bench tests deploy
WORKERS ?= 2
export UV_PYTHON_DOWNLOADS := never
export PYTHONUTF8 := 1

.PHONY: help demo down test check format install lock generate browser clock operations prove bench clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 14

demo: install  ## start everything, replay the five stories, stay up (ARGS=--exit stops after them)
	@exec $(BIN)/python -m hansenzhai $(ARGS)

down: install  ## end what a demo left running
	@$(BIN)/python -m stack down

test: install browser clock operations  ## all tests, on a stack of their own beside a running demo
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -q $(ARGS)

prove: install clock  ## ten minutes of faults on three brokers, judged from outside (ARGS="--seed N --minutes M")
	@exec $(BIN)/python -m proof $(ARGS)

bench: install $(PEERS)/stamp  ## nine benchmarks beside their peers, with the goals (ARGS="--only relay --rounds 3")
	@exec $(BIN)/python -m bench $(ARGS)

$(PEERS)/stamp: bench/peers.lock | $(UV)
	@echo "安装同伴 / installing the peers …"
	@$(UV) venv --quiet --allow-existing --python $(BIN)/python $(PEERS)
	@$(UV) pip install --quiet --python $(PEERS)/bin/python --require-hashes -r bench/peers.lock
	@touch $@

check: install  ## format, lint, types, import fences, dependencies, migrations, generated files
	@.ci/check $(BIN)

format: install  ## put the code into its form
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

generate: install  ## schemas, AsyncAPI, OpenAPI, state tables and boards from the code
	$(BIN)/python -m contracts
	@for service in wishes volunteers points notifications; do \
	  $(BIN)/python -m $$service openapi > docs/openapi/$$service.json || exit 1; done
	$(BIN)/python -m wishes.states_page > docs/wish-states.md
	$(BIN)/python deploy/grafana/boards.py

# One stamp for the third-party packages, one for our own: a changed lock or manifest installs again.
install: $(VENV)/own.stamp

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "需要 Python 3.11 或更新的版本 / Python 3.11 or newer is needed (PYTHON=python3.12 make …)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(VENV)/lock.stamp: requirements.lock | $(UV)
	@echo "安装依赖 / installing from the lock …"
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@touch $@

$(VENV)/own.stamp: $(VENV)/lock.stamp $(addsuffix /pyproject.toml,$(OWN))
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps $(addprefix -e ,$(OWN))
	@touch $@

LOCK := $(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-annotate --no-header \
	  $(addprefix --no-emit-package wishtree-,$(notdir $(OWN)))
IMAGE := $(filter-out examples/hansenzhai proof bench,$(OWN))

lock: | $(UV)  ## resolve the dependencies anew (hashes, no addresses); the image's lock is a part of it
	$(LOCK) $(addsuffix /pyproject.toml,$(OWN)) --group dev -o requirements.lock
	$(LOCK) $(addsuffix /pyproject.toml,$(IMAGE)) -c requirements.lock -o requirements-run.lock
	$(LOCK) --group bench/pyproject.toml:peers -o bench/peers.lock

browser:  ## Debian's Chromium and Chinese fonts for the browser tests, where missing and permitted
	@.ci/browser

clock:  # Debian's libfaketime, for the fault that steps a clock
	@.ci/clock

operations:  # Debian's Prometheus and Alertmanager, for the tests of rules and alerts
	@.ci/operations

clean:  ## the environment and what the tests left (never the demo's data)
	rm -rf $(VENV) $(PEERS) .pytest_cache .ruff_cache .wishtree-test*
