# Quanshi. `make run` starts a shop, `make help` lists the rest.
# Everything is installed below .venv and node_modules from lock files; a second run finds it done and installs nothing.

SHELL := /bin/sh
VENV := .venv
PYTHON := $(VENV)/bin/python
PIP := $(PYTHON) -m pip --disable-pip-version-check
STAMPS := $(VENV)/stamps
NODE := $(VENV)/node
APT := DEBIAN_FRONTEND=noninteractive apt-get -qq -y

# whole files, the long ones first. One process where all would share a server: each waits there for what others have open
PARALLEL := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup run test check bench lighthouse screenshots torture lock clean

help: ## list what make can do
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F '\t' '{ printf "  make %-11s %s\n", $$1, $$2 }'

setup: $(STAMPS)/runtime node_modules/.runtime ## install what running needs

run: setup ## start everything: database, web server, worker, demo world
	@exec $(VENV)/bin/quanshi up --parent $$PPID

test: $(STAMPS)/dev node_modules/.dev $(STAMPS)/chromium ## run all tests, on up to four processors; ARGS="tests/orders -x" for some, on one
	@$(VENV)/bin/quanshi prepare --only-messages
	@$(PYTHON) -m pytest $(or $(ARGS),$(if $(DATABASE_URL),,$(PARALLEL)))

check: $(STAMPS)/dev ## format, lint, types, import contracts, house rules, OpenAPI, migrations
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(VENV)/bin/lint-imports
	$(PYTHON) -m tools.lint
	@home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && set -x && QUANSHI_HOME="$$home" $(PYTHON) -m tools.openapi --check
	@home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && set -x && QUANSHI_HOME="$$home" $(PYTHON) -m tools.access --check
	@home=$$(mktemp -d) && chmod 711 "$$home" && trap 'rm -rf "$$home"' EXIT && set -x && \
	QUANSHI_HOME="$$home" $(VENV)/bin/quanshi manage makemigrations --check --dry-run

bench: $(STAMPS)/dev node_modules/.runtime ## run the benchmarks, about a minute each; ARGS= for the long form
	@$(VENV)/bin/quanshi prepare --only-messages
	@for file in bench/[a-z]*.py; do \
		if grep -q '__main__' "$$file"; then echo "== $$file"; $(PYTHON) "$$file" $(or $(ARGS),--quick) || exit 1; fi; \
	done

lighthouse: $(STAMPS)/dev node_modules/.dev $(STAMPS)/chromium ## scores and weight of five pages as on a phone; ARGS="--runs 1"
	@$(VENV)/bin/quanshi prepare --only-messages
	@$(PYTHON) -m tools.lighthouse $(ARGS)

screenshots: $(STAMPS)/dev node_modules/.dev $(STAMPS)/chromium ## pictures of a shop's whole story, in var/screenshots
	@$(VENV)/bin/quanshi prepare --only-messages
	@$(PYTHON) -m tools.screenshots $(ARGS)

torture: $(STAMPS)/dev node_modules/.runtime ## orders while edge, worker and database are killed; ARGS="--requests 1000000"
	@$(PYTHON) -m tools.torture $(ARGS)

lock: $(STAMPS)/venv ## write the lock files anew
	@tools/lock.sh

clean: ## remove what make installed; data folders stay
	rm -rf $(VENV) node_modules

# the Python environment

$(STAMPS)/venv:
	@python=$$(command -v python3.11 || command -v python3) || { echo "Quanshi needs Python 3.11"; exit 1; }; \
	$$python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
		|| { echo "Quanshi needs Python 3.11; $$python is $$($$python --version)"; exit 1; }; \
	if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "installing python3-venv"; $(APT) update && $(APT) install python3-venv >/dev/null; \
		else echo "python3-venv is missing; install it: apt-get install python3-venv"; exit 1; fi; \
	fi; \
	echo "making the Python environment"; $$python -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/runtime: requirements.lock pyproject.toml | $(STAMPS)/venv
	@if [ -f $(STAMPS)/dev ] && [ $(STAMPS)/dev -nt requirements-dev.lock ]; then :; else \
		echo "installing Python packages"; $(PIP) install -qq --require-hashes -r requirements.lock; fi
	@$(PIP) install -qq --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMPS)/dev: requirements-dev.lock pyproject.toml | $(STAMPS)/venv
	@echo "installing Python packages for development"
	@$(PIP) install -qq --require-hashes -r requirements-dev.lock
	@$(PIP) install -qq --no-deps --no-build-isolation --editable .
	@touch $@ $(STAMPS)/runtime

# browser code: the machine's npm, else Node.js from PyPI in an environment of its own

WITH_NPM = if ! npm --version >/dev/null 2>&1; then \
		[ -x $(NODE)/bin/npm ] || { echo "installing Node.js"; $(PYTHON) -m venv $(NODE) && $(NODE)/bin/python -m pip \
			--disable-pip-version-check install -qq --require-hashes -r requirements-node.lock; } || exit 1; \
		PATH="$(CURDIR)/$(NODE)/bin:$$PATH"; export PATH; \
	fi; echo "installing browser code"; npm ci --loglevel=error

node_modules/.runtime: package-lock.json | $(STAMPS)/venv
	@$(WITH_NPM) --omit=dev >/dev/null
	@touch $@

node_modules/.dev: package-lock.json | $(STAMPS)/venv
	@$(WITH_NPM) >/dev/null
	@touch $@ node_modules/.runtime

# the browser of the journeys, with Chinese letters

$(STAMPS)/chromium: | $(STAMPS)/venv
	@if ! command -v chromium >/dev/null || ! fc-list :lang=zh 2>/dev/null | grep -q .; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "installing Chromium"; $(APT) update && $(APT) install chromium fontconfig fonts-noto-cjk >/dev/null; \
		else echo "the journeys need a browser; install it: apt-get install chromium fontconfig fonts-noto-cjk"; exit 1; fi; \
	fi
	@touch $@
