# Each target's line in `make help` is the comment after its name.

SHELL := /bin/bash
SWIFT ?= swift
.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## install what is missing of the system packages (Debian, Ubuntu)
	@Scripts/setup.sh

.PHONY: build
build: setup ## release build
	$(SWIFT) build -c release

.PHONY: run
run: build ## serve with an embedded Postgres, stream a demo load, verify it (ONCE=1: then stop)
	@Scripts/run.sh

.PHONY: test
test: setup ## debug build, the producer's light package graph, every test; WAY= for writer.way
	$(SWIFT) build --build-tests
	@Scripts/light-graph.sh
	@SWIFT="$(SWIFT)" SLUICE_TEST_WAY=$(WAY) Scripts/run-tests.sh

.PHONY: web-test
web-test: setup ## the dashboard and /docs in a real browser; pictures of them in .artifacts/web
	$(SWIFT) build --product sluiced
	$(SWIFT) build --product sluice-publish
	@Scripts/web-test.sh

.PHONY: compose-test
compose-test: ## the compose deployment, for real: build, publish, verify, restart, down and up
	@Scripts/setup.sh libcurl4-openssl-dev
	@Scripts/compose-test.sh

.PHONY: demo-dedup
demo-dedup: build ## the same events sent three times are stored once
	@Scripts/demo-dedup.sh

.PHONY: demo-restart
demo-restart: build ## the server is killed in mid-load: nothing lost, nothing twice
	@Scripts/demo-restart.sh

.PHONY: bench
bench: build ## ratios to references measured in turn (half an hour; QUICK=1, FULL=1, ONLY=e2e,accept)
	@Benchmarks/prepare.sh peers
	@python3 Benchmarks/run.py

.PHONY: bench-check
bench-check: setup ## whether the benchmarks work: tiny sizes, the debug build, figures that mean nothing
	$(SWIFT) build --product sluiced
	$(SWIFT) build --product sluice-publish
	@BENCH_CONFIGURATION=debug Benchmarks/prepare.sh
	cd Benchmarks && python3 -B -m unittest -q tests.test_harness
	@TINY=1 PROGRAMS=.build/debug BENCH_PROGRAMS=.build-bench/debug BENCH_RESULTS=.bench/check \
	  ONLY=$(or $(ONLY),floor,e2e,accept,stages,idle,latency) python3 Benchmarks/run.py

SECONDS ?= 60
SEED ?= 1
CONFIGURATION ?= release
.PHONY: torture
torture: setup ## kill, cut and stall everything for SECONDS (60) by the plan of SEED (1); WAY= for writer.way
	$(SWIFT) build -c $(CONFIGURATION) --product sluiced
	$(SWIFT) build -c $(CONFIGURATION) --product Torture
	"$$($(SWIFT) build -c $(CONFIGURATION) --show-bin-path)/Torture" --seconds $(SECONDS) --seed $(SEED) \
	  $(if $(WAY),--way $(WAY)) $(if $(JSON),--json $(JSON))

.PHONY: contract-test
contract-test: setup ## a server against its /openapi.json, with generated requests (REQUESTS=, EXAMPLES=, SEED=)
	$(SWIFT) build -c $(CONFIGURATION) --product sluiced
	$(SWIFT) build -c $(CONFIGURATION) --product sluice-publish
	@CONFIGURATION=$(CONFIGURATION) SEED=$(SEED) $(if $(REQUESTS),REQUESTS=$(REQUESTS)) \
	  $(if $(EXAMPLES),EXAMPLES=$(EXAMPLES)) Scripts/contract-test.sh $(ARGUMENTS)

EVENTS ?= 1000000
.PHONY: tail-test
tail-test: setup ## the live tail of EVENTS (1000000) events, cut and resumed ten times, has each once
	$(SWIFT) build -c $(CONFIGURATION) --product sluiced
	$(SWIFT) build -c $(CONFIGURATION) --product sluice-publish
	@CONFIGURATION=$(CONFIGURATION) EVENTS=$(EVENTS) SEED=$(SEED) Scripts/tail-test.sh

.PHONY: alerts-check
alerts-check: ## the alert rules in deploy/prometheus, with promtool
	@Scripts/alerts-check.sh

.PHONY: bugs
bugs: setup ## put deliberate bugs in, one by one, and see the tests catch them (BUGS= for some)
	@Scripts/deliberate-bugs.sh run $(BUGS)

FUZZ_SECONDS ?= 60
.PHONY: fuzz
fuzz: setup ## every fuzzer for FUZZ_SECONDS each
	FUZZ_SECONDS=$(FUZZ_SECONDS) Fuzz/run.sh

# Of the benchmarks, what is not linked in from Sources.
FORMATTED = Package.swift Sources Tests Benchmarks/Package.swift \
  $(shell find Benchmarks/Sources -type f -name '*.swift')

.PHONY: lint
lint: ## check the formatting, warnings included
	$(SWIFT) format lint --strict --parallel --recursive $(FORMATTED)

.PHONY: format
format: ## format in place
	$(SWIFT) format --in-place --parallel --recursive $(FORMATTED)

.PHONY: clean
clean: ## remove what was built; the data of `make run` stays
	$(SWIFT) package clean
