# make demo    sets up .venv when it must, and runs the main job end to end      (DEMO="--cases 50 --keep" for options)
# make test    sets up .venv when it must, and runs all tests on SQLite and PostgreSQL      (TEST=--cov for coverage, which takes longer)
# make check   style, types and layers
# make clean   removes what these made

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/.ready-to-run
DEV := $(VENV)/.ready-to-develop
# The warning kept silent is of the build and says that an installation in place is one in place.
PIP := PYTHONWARNINGS=ignore $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
DEMO ?=
TEST ?=

# Demo and tests start many processes; without kept bytecode each of them would compile all of ours anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check clean

demo: $(RUN)
	@$(VENV)/bin/tongban demo $(DEMO)

test: $(DEV)
	@$(VENV)/bin/python -m pytest -n 2 $(TEST)

check: $(DEV)
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

# The stamps are younger than what they were made from, or pip runs again.
$(RUN): pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "安装运行所需的包 / installing what running needs" >&2
	@$(PIP) --editable .
	@touch $@

$(DEV): pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "安装测试所需的包 / installing what testing needs" >&2
	@$(PIP) --editable '.[dev]'
	@touch $(RUN) $@

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null 2>&1 \
		|| { echo "找不到 $(PYTHON)，请先安装 Python ≥ 3.11：apt install python3 / $(PYTHON) not found; install Python ≥ 3.11: apt install python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) 版本过低，需要 ≥ 3.11；可指定 make PYTHON=python3.12 / $(PYTHON) is older than 3.11; name another: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "缺少 venv 模块，请先安装：apt install python3-venv / the venv module is missing; install it: apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@# The pip that comes with Python 3.11 needs twice the time to choose what to install; it will do where no newer one is to be had.
	@$(PIP) --upgrade pip 2>/dev/null || true

clean:
	@rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage .coverage.* coverage.xml
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
