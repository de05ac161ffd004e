# `make help` prints the comment after the name of each target.

SHELL := /bin/bash
SWIFT ?= swift
# SwiftPM gives the compiler the traits of the package in the order of a hash table. With another order everything would
# be compiled again, so all builds use the same order.
BUILD = SWIFT_DETERMINISTIC_HASHING=1 $(SWIFT) build
.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## install the missing system packages (Debian, Ubuntu)
	@Scripts/setup.sh

.PHONY: build
build: setup ## release build
	$(BUILD) -c release

.PHONY: run
run: build ## serve with an embedded Postgres, stream a demo load and verify it (ONCE=1: stop afterwards)
	@Scripts/run.sh

.PHONY: test
test: setup ## debug build, a producer's package graph, every test (WAY=commit strategy, POSTGRES=14..18)
	$(BUILD) --build-tests
	@Scripts/light-graph.sh
	@postgres="$(if $(POSTGRES),$$(Scripts/postgres.sh $(POSTGRES)))" && \
	  SWIFT="$(SWIFT)" SLUICE_TEST_WAY=$(WAY) SLUICE_TEST_POSTGRES="$$postgres" \
	  Scripts/run-tests.sh --skip-build

.PHONY: light-graph
light-graph: setup ## check packages that depend on ClientLib: resolving, linking, starting without a server
	$(BUILD) --product sluiced
	@Scripts/light-graph.sh

.PHONY: docs
docs: setup ## make the documentation of the libraries in .artifacts/docs; a warning is an error
	$(BUILD) --product OrderService
	@SWIFT="$(SWIFT)" Scripts/docs.sh

.PHONY: python-test
python-test: ## test the Python client: vectors, then kills of a built server (SLUICED=its path)
	@cd clients/python && SLUICED=none python3 -S -B -m unittest -q
	@cd clients/python && SLUICED="$(SLUICED)" python3 -B -m unittest

.PHONY: web-test
web-test: setup ## open all pages in a real browser; pictures in .artifacts/web (WEB_EVENTS=5000000)
	$(BUILD) --product sluiced
	$(BUILD) --product sluice-publish
	@Scripts/web-test.sh

.PHONY: install
install: setup ## install programs, unit, manual pages and completions below PREFIX (/usr/local)
	@Scripts/setup.sh libcurl4-openssl-dev
	@Scripts/package/install.sh

.PHONY: package
package: setup ## make a Debian package and a tarball in .artifacts/package (PROGRAMS=DIR: of these programs)
	@Scripts/setup.sh libcurl4-openssl-dev dpkg-dev
	@Scripts/package/build.sh

.PHONY: package-test
package-test: setup ## install, upgrade under load, remove and purge the package in a clean Debian (PROGRAMS=DIR)
	@Scripts/setup.sh libcurl4-openssl-dev
	@Scripts/package-test.sh

.PHONY: docs-test
docs-test: setup ## compile or run every block of code in README.md and docs/, with the debug build
	$(BUILD) --product sluiced
	$(BUILD) --product sluice-publish
	$(BUILD) --product sluice
	@Scripts/docs-test.sh $(ARGUMENTS)

.PHONY: compose-test
compose-test: ## run the compose deployment (PROFILES="base scale observe failover"; base by default)
	@Scripts/setup.sh libcurl4-openssl-dev openssl
	@PROFILES="$(PROFILES)" Scripts/compose-test.sh

.PHONY: demo-dedup
demo-dedup: build ## demonstrate that the same events, sent three times, are stored once
	@Scripts/demo-dedup.sh

.PHONY: demo-restart
demo-restart: build ## kill the server under load and show that nothing is lost or counted twice
	@Scripts/demo-restart.sh

.PHONY: bench
bench: build ## measure ratios to references, half an hour (QUICK=1, FULL=1, ONLY=e2e, REPORT=1: write docs)
	@$(if $(REPORT),python3 Benchmarks/report.py --check)
	@Scripts/setup.sh openssl
	@Benchmarks/prepare.sh peers
	@python3 Benchmarks/run.py
	@$(if $(REPORT),python3 Benchmarks/report.py)

# In a variable, because a comma ends an argument of `or`.
CHECKED_PHASES = default,floor,e2e,accept,stages,idle,topics,latency,tail,searches,inserts,tls,fairness,spread
.PHONY: bench-check
bench-check: setup ## check that the benchmarks work: tiny sizes, debug build, meaningless figures
	$(BUILD) --product sluiced
	$(BUILD) --product sluice-publish
	@Scripts/setup.sh openssl
	@BENCH_CONFIGURATION=debug Benchmarks/prepare.sh
	cd Benchmarks && python3 -B -m unittest -q tests.test_harness
	@TINY=1 PROGRAMS=.build/debug BENCH_PROGRAMS=.build-bench/debug BENCH_RESULTS=.bench/check \
	  ONLY=$(or $(ONLY),$(CHECKED_PHASES)) python3 Benchmarks/run.py

SECONDS ?= 60
SEED ?= 1
CONFIGURATION ?= release
.PHONY: torture
torture: setup ## kill, cut and stall everything for SECONDS (60), SEED (1); compare rows (WAY=, POSTGRES=)
	$(BUILD) -c $(CONFIGURATION) --product sluiced
	$(BUILD) -c $(CONFIGURATION) --product Torture
	@postgres="$(if $(POSTGRES),$$(Scripts/postgres.sh $(POSTGRES)))" && \
	  "$$($(SWIFT) build -c $(CONFIGURATION) --show-bin-path)/Torture" --seconds $(SECONDS) --seed $(SEED) \
	  $(if $(WAY),--strategy $(WAY)) $(if $(JSON),--json $(JSON)) $${postgres:+--postgres "$$postgres"}

.PHONY: hostile
hostile: setup ## attack the server beside honest producers for SECONDS (60), SEED (1) (KEYS=1, TLS=1: secured)
	$(BUILD) -c $(CONFIGURATION) --product sluiced
	$(BUILD) -c $(CONFIGURATION) --product sluice-publish
	@python3 -B Tests/Hostile/hostile.py --seconds $(SECONDS) --seed $(SEED) $(if $(RATE),--rate $(RATE)) \
	  $(if $(KEYS),--keys) $(if $(TLS),--tls --keys) \
	  --programs "$$($(SWIFT) build -c $(CONFIGURATION) --show-bin-path)"

.PHONY: security-test
security-test: setup ## judge TLS, keys and HTTP rights by openssl, Python's ssl and curl
	@Scripts/setup.sh curl openssl python3
	$(BUILD) -c $(CONFIGURATION) --product sluiced
	@python3 -B Tests/Security/peers.py --programs "$$($(SWIFT) build -c $(CONFIGURATION) --show-bin-path)"

TRIES ?= 10000
.PHONY: timing-test
timing-test: setup ## compare the times of refused logins: unknown id, wrong proof (TRIES=, CONNECTION=tcp, tls, http)
	$(BUILD) -c $(CONFIGURATION) --product sluiced
	@python3 -B Tests/Security/timing.py --programs "$$($(SWIFT) build -c $(CONFIGURATION) --show-bin-path)" \
	  --tries $(TRIES) --seed $(SEED) $(if $(CONNECTION),--connection $(CONNECTION))

.PHONY: contract-test
contract-test: setup ## compare a server with its /openapi.json (REQUESTS=, EXAMPLES=, SEED=)
	$(BUILD) -c $(CONFIGURATION) --product sluiced
	$(BUILD) -c $(CONFIGURATION) --product sluice-publish
	@CONFIGURATION=$(CONFIGURATION) SEED=$(SEED) $(if $(REQUESTS),REQUESTS=$(REQUESTS)) \
	  $(if $(EXAMPLES),EXAMPLES=$(EXAMPLES)) Scripts/contract-test.sh $(ARGUMENTS)

ROTATIONS ?= 200
.PHONY: follow-test
follow-test: setup ## follow a log through ROTATIONS (200), 20 kills of the publisher and 5 of the server
	$(BUILD) --build-tests
	SLUICE_FOLLOW_ROTATIONS=$(ROTATIONS) SLUICE_FOLLOW_KILLS=20 SLUICE_FOLLOW_SERVER_KILLS=5 \
	  SWIFT="$(SWIFT)" Scripts/run-tests.sh --filter FollowTests

.PHONY: formats-test
# For this target alone, because another target has another default.
formats-test: EVENTS ?= 20000
formats-test: setup ## send EVENTS (20000) with the programs of other people, cut and killed (KILLS=3, SEED=1)
	$(BUILD) -c $(CONFIGURATION) --product sluiced
	@CONFIGURATION=$(CONFIGURATION) EVENTS=$(EVENTS) KILLS=$(or $(KILLS),3) SEED=$(SEED) \
	  Scripts/formats-test.sh $(ARGUMENTS)

tail-test: EVENTS ?= 1000000
.PHONY: tail-test
tail-test: setup ## cut and resume the live tail of EVENTS (1000000) events ten times; each must come once
	$(BUILD) -c $(CONFIGURATION) --product sluiced
	$(BUILD) -c $(CONFIGURATION) --product sluice-publish
	@CONFIGURATION=$(CONFIGURATION) EVENTS=$(EVENTS) SEED=$(SEED) Scripts/tail-test.sh

.PHONY: retention-test
# For this target alone, because other targets have other defaults.
retention-test: RATE ?= 60000
retention-test: AGE ?= 20
retention-test: setup ## delete RATE (60000) events a second at AGE (20) s, for SECONDS (60; 900 is better)
	$(BUILD) -c $(CONFIGURATION) --product sluiced
	$(BUILD) -c $(CONFIGURATION) --product sluice-publish
	@CONFIGURATION=$(CONFIGURATION) DURATION=$(SECONDS) RATE=$(RATE) AGE=$(AGE) Scripts/retention-test.sh

citus-test: EVENTS ?= 1000000
.PHONY: citus-test
citus-test: setup ## test over Citus (SLUICE_TEST_CITUS=directory of initdb): EVENTS (1000000), 20 kills; ARGUMENTS=
	$(BUILD) -c $(CONFIGURATION) --product sluiced
	$(BUILD) -c $(CONFIGURATION) --product sluice-publish
	@python3 -B Tests/Citus/citus.py --events $(EVENTS) --seed $(SEED) \
	  --programs "$$($(SWIFT) build -c $(CONFIGURATION) --show-bin-path)" $(ARGUMENTS)

.PHONY: alerts-check
alerts-check: ## test the alert rules in deploy/prometheus with promtool
	@Scripts/alerts-check.sh

.PHONY: alerts-test
alerts-test: setup ## fire every alert in a real Prometheus by making its fault, about seven minutes (DIVISOR=20)
	$(BUILD) -c $(CONFIGURATION) --product sluiced
	$(BUILD) -c $(CONFIGURATION) --product sluice-publish
	@CONFIGURATION=$(CONFIGURATION) $(if $(DIVISOR),DIVISOR=$(DIVISOR)) Scripts/alerts-test.sh

.PHONY: bugs
bugs: setup ## apply each deliberate bug and expect its test to fail (BUGS= names some)
	@Scripts/deliberate-bugs.sh run $(BUGS)

FUZZ_SECONDS ?= 60
.PHONY: fuzz
fuzz: setup ## run every fuzzer for FUZZ_SECONDS (60)
	FUZZ_SECONDS=$(FUZZ_SECONDS) Fuzz/run.sh

# The links from Benchmarks/Sources and Fuzz/Sources into Sources are left out.
FORMATTED = Package.swift Sources Tests Examples Benchmarks/Package.swift Fuzz/Package.swift \
  $(shell find Benchmarks/Sources Fuzz/Sources -type f -name '*.swift')

.PHONY: lint
lint: ## check formatting, retired words and unused declarations
	$(SWIFT) format lint --strict --parallel --recursive $(FORMATTED)
	@Scripts/words-check.sh

.PHONY: format
format: ## format the sources in place
	$(SWIFT) format --in-place --parallel --recursive $(FORMATTED)

.PHONY: clean
clean: ## remove the build; the data of `make run` stays
	$(SWIFT) package clean
