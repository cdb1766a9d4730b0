# The two commands: `make run` and `make test`. Each sets up what it needs first, in a moment when nothing changed.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
BIN := .venv/bin
# The quick ones first, so that a slip shows in seconds.
TESTS := tests/unit $(sort $(filter-out tests/unit/ tests/__pycache__/,$(wildcard tests/*/)) $(wildcard tests/test_*.py))
export RASA_TELEMETRY_ENABLED := false

.PHONY: run setup test check lock bench clean

run:
	@$(PYTHON) scripts/setup.py --runtime
	@exec $(BIN)/dangol run

setup:
	@$(PYTHON) scripts/setup.py

test: setup
	@$(BIN)/dangol train
	@exec $(BIN)/python -m pytest $(TESTS) $(ARGS)

check: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy --config-file bot/pyproject.toml --python-executable .venv-bot/bin/python
	$(BIN)/lint-imports
	$(BIN)/python scripts/unused.py

lock: setup
	@$(BIN)/python scripts/lock.py $(ARGS)

bench: setup
	@$(BIN)/dangol train
	@exec $(BIN)/python -m tests.bench $(ARGS)

# Environments, built assets and trained models; never .env or var/, which hold a shop's data.
clean:
	rm -rf .venv .venv-bot models .rasa web/node_modules web/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
