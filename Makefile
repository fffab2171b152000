# Two commands are enough: `make demo` and `make test`. Both build the environment when the lock has changed,
# and take it as it is when it has not.

PYTHON := $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
DIGEST = $(shell $(PYTHON) -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest()[:16])' $(1))
LOCKED := $(VENV)/.locked-$(call DIGEST,requirements.lock)
ENVIRONMENT := $(VENV)/.installed-$(call DIGEST,pyproject.toml)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

NOTEBOOKS := $(wildcard notebooks/*.ipynb notebooks/workbench/*.ipynb)
STRIP_OPTIONS := --extra-keys "metadata.papermill cell.metadata.papermill cell.metadata.execution metadata.widgets metadata.language_info.version"

.PHONY: demo test check format strip docs lock clean help

help:  ## what each target does
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(LOCKED):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "bxtext needs Python 3.11, found " + sys.version.split()[0])'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip install -qq --require-hashes --no-deps --requirement requirements.lock
	@touch $@

$(ENVIRONMENT): $(LOCKED)
	$(BIN)/pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(ENVIRONMENT)  ## the whole line on data/sample, then the path of its report
	$(BIN)/bxtext run sample --jobs 2

test: $(ENVIRONMENT)  ## every test: units in seconds, then the notebooks on the sample
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

check: $(ENVIRONMENT)  ## style, types, layers, stripped notebooks
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/nbstripout --verify $(STRIP_OPTIONS) $(NOTEBOOKS)

format: $(ENVIRONMENT)  ## ruff on code and notebooks, then strip
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(MAKE) strip

strip: $(ENVIRONMENT)  ## outputs, counts and run metadata out of the notebooks
	$(BIN)/nbstripout $(STRIP_OPTIONS) $(NOTEBOOKS)

docs: $(ENVIRONMENT)  ## pages generated from code: docs/, stage tables
	$(BIN)/python docs/generate.py

lock:  ## write requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --extra dev --extra themes --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --upgrade --quiet --output-file requirements.lock

clean:  ## remove the environment and the caches, keep the runs
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
