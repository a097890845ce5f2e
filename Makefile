# make run, make test, make check, make bench: each sets up .venv on first use and again when the lock changed.
PORT ?= 8000
NAME ?=
SIZE ?= small
DATA ?=
# Each process of the suite has a database, a Redis and a worker of its own.
PROCESSES ?= 2

VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-stamp
DEVELOPMENT := $(VENV)/.development-stamp
CODE := manage.py moddog_site inference review tests benchmarks

.PHONY: run test check bench
.DEFAULT_GOAL := run

run: $(RUNTIME)
	@exec $(BIN)/python manage.py up --port $(PORT)

test: $(DEVELOPMENT)
	@$(BIN)/python -m pytest $(if $(ARGS),$(ARGS),--numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder)

check: $(DEVELOPMENT)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint templates --check
	$(BIN)/djlint templates --lint
	$(BIN)/python manage.py makemigrations --check --dry-run

bench: $(DEVELOPMENT)
	@$(BIN)/python -m benchmarks $(if $(NAME),--name $(NAME)) --size $(SIZE) $(if $(DATA),--data $(DATA))

$(BIN)/python:
	@python=; for name in python3.11 python3.12 python3; do \
	  "$$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null && python=$$name && break; \
	done; \
	test -n "$$python" || { echo "moddog needs Python 3.11 or 3.12 on PATH, and found neither." >&2; exit 1; }; \
	"$$python" -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "moddog needs Python's venv module: install python3-venv, or your system's package of that name." >&2; exit 1; }; \
	echo "Making $(VENV) with $$python."; \
	"$$python" -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(RUNTIME): requirements.lock | $(BIN)/python
	@echo "Installing the locked dependencies (some minutes the first time)."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@touch $@

$(DEVELOPMENT): requirements-dev.lock requirements.lock | $(BIN)/python
	@echo "Installing the locked dependencies and the tools for tests and checks."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	@touch $@ $(RUNTIME)
