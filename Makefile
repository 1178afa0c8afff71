# What people type. `make help` lists it.
SHELL := /bin/sh
BIN := node_modules/.bin
# The pinned Node first, whatever the machine has: programs below find it by their first line.
RUN := PATH="$(CURDIR)/$(BIN):$$PATH"
READY := node_modules/.installed

.PHONY: brokers fuzz board-test help demo test check lint format bench deb deb-test docs clean
.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(READY) ## the doorstep story on simulated hardware; FILE=your.mp4 plays your own recording
	@packaging/tools demo
	@./doorstep demo $(if $(FILE),--file "$(FILE)")

test: $(READY) ## everything that can be checked on this machine
	@packaging/tools test
	@$(MAKE) --no-print-directory check lint
	@$(RUN) vitest run
	@! $(RUN) node test/board/machine/make.ts || $(RUN) vitest run --config test/board/vitest.config.ts test/board/board.test.ts

check: $(READY) ## types
	@$(RUN) tsc -p .

lint: $(READY) ## typed lint and format, no warnings
	@$(RUN) oxlint --deny-warnings
	@$(RUN) oxfmt --check .

format: $(READY) ## write the format
	@$(RUN) oxfmt .

board-test: $(READY) ## all of the virtual board: drivers and units on real GPIO, ALSA and V4L2, figures, the package's life; root, an hour
	@packaging/tools deb
	@$(RUN) vitest run --config test/board/vitest.config.ts

fuzz: $(READY) ## a million generated configurations, and edits of them; an hour
	@SLOW=1 $(RUN) vitest run test/config/generated.test.ts test/config/compare.test.ts

brokers: $(READY) ## the tests of the brokers inside another Debian, with its brokers; DEBIAN=trixie or forky; root
	@packaging/tools brokers
	@test/brokers/in-debian $(if $(DEBIAN),"$(DEBIAN)",trixie)

bench: $(READY) ## figures as ratios against other tools, into bench/results.json; SUITE=ledger for some of them
	@packaging/tools test && packaging/tools deb && packaging/tools bench
	@$(RUN) node test/bench/run.ts $(if $(SUITE),"$(SUITE)")

deb: $(READY) ## Debian packages for arm64 (Raspberry Pi) and amd64, into dist/
	@packaging/tools deb
	@$(RUN) node --disable-warning=ExperimentalWarning packaging/deb/build.ts

deb-test: deb ## the packages installed, started, upgraded and purged in Debian trixie, both architectures; needs root
	@packaging/tools deb-test
	@test/packaging/try-packages

docs: $(READY) ## write the generated pages of the reference and the wiring pictures
	@$(RUN) node packaging/error-page.ts
	@$(RUN) node packaging/brokers-page.ts
	@$(RUN) node packaging/openapi.ts
	@$(RUN) node packaging/wiring/write.ts

clean: ## forget what was installed
	rm -rf node_modules .cache

# npm's own scripts stay off: the one addon that compiles is built against the pinned Node's headers, and is optional.
$(READY): package.json package-lock.json
	@echo "installing npm packages"
	@npm ci --ignore-scripts --loglevel=error --no-audit --no-fund
	@npm rebuild epoll --loglevel=error --nodedir="$$(dirname "$$(dirname "$$(readlink -f $(BIN)/node)")")" >/dev/null 2>&1 \
	  || echo "epoll was not built (no compiler?): onoff is not available, everything else is"
	@touch $@
