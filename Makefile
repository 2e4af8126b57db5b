# The two commands: `make audit` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
TARGET ?=
URL    ?=
HTML   ?= readiness-report.html
ARGS   ?=

# Many tests start the command line as a user would: without compiled modules each start compiles them all.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help audit test check lint types contracts unit wheel golden docs servers clean

help:
	@echo "make audit                          audit the bundled example service and its running deployment"
	@echo "make audit TARGET=path URL=https://… audit your repository and staging URL (ARGS=… for more options)"
	@echo "make test                           everything: lint, types, import contracts, tests, built wheel"
	@echo "make check                          the same without the wheel and without installing servers"
	@echo "make golden                         accept the golden reports; make docs: write the generated docs"

# A stamp per set of dependencies: pip runs again only when pyproject.toml changed.
$(VENV)/run.stamp: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "auditor needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[scanners,example]' pytest pytest-cov
	@touch $@

$(VENV)/dev.stamp: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "auditor needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/run.stamp

audit: $(VENV)/run.stamp
ifeq ($(strip $(TARGET)$(URL)),)
	@$(BIN)/python tools/audit_example.py --html '$(HTML)' $(ARGS)
else
	@$(BIN)/auditor audit $(if $(TARGET),'$(TARGET)',.) $(if $(URL),--url '$(URL)') \
	  --format terminal --format 'html=$(HTML)' $(ARGS)
endif

test: $(VENV)/dev.stamp servers
	@$(MAKE) --no-print-directory lint types contracts unit wheel

check: $(VENV)/dev.stamp
	@$(MAKE) --no-print-directory lint types contracts unit

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

contracts:
	$(BIN)/lint-imports --no-cache

unit:
	$(BIN)/python -m pytest -q -n auto --dist loadfile --cov --cov-report=term:skip-covered --cov-fail-under=85 $(ARGS)

wheel:
	$(BIN)/python tools/test_wheel.py

servers:
	@sh tools/install_servers.sh

golden: $(VENV)/dev.stamp
	AUDITOR_GOLDEN=accept $(BIN)/python -m pytest -q tests/report

docs: $(VENV)/dev.stamp
	$(BIN)/python tools/write_docs.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
