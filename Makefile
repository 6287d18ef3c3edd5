# Everything a person does with this repository. `make` alone explains itself.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUST := $(shell find rust_core/src rust_core/Cargo.toml Cargo.toml Cargo.lock -type f 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(VENV)/.installed: requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.built: $(VENV)/.installed $(RUST) pyproject.toml
	$(BIN)/maturin develop --quiet --release --locked --skip-install || $(BIN)/maturin develop --release --locked
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . 
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
test-long: install ## The suite with soaks and many thousands of property cases
	PROPTEST_CASES=20000 cargo test --quiet --locked
	NEMO_TEST_LONG=1 $(BIN)/pytest

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

.PHONY: load
load: install ## Locust: chat and streaming users of every tier, against a gateway it starts
	$(BIN)/python -m loadtest.run_locust

.PHONY: wheel
wheel: install ## One abi3 wheel in dist/
	$(BIN)/maturin build --release --locked --out dist

.PHONY: lock
lock: ## Write requirements.lock anew from pyproject.toml
	$(PYTHON) -m venv $(VENV)/lock && $(VENV)/lock/bin/pip install --quiet uv
	$(VENV)/lock/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 --extra dev --extra load pyproject.toml -o requirements.lock

.PHONY: clean
clean: ## Remove what was built; data under var/ stays
	rm -rf target $(VENV) dist nemoproxy/*.so .mypy_cache .ruff_cache .pytest_cache .hypothesis
