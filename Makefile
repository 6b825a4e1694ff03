# make report   from a fresh clone to reports/seqbench.html and .pdf; run again to go on
# make help     everything else

PYTHON ?= python3
MATRIX ?= workflow/config/default.yaml
OPTIONS ?=
RUN := .venv/bin/python
LOCKS := requirements.lock requirements-test.lock

.PHONY: help report smoke picture bench gpu test test-faults soak golden lint lock clean

help:
	@echo "make report                 install, train, write reports/seqbench.html and .pdf"
	@echo "make report MATRIX=my.yaml  the same for a matrix of your own"
	@echo "make smoke                  the same in about a minute, with too little training"
	@echo "make picture                put the overview of MATRIX's results into the README"
	@echo "make bench                  how fast this machine trains, beside other libraries; minutes"
	@echo "make gpu                    all that only a GPU can tell, in eight minutes at most"
	@echo "make test                   lint, types, tests, the smoke matrix end to end"
	@echo "make test-faults            kills, full disks, hostile input and the like, many times over"
	@echo "make soak                   the smoke matrix for 30 minutes, killed again and again"
	@echo "make golden                 record the golden jobs' digests of this machine"
	@echo "make lint                   format and lint only"
	@echo "make lock                   pin the versions that are installed now"
	@echo "make clean                  delete results and reports; .venv stays"

report: .venv/.installed
	@$(RUN) workflow/run.py "$(MATRIX)" $(OPTIONS)

smoke: .venv/.installed
	@$(RUN) workflow/run.py workflow/config/smoke.yaml $(OPTIONS)

picture: .venv/.installed
	@$(RUN) -m seqbench picture --config "$(MATRIX)"

bench: .venv/.installed-test
	@$(RUN) -m seqbench bench $(OPTIONS)

gpu: .venv/.installed-test
	@$(RUN) tests/workflow/gpu.py

test: lint
	$(RUN) -m mypy
	$(RUN) -m pytest -q -n 2

test-faults: .venv/.installed-test
	$(RUN) -m pytest -q -n 2 -m faults

soak: .venv/.installed-test
	$(RUN) tests/workflow/soak.py 30

golden: .venv/.installed-test
	@$(RUN) tests/golden/record.py

lint: .venv/.installed-test
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check
	$(RUN) -m snakefmt --check Snakefile workflow/rules

lock:
	$(RUN) workflow/lock.py

clean:
	rm -rf results reports/*.html reports/*.pdf reports/.*.matrix .snakemake

.venv/.installed: requirements.lock pyproject.toml workflow/install.py
	@$(PYTHON) workflow/install.py requirements.lock
	@touch $@

.venv/.installed-test: $(LOCKS) requirements-oracles.lock pyproject.toml workflow/install.py
	@$(PYTHON) workflow/install.py $(LOCKS)
	@$(RUN) -m pip install --quiet --no-deps -r requirements-oracles.lock
	@touch .venv/.installed $@
