# Everything a person does with this repository. `make` alone explains itself.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --quiet --disable-pip-version-check
# What the extension is built from.
RUST := Cargo.toml Cargo.lock rust_core/Cargo.toml $(shell find rust_core/src rust_core/build -name '*.rs')

.DEFAULT_GOAL := help
.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(VENV)/.installed: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=..." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.built: $(VENV)/.installed pyproject.toml $(RUST)
	VIRTUAL_ENV=$(VENV) PIP_QUIET=1 PIP_NO_INDEX=1 $(BIN)/maturin develop --quiet --release --locked
	@touch $@

.PHONY: install
install: $(VENV)/.built ## The virtual environment, with the extension built in release mode

.PHONY: run
run: install ## Start the gateway on 127.0.0.1:8080, its data under var/
	$(BIN)/nemoproxy serve

.PHONY: test
test: install ## The whole suite, Rust and Python
	cargo test --quiet --locked
	$(BIN)/pytest

.PHONY: test-long
test-long: install ## The suite with soaks and many thousands of property cases; it says where it is
	PROPTEST_CASES=20000 cargo test --locked
	NEMO_TEST_LONG=1 $(BIN)/pytest --verbose --durations=20

.PHONY: check
check: install ## Format, lint, types, and the stub against the built module
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	cargo fmt --all --check
	cargo clippy --quiet --locked --all-targets -- -D warnings
	cargo clippy --quiet --locked --all-targets --features python -- -D warnings
	$(BIN)/mypy
	$(BIN)/stubtest nemoproxy._core

.PHONY: format
format: install ## Put everything into its format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	cargo fmt --all

.PHONY: bench
bench: install ## CPU and latency against nginx, in one paired run (Debian: nginx-light wrk)
	$(BIN)/python -m loadtest.bench

.PHONY: bench-against
bench-against: install ## What changed since another commit, both in one run: make bench-against REV=HEAD~10
	@test -n "$(REV)" || { echo 'say against which commit: make bench-against REV=HEAD~10' >&2; exit 2; }
	@rm -rf var/bench && mkdir -p var/bench && git archive $(REV) | tar -x -C var/bench
	$(MAKE) -C var/bench install
	$(BIN)/python -m loadtest.against var/bench --check

.PHONY: load
load: install ## Locust: chat and streaming users of every tier, against a gateway it starts
	$(BIN)/python -m loadtest.run_locust

.PHONY: wheel
wheel: install ## One abi3 wheel in dist/, installed and run in an environment of its own
	rm -rf dist
	$(BIN)/maturin build --quiet --release --locked --out dist
	.ci/try-wheel dist/*.whl $(PYTHON)

.PHONY: lock
lock: ## Write requirements.lock anew from pyproject.toml
	$(PYTHON) -m venv $(VENV)/lock && $(VENV)/lock/bin/pip install --quiet uv
	$(VENV)/lock/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 --extra dev --extra load pyproject.toml -o requirements.lock

.PHONY: clean
clean: ## Remove what was built; data under var/ stays
	rm -rf target $(VENV) dist nemoproxy/*.so .mypy_cache .ruff_cache .pytest_cache .hypothesis
