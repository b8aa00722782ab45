# Every target makes what it needs: only Python >= 3.11 and make have to be there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
REGION ?= us-east-1
ARCHITECTURE ?= x86_64
# Twice the cores: many tests wait for transitions of the embedded AWS.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(2 * (os.cpu_count() or 1))')
export SAM_CLI_TELEMETRY = 0
# Where this is set, every worker and every command of a test would compile all modules for itself.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help demo test month lint type validate build judges mutations audit ci faults bench deploy reference lock clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

# pip installs only uv, which takes a fifth of pip's time for the rest, from the index that pip is set to.
INDEX = $$($(BIN)/python -m pip config list | sed -n "s/^[^ ]*[.]index-url='\(.*\)'/\1/p" | head -1)
UV = UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$(INDEX)}" $(BIN)/uv
INSTALL = $(UV) pip install --quiet --no-deps --compile-bytecode --python $(BIN)/python

$(VENV)/installed: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Name one with make PYTHON=...")'
	@echo "Installing into $(VENV) (once; half a minute or so)"
	@$(PYTHON) -m venv $(VENV)
	@sed -n '/^uv==/,/# via/p' requirements-dev.lock >$(VENV)/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(VENV)/uv.txt
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@$(INSTALL) --no-build-isolation -e .
	@touch $@

demo: $(VENV)/installed ## play three moments of a small estate on the embedded AWS
	@$(BIN)/scheduler-cli local demo

test: $(VENV)/installed ## run all tests
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder

month: $(VENV)/installed ## rehearse a month of the demo with a run every hour, and compare its page with history (some minutes)
	MONTH_EVERY_HOURS=1 $(BIN)/python -m pytest -q -k month tests/cli/test_report.py

lint: $(VENV)/installed ## check style, imports and the purity of the core
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

type: $(VENV)/installed ## check types
	$(BIN)/mypy layers/scheduler/instance_scheduler cli
	@for handler in functions/*/app.py; do $(BIN)/mypy --no-error-summary $$handler || exit 1; done

validate: $(VENV)/installed ## judge both templates
	$(BIN)/sam validate --lint --region $(REGION) --template template.yaml
	$(BIN)/sam validate --lint --region $(REGION) --template spoke/template.yaml

build: $(VENV)/installed ## build what is deployed, into .aws-sam (ARCHITECTURE=arm64 for Graviton), and the CLI's wheel, into dist
	PYTHON=$(CURDIR)/$(BIN)/python $(BIN)/sam build --parameter-overrides Architecture=$(ARCHITECTURE)
	@rm -rf build dist
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	@echo "The CLI alone: pipx install dist/$$(basename dist/*.whl)"

# Judges that cannot share the project's environment. Without npm or an index the judges that need them say so.
.venv-judges/installed: tools/judges/requirements.txt | $(VENV)/installed
	@echo "Installing judges into .venv-judges (once)"
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python .venv-judges
	@$(UV) pip install --quiet --no-deps --require-hashes --python .venv-judges/bin/python -r $< && touch $@ || $(OR_SAY) "checkov and pip-audit cannot be installed"

tools/judges/node_modules/.package-lock.json: tools/judges/package-lock.json
	@echo "Installing validators of Amazon States Language into tools/judges (once)"
	@npm ci --silent --prefix tools/judges || $(OR_SAY) "the validators from npm cannot be installed"

OR_SAY = $(if $(CI),false,echo Not judged:)

judges: $(VENV)/installed .venv-judges/installed tools/judges/node_modules/.package-lock.json ## ask every judge of what is deployed; one line each
	@$(BIN)/python -m tests.judges $(JUDGES)

mutations: $(VENV)/installed .venv-judges/installed tools/judges/node_modules/.package-lock.json ## damage what is deployed in many ways and see which judge notices (some minutes)
	@$(BIN)/python -m tests.judges.play_mutations

audit: .venv-judges/installed ## look for known vulnerabilities of the dependencies, where the database can be reached
	@$(BIN)/python -m tests.judges.audit

# Some judges are the build and a part of the tests; the others are asked beside them. What needs one core runs beside the tests.
ci: ## everything that must hold before a change is accepted
	@$(MAKE) --no-print-directory -j 2 build .venv-judges/installed tools/judges/node_modules/.package-lock.json
	@$(MAKE) --no-print-directory -j 2 test lint type judges audit JUDGES=--beside-ci

faults: $(VENV)/installed ## play the whole fault suite: every call of a run meets every fault (ten minutes)
	@$(BIN)/python -m tests.e2e.faults

bench: $(VENV)/installed ## measure the core
	$(BIN)/python -m bench

deploy: build ## deploy the stack with samconfig.toml's settings
	$(BIN)/sam deploy

reference: $(VENV)/installed ## write the generated pages anew: commands, configuration, schema
	$(BIN)/python -m scheduler_cli.help_pages > docs/cli.md
	$(BIN)/python -m scheduler_cli.reference_tables
	$(BIN)/python -m scheduler_cli.config_schema > docs/schedules.schema.json

lock: $(VENV)/installed ## pin the newest versions that pyproject.toml allows
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --all-extras \
	  --custom-compile-command "make lock" -o requirements-dev.lock pyproject.toml
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" -c requirements-dev.lock \
	  -o layers/scheduler/requirements.txt layers/scheduler/requirements.in
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" -o tools/judges/requirements.txt tools/judges/requirements.in

clean: ## remove what was built and installed
	rm -rf $(VENV) .venv-judges tools/judges/node_modules .aws-sam build dist
