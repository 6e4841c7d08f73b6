# `make demo` judges the bundled example, `make test` runs every check; both make their own environment.
PYTHON ?= python3
VENV ?= .venv
BIN := $(abspath $(VENV))/bin
WORKERS ?= 2
GROUPS ?= --group test --group checkers
TESTS := tests/unit tests/properties tests/acceptance
# What coverage could not measure, and what does not depend on the version of Python.
APART := workers or processes
EXAMPLE := examples/orchestration
PYTEST := $(BIN)/python -m pytest -p no:sugar
# Tests of the core need no plugin.
LEAN := $(addprefix -p no:,anyio html html_fixtures metadata pytest_cov reportlog rerunfailures timeout xdist \
	xdist.looponfail logging threadexception unraisableexception doctest cacheprovider)
# Byte code is shared by the many pytest runs of the acceptance tests.
export PYTHONDONTWRITEBYTECODE =

.PHONY: demo test static unit acceptance apart faults parallel own-gate examples real bench mutants clean

$(VENV)/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[all]' $(GROUPS) $(EXTRA)
	@# Each disturbs any test that runs pytest in its own process, so each gets a place of its own.
	@for plugin in flaky pytest-retry; do $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--target $(abspath $(VENV))/neighbours/$$plugin $$plugin || exit 1; done
	touch $@

demo: $(VENV)/.ready
	cd $(EXAMPLE) && $(BIN)/python -m pytest --maturity-component orchestration --maturity-target staging
	@echo; echo "And all three components against production:"; echo
	@cd $(EXAMPLE) && $(BIN)/python -m pytest -q --maturity-component all --maturity-target production; \
		code=$$?; echo "exit code $$code"; test $$code -eq 1

test: static coverage apart faults own-gate examples

static: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# pytest-cov cannot measure a plugin that is imported before it starts.
coverage: $(VENV)/.ready
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -p no:sugar -m "not ($(APART))" $(TESTS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=95

# Their many small files are written to memory where there is such a place.
unit: $(VENV)/.ready
	TMPDIR=$$(test -w /dev/shm && echo /dev/shm || echo "$${TMPDIR:-/tmp}") $(PYTEST) $(LEAN) tests/unit

acceptance: $(VENV)/.ready
	$(PYTEST) tests/acceptance

# What the tests under coverage left out, because the gate runs in processes that are not measured.
apart: $(VENV)/.ready
	$(PYTEST) -n $(WORKERS) -m "$(APART)" $(TESTS)

# Every fault of docs/internals/faults.md made real, and each gate against the others: real processes, so nothing to measure.
faults: $(VENV)/.ready
	$(PYTEST) -n $(WORKERS) tests/faults

# Everything again, in parallel: what CI does with every other version of Python.
parallel: $(VENV)/.ready
	$(PYTEST) -n $(WORKERS) $(TESTS) $(SELECT)

# This project's own packages, judged by this project.
own-gate: $(VENV)/.ready
	rm -rf build/own-gate && mkdir -p build/own-gate
	$(BIN)/coverage run --data-file=build/own-gate/.coverage -m pytest -p no:sugar -q \
		--maturity-component gates --maturity-component naming \
		--maturity-component discovery --maturity-component assess --maturity-component policyfile

examples: $(VENV)/.ready
	cd $(EXAMPLE) && $(BIN)/python -m pytest -q

# Real packages from PyPI, against the command lines of the tools themselves.
real: $(VENV)/.ready
	$(BIN)/python tests/real/real.py $(REAL)

bench: $(VENV)/.ready
	$(BIN)/python benchmarks/run.py

# How many small changes of the core its unit tests notice: docs/internals/mutants.md.
mutants: $(VENV)/.mutants
	$(BIN)/python tests/mutants/mutants.py $(MUTANTS)

$(VENV)/.mutants: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group mutants
	touch $@

clean:
	rm -rf $(VENV) build/mutants .maturity .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
