# The two commands: `make run` and `make test`. Each sets up what it needs first, in a moment when nothing changed.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
BIN := .venv/bin
# The quick ones first, so that a slip shows in seconds; those that need the Rasa model last, as it is trained meanwhile.
LAST := tests/integration/ tests/bot/ tests/e2e/
TESTS := tests/unit $(sort $(filter-out tests/unit/ tests/__pycache__/ $(LAST),$(wildcard tests/*/)) $(wildcard tests/test_*.py)) $(LAST)
export RASA_TELEMETRY_ENABLED := false

.PHONY: run setup test check lock bench clean

run:
	@$(PYTHON) scripts/setup.py --runtime
	@exec $(BIN)/dangol run

setup:
	@$(PYTHON) scripts/setup.py

test: setup
	@nice $(BIN)/dangol train >/dev/null & training=$$!; \
	$(BIN)/python -m pytest $(TESTS) $(ARGS); status=$$?; \
	wait $$training || status=1; exit $$status

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
