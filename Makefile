# make setup · make run · make up · make down · make test · make test-fast · make soak · make test-home · make test-scale · make check · make bench · make lock · make prefect.yaml · make reference
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
IMAGES := examples/images/.ready

.PHONY: setup run up down test test-fast soak test-home test-scale check bench browser postgres lock prefect.yaml reference clean

setup: $(READY)

# Not compiled beforehand, which takes a minute: most of what is installed is never imported.
$(READY): requirements.lock examples/requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Imagekeeper needs Python 3.11 or newer; say which: make PYTHON=python3.12 …")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r examples/requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --config-settings editable_mode=compat --editable .
	touch $@

$(IMAGES): $(READY) examples/make_images.py
	$(BIN)/python examples/make_images.py
	touch $@

# The main job: a batch of real images, judged, carried out, recorded, reported. It leaves no server running.
run: $(IMAGES)
	IMAGEKEEPER_SERVER_IDLE_MINUTES=0 $(BIN)/imagekeeper apply examples/first_day.yaml --report; status=$$?; test $$status -eq 0 -o $$status -eq 3

# Prefect's server, its UI, what is scheduled, and the reports, until Ctrl-C or make down.
up: $(READY)
	$(BIN)/imagekeeper up

down: $(READY)
	$(BIN)/imagekeeper down

# The pages are tested in a real browser: Debian's Chromium, which only root may install.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	|| { test "$$(id -u)" = 0 && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } \
	|| echo "There is no Chromium, and no right to install it: tests in a browser are skipped (apt-get install chromium)."

# Outgrowing one machine is tested on a real PostgreSQL: Debian's, which only root may install.
postgres:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 \
	|| { test "$$(id -u)" = 0 && apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql; } \
	|| echo "There is no PostgreSQL, and no right to install it: tests on it are skipped (apt-get install postgresql)."

test: $(IMAGES) browser
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not home and not scale"

# While editing: what needs no server, no process of its own and no second of its own.
test-fast: $(READY)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not home and not scale and not slow" tests/domain tests/data tests/flows/batches tests/flows/lifecycle tests/benchmarks

# What takes longer than CI should, an hour and more: random tests with many examples, kills at many moments, each
# command started anew instead of forked, and the tests that need the machine for themselves. make test runs a short
# form of each.
soak: $(IMAGES) browser postgres
	TEST_EFFORT=full $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not home and not scale"
	TEST_EFFORT=full $(BIN)/python -m pytest -m "home or scale"

# Apart from the others, which together take as long as anybody waits: these need the machine for themselves, five
# minutes and a minute and a half.
test-home: browser $(READY)
	$(BIN)/python -m pytest -m home

test-scale: $(IMAGES) postgres
	$(BIN)/python -m pytest -m scale

# One list of checks, for people, for pre-commit and for CI.
check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/sqlfluff lint --disable-progress-bar --processes 2 data
	$(BIN)/python tests/support/limits.py

bench: $(IMAGES)
	$(BIN)/python benchmarks/run.py

# What is deployed to work pools, from the registry in flows/runs/deployments.py.
prefect.yaml: $(READY)
	$(BIN)/python -m flows.prefect_yaml > $@.new
	mv $@.new $@

# The generated pages of docs/reference, from the code.
reference: $(READY)
	PYTHONPATH=tests $(BIN)/python -m support.reference.pages

# Pins every dependency by version and hash; needs network.
lock: 
	$(PYTHON) -m venv $(VENV)/lock && $(VENV)/lock/bin/pip install --quiet uv
	$(VENV)/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --group dev pyproject.toml --output-file requirements.lock --custom-compile-command 'make lock' $(LOCKFLAGS)
	$(VENV)/lock/bin/uv pip compile --quiet --universal --no-deps --python-version 3.11 --generate-hashes --no-emit-index-url examples/requirements.in --output-file examples/requirements.lock --custom-compile-command 'make lock'
	$(VENV)/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url tests/focus/requirements.in --output-file tests/focus/requirements.lock --custom-compile-command 'make lock'
	$(VENV)/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url tests/openstack/requirements.in --output-file tests/openstack/requirements.lock --custom-compile-command 'make lock'

clean:
	rm -rf $(VENV) tests/openstack/.venv var examples/images
