# `make demo` judges the bundled example, `make test` runs what every change must pass, `make nightly` everything.
# Each makes its own environment.
PYTHON ?= python3
VENV ?= .venv
BIN := $(abspath $(VENV))/bin
WORKERS ?= 2
GROUPS ?= --group test --group checkers
TESTS := tests/unit tests/properties tests/acceptance
# Tests that coverage cannot measure: they start processes of their own, and do not depend on the version of Python.
APART := workers or processes
EXAMPLE := examples/orchestration
PYTEST := $(BIN)/python -m pytest -p no:sugar
# Unit tests need no plugin.
LEAN := $(addprefix -p no:,anyio benchmark html html_fixtures metadata pytest_cov reportlog rerunfailures timeout xdist \
	xdist.looponfail logging threadexception unraisableexception doctest cacheprovider)
# A disk in memory, if there is one, for tests that write many small files.
MEMORY := $(shell test -w /dev/shm && echo /dev/shm || echo "$${TMPDIR:-/tmp}")
COMPONENTS := model config discovery evidence gates tools reports cli
# Byte code is shared by the many pytest runs of the acceptance tests.
export PYTHONDONTWRITEBYTECODE =

.PHONY: demo test test-next nightly static coverage unit properties acceptance apart faults parallel pythons own-gate examples \
	real discovery neighbours servers pages bench mutants kills clean

# The environment: the plugin, its tools, and what the tests need.
$(VENV)/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[all]' $(GROUPS) $(EXTRA)
	@# Each of these plugins disturbs every test that runs pytest in its own process, so they are installed apart.
	@for plugin in flaky pytest-retry; do $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--target $(abspath $(VENV))/neighbours/$$plugin $$plugin || exit 1; done
	touch $@

# The bundled example: one component against staging, then all three against production.
demo: $(VENV)/.ready
	cd $(EXAMPLE) && $(BIN)/python -m pytest --maturity-component orchestration --maturity-target staging
	@echo; echo "And all three components against production:"; echo
	@cd $(EXAMPLE) && $(BIN)/python -m pytest -q --maturity-component all --maturity-target production; \
		code=$$?; echo "exit code $$code"; test $$code -eq 1

# What every change must pass.
test: static coverage apart faults own-gate examples

# What takes too long for every change: all mutants, whole packages from PyPI, all tests on every Python found.
nightly: test demo real discovery neighbours servers pages mutants pythons test-next kills

# All tests with Python 3.14 and 3.15, in a system of Debian's newest suite: for root on Debian.
test-next:
	.ci/next all

# Style, types and layers.
static: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Unit, property and acceptance tests with the coverage of src. `coverage run`, because pytest-cov starts after the
# plugin was imported.
coverage: $(VENV)/.ready
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -p no:sugar -m "not ($(APART))" $(TESTS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=95

# Functions and classes, module by module.
unit: $(VENV)/.ready
	TMPDIR=$(MEMORY) $(PYTEST) $(LEAN) tests/unit

# Statements about all inputs, with Hypothesis.
properties: $(VENV)/.ready
	TMPDIR=$(MEMORY) $(PYTEST) tests/properties

# Whole runs of pytest in small projects.
acceptance: $(VENV)/.ready
	$(PYTEST) -n $(WORKERS) tests/acceptance

# The tests that `make coverage` leaves out.
apart: $(VENV)/.ready
	$(PYTEST) -n $(WORKERS) -m "$(APART)" $(TESTS)

# Every fault of docs/internals/faults.md, caused in a real run; and each gate against all others.
faults: $(VENV)/.ready
	$(PYTEST) -n $(WORKERS) tests/faults

# The tests of `make coverage` and `make apart` at once, in parallel and without coverage; SELECT takes some of them.
parallel: $(VENV)/.ready
	$(PYTEST) -n $(WORKERS) $(TESTS) $(SELECT)

# All tests with every Python of this machine, each in an environment of its own. With pyenv, `pythonX.Y` works for
# the versions that PYENV_VERSION names.
pythons:
	@if command -v pyenv > /dev/null; then export PYENV_VERSION=$$(pyenv versions --bare | sort -rV | paste -sd:); fi; \
	for version in 3.10 3.11 3.12 3.13 3.14 3.15; do \
		if python$$version --version > /dev/null 2>&1; then \
			$(MAKE) parallel PYTHON=python$$version VENV=.venvs/$$version || exit 1; \
		else echo "Python $$version is not installed: left out"; fi; done

# The folders of this project, judged by this project.
own-gate: $(VENV)/.ready
	rm -rf build/own-gate && mkdir -p build/own-gate
	TMPDIR=$(MEMORY) $(BIN)/coverage run --data-file=build/own-gate/.coverage -m pytest -p no:sugar -q \
		$(addprefix --maturity-component=,$(COMPONENTS)) --maturity-target=production

# The example's own tests.
examples: $(VENV)/.ready
	cd $(EXAMPLE) && $(BIN)/python -m pytest -q

# The gate's numbers on packages from PyPI, compared with those of the tools: REAL=--ci takes three of the packages.
real: $(VENV)/.ready
	$(BIN)/python tests/real/real.py $(REAL)

# Which test files are found in projects from PyPI, compared with labels: docs/internals/discovery.md.
discovery: $(VENV)/.ready
	$(BIN)/python tests/discovery/measure.py $(DISCOVERY)

# Writers of records that are killed at 200 random moments, in a file and on a server.
kills: $(VENV)/.ready
	KILLS=200 $(PYTEST) -rs tests/acceptance/records/test_killed_writers.py
	KILLS=200 $(PYTEST) -rs tests/servers/test_postgresql.py -k killed

# The gate with other plugins of pytest, compared with a run without them: NEIGHBOURS=--ci takes three.
neighbours: $(VENV)/.ready
	$(BIN)/python tests/neighbours/neighbours.py $(NEIGHBOURS)

# The gate with real servers that the tests start: skipped, with a reason, where one is not installed.
servers: $(VENV)/.ready
	$(PYTEST) -rs tests/servers

# The HTML pages in a real Chromium, with axe-core; pictures are in build/pages. Skipped, with a reason, where one of
# the two cannot be had.
pages: $(VENV)/.ready $(VENV)/axe.min.js
	AXE=$(abspath $(VENV))/axe.min.js $(PYTEST) -rs tests/pages

$(VENV)/axe.min.js:
	@cd $(VENV) && npm pack --silent axe-core@4 > /dev/null && tar --extract --to-stdout --file axe-core-4.*.tgz \
		package/axe.min.js > axe.part && mv axe.part axe.min.js || echo "npm cannot fetch axe-core: left out"

# What the plugin costs: benchmarks/README.md.
bench: $(VENV)/.ready
	$(BIN)/python benchmarks/run.py

# How many small changes of model, config and evidence the unit tests notice: docs/internals/mutants.md.
mutants: $(VENV)/.mutants
	$(BIN)/python tests/mutants/mutants.py $(MUTANTS)

$(VENV)/.mutants: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group mutants
	touch $@

# Everything that these targets leave behind, but the environments of `make pythons` (.venvs).
clean:
	rm -rf $(VENV) build/mutants build/own-gate .maturity .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache \
		.import_linter_cache
