# The two commands: `make demo` and `make test`. Both install what they need into .venv.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-long lint install lock bench clean

demo: install
	$(BIN)/secondkey demo

# More than there are cores: much of the time is waiting for servers and for people.
# Bytecode is kept whatever the environment says: hundreds of processes would compile the bot again.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 4 --dist loadfile

test: install
	$(PYTEST) $(PYTEST_ARGS)

# The properties alone, on many times as many examples.
test-long: install
	$(PYTEST) -m hypothesis --hypothesis-profile long --timeout 1200 $(PYTEST_ARGS)

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

install: .venv/installed

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "error: Secondkey needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1)"; \
		     echo "hint: name another one, for example: make demo PYTHON=python3.12"; exit 2; }
	@$(PYTHON) -m venv .venv \
		|| { rm -rf .venv; echo "error: $(PYTHON) cannot make virtual environments"; \
		     echo "hint: on Debian and Ubuntu: apt-get install python3-venv"; exit 2; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Needs uv. The lock carries hashes and no index host; LOCK_ARGS=--upgrade brings everything up to date.
lock:
	uv pip compile -q --generate-hashes --universal --python-version 3.11 --extra embedded --group dev \
		--no-emit-index-url --no-header --no-annotate $(LOCK_ARGS) -o requirements.lock pyproject.toml

bench: install
	$(BIN)/python -m benchmarks.backup
	$(BIN)/python -m benchmarks.verify
	$(BIN)/python -m benchmarks.gate
	$(BIN)/python -m benchmarks.restore
	$(BIN)/python -m benchmarks.watch
	$(BIN)/python -m benchmarks.detection
	$(BIN)/python -m benchmarks.incident

clean:
	rm -rf .venv
