# The commands that this repository is worked on with; `make` alone lists them. Everything that a fresh machine lacks
# is installed by deploy/bootstrap.sh, which says what and why.

SWIFT ?= swift
CONFIGURATION ?= release
RUN_FLAGS ?= --replay deploy/demo/open-bandit-bts-all.csv.gz,deploy/demo/bank-additional-full.csv.gz
BENCH_FLAGS ?=
SEED ?= 1
RUNS ?= 10000
KIND ?=
MUTATE ?=
SECONDS_EACH ?= 60

# An import that the manifest does not declare compiles by luck; here it is an error.
STRICT := --explicit-target-dependency-import-check error
# Faults on real processes, and those of StreamsTests that go with them.
FAULTS := '^FaultTests\.|UpgradeTests|RecoveryTests|RecreationTests'
SOURCES := Package.swift Services Shared Tests

.DEFAULT_GOAL := help
.PHONY: help run build test test-fault test-long test-sanitize fuzz fault-sim test-core bench lint format check clean bootstrap bootstrap-test

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## builds, then runs the whole suite in one process, with real data, on http://localhost:8080
	exec "$$($(SWIFT) build -c $(CONFIGURATION) --show-bin-path)/trias" run $(RUN_FLAGS)

build: bootstrap ## builds every executable (CONFIGURATION=debug builds faster and runs slower)
	$(SWIFT) build -c $(CONFIGURATION) $(STRICT)

test: bootstrap-test lint check ## the whole test suite and every check, as continuous integration runs it
	deploy/test.sh

test-fault: bootstrap-test ## faults on real processes: kills, zombies, an absent broker, poison (KILLS=100 SEED=7)
	$(SWIFT) test $(STRICT) --no-parallel --filter $(FAULTS)

test-long: bootstrap-test ## all of these for longer: kills, crash points, a storm, sanitizers, fuzzing
	$(MAKE) fault-sim SEED=10001 RUNS=100000
	$(MAKE) test-sanitize
	$(MAKE) fuzz SECONDS_EACH=600
	KILLS=100 CRASHES=0 STORM=40 LISTS=20000 RECOVERY_SECONDS=10 POISON_SECONDS=1 \
	  $(SWIFT) test $(STRICT) --no-parallel --filter $(FAULTS)

test-sanitize: bootstrap ## the tests of everything but the HTTP edges, under the address and the thread sanitizer
	SWIFT=$(SWIFT) deploy/sanitize.sh

fuzz: bootstrap ## bytes of all kinds for all that reads bytes from outside, SECONDS_EACH=60 for each of them
	SWIFT=$(SWIFT) deploy/fuzz.sh $(SECONDS_EACH)

fault-sim: bootstrap ## faults from a seed, in one process without a broker: SEED=7 RUNS=1 is one schedule, the same each time
	SWIFT=$(SWIFT) deploy/fault-sim.sh --seed $(SEED) --runs $(RUNS) $(if $(KIND),--kind $(KIND)) $(if $(MUTATE),--mutate $(MUTATE))

test-core: bootstrap ## the tests of everything but the HTTP edges; builds in a minute
	TRIAS_LEAN=1 $(SWIFT) test --scratch-path .build-lean $(STRICT)

bench: build ## events a second, CPU for each and time to a list, beside a bare loop on the same client
	"$$($(SWIFT) build -c $(CONFIGURATION) --show-bin-path)/trias" bench $(BENCH_FLAGS)

lint: ## whether every source is formatted as .swift-format says
	$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)

format: ## formats every source
	$(SWIFT) format --in-place --parallel --recursive $(SOURCES)

check: bootstrap-test ## scripts, container files and documents
	deploy/check.sh

clean: ## removes what was built
	rm -rf .build .build-lean .build-fault .build-address .build-thread .build-fuzz .cache

bootstrap:
	@deploy/bootstrap.sh

bootstrap-test:
	@deploy/bootstrap.sh test
