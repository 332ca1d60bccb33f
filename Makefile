# The commands of the project, for people and for CI.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
BENCH_ARTICLES ?= 100000
BENCH_PEERS_ARTICLES ?= 10000

.PHONY: run test check bench format lock soak clean

run: $(VENV)/run.stamp   ## set up if need be, and serve seeds/ on http://127.0.0.1:8000
	@echo "feeder: http://127.0.0.1:8000 publishes what lies in seeds/ (Ctrl-C stops it)"
	@exec $(BIN)/feeder serve

test: $(VENV)/test.stamp tests/node_modules/.stamp   ## all tests, four files at a time: half of it is waiting
	$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder

check: $(VENV)/test.stamp   ## lint, format, types, the import rule
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_architecture.py tests/test_project.py

bench: $(VENV)/test.stamp   ## the figures that the documents claim, some fifteen minutes; what each means: bench/README.md
	$(BIN)/python bench/parsing.py 1000 3
	$(BIN)/python bench/rendering.py 200
	$(BIN)/python bench/latency.py 200 20 $(BENCH_ARTICLES)
	$(BIN)/python bench/publishing.py 50 $$(($(BENCH_ARTICLES) / 100))
	$(BIN)/python bench/bulk.py $(BENCH_ARTICLES)
	$(BIN)/python bench/peers.py $(BENCH_PEERS_ARTICLES) 5 1
	$(BIN)/python bench/serving.py 3 5
	$(BIN)/python bench/deflating.py
	$(BIN)/python bench/streaming.py --quick

soak: $(VENV)/test.stamp tests/node_modules/.stamp   ## the long sweeps: crash points, random subscribers
	FEEDER_SOAK=1 $(BIN)/python -m pytest tests/flow

format: $(VENV)/test.stamp
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

lock:   ## pin the dependencies anew, by hash and without naming a host (needs uv)
	uv pip compile -q pyproject.toml --extra html --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements.lock
	uv pip compile -q pyproject.toml --extra html --extra test --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements-test.lock

clean:
	rm -rf $(VENV) tests/node_modules data .mypy_cache .pytest_cache .ruff_cache

# The tests' lock holds all of the service's, so either stamp serves `make run`.
$(VENV)/run.stamp: requirements.lock pyproject.toml | $(BIN)/python
	@echo "feeder: setting up $(VENV), once; it takes about a minute"
	@test -f $(VENV)/test.stamp || $(BIN)/python -m pip install -qq --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --no-deps -e .
	@touch $@

$(VENV)/test.stamp: requirements-test.lock pyproject.toml | $(BIN)/python
	@echo "feeder: setting up $(VENV) with what the tests need"
	@$(BIN)/python -m pip install -qq --require-hashes -r requirements-test.lock
	@$(BIN)/python -m pip install -qq --no-deps -e .
	@touch $@ $(VENV)/run.stamp

# What the tests run inside the browser, pinned by hash. Who has no npm, or no way to its packages, tests without.
tests/node_modules/.stamp: tests/package-lock.json tests/.npmrc
	@if ! command -v npm >/dev/null; then echo "feeder: npm is not there, so accessibility is NOT TESTED"; exit 0; fi; \
	  echo "feeder: setting up tests/node_modules"; \
	  if cd tests && npm ci --silent; then touch node_modules/.stamp; \
	  else echo "feeder: npm could not set up tests/node_modules, so accessibility is NOT TESTED"; fi

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "feeder needs Python 3.11 or newer; name one with: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
