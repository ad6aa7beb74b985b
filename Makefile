# What is done every day, by name: `make` lists it. Needs the set-up of CONTRIBUTING.md; PYTHON=... names another
# interpreter than the environment's.

PYTHON ?= python
PROCESSES ?= 2
# mypy sees through a plain install, not an editable one: this is the tree as it would be installed.
TREE = build/types/micrograd_tui
MYPY = MYPYPATH=build/types $(PYTHON) -m mypy
PYTEST = $(PYTHON) -m pytest -q -n $(PROCESSES)
# The tests that neither start processes nor wait for a screen, nor compile native code.
FAST = tests/test_docs.py tests/datasets tests/engine tests/tui/test_keys.py tests/tui/test_themes.py \
       tests/tui/charts tests/tui/sessions tests/tui/views \
       --ignore=tests/engine/runs --ignore=tests/engine/compile/native

.PHONY: help check lint types contracts fast test format readme pictures snapshots figures bench ci

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

check: lint types contracts fast ## the quick loop: lint, format, types, contracts, fast tests; under a minute

lint: ## ruff: lint and format
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

types: ## mypy: the packages and the tests
	@mkdir -p $(TREE)
	@for folder in datasets engine tui; do ln -sfn "$(CURDIR)/$$folder" "$(TREE)/$$folder"; done
	$(MYPY)
	$(MYPY) tests

contracts: ## import-linter: rooms import downwards only
	lint-imports

fast: ## the fast tests, ten examples a property
	$(PYTEST) --hypothesis-profile=quick $(FAST)

test: ## every test, in two processes (PROCESSES=4: in four)
	$(PYTEST) --dist loadgroup

format: ## put the code into ruff's format, sort imports
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

readme: ## the generated parts of docs/: the key table, the public API
	$(PYTHON) docs/generate.py

pictures: ## the pictures of README and docs/, from the app
	$(PYTHON) docs/pictures.py

snapshots: ## the screens that tests compare with, after a look at snapshot_report.html
	$(PYTHON) -m pytest -q --snapshot-update tests/tui/screens

# The tests that ask PyTorch have it in their names.
figures: ## PyTorch's answers that tests compare with, tests/**/figures; needs PyTorch
	MICROGRAD_TUI_FIGURES=write $(PYTHON) -m pytest -q -k pytorch tests/engine tests/tui/views tests/tui/commands

bench: ## the tables of tests/benchmarks/results, on this machine
	$(PYTHON) -m pytest -q tests/benchmarks

ci: ## everything that must hold, in an environment of its own
	.ci/run
