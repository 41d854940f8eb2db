# till: a chip-card checkout on one machine. `make help` lists the targets.

GO         ?= go
GO_NEEDED  := $(shell sed -n 's/^go //p' go.mod)
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

# Debian packages that some tests, the race detector and PC/SC readers need; npm only
# where there is none.
PACKAGES := gcc libc6-dev libssl-dev openssl curl sip-tester pkg-config libpcsclite-dev pcscd vsmartcard-vpcd pcsc-tools opensc softhsm2 chromium junitparser postgresql $(if $(shell command -v npm),,npm)

# What looks in the browser tests for pages that keep people out.
AXE := axe-core@4.14.1

# PC/SC readers are built in where their library and a C compiler are, PKCS#11 tokens
# where a C compiler is: their library is loaded when one is used. This is asked when a
# recipe runs, since `make deps test` installs them before.
CGO  = $(shell [ "$$($(GO) env CGO_ENABLED)" = 1 ] && command -v $$($(GO) env CC) >/dev/null && echo yes)
TAGS = $(if $(CGO),-tags $(if $(shell pkg-config --exists libpcsclite 2>/dev/null && echo yes),pcsc$(COMMA))pkcs11)
COMMA := ,

# Packages that ./... leaves out, since they lie below testdata.
TESTDATA := ./testdata ./testdata/chance ./testdata/vectors ./testdata/need ./testdata/openapi ./testdata/pcscd ./testdata/pgtest

LEFT_OUT := $(CURDIR)/build/left-out

.DEFAULT_GOAL := help
.PHONY: help demo build deps test check cross release bench fuzz nightly go

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

# Asks the go command itself, since it may fetch the version that go.mod names.
go: build/
	@command -v $(GO) >/dev/null || { echo "Go is missing: install Go $(GO_NEEDED) or newer, from your distribution or https://go.dev/dl/" >&2; exit 1; }
	@$(GO) list -m >/dev/null 2>build/go.err || { cat build/go.err >&2; \
	  echo "till needs Go $(GO_NEEDED) or newer; this is $$($(GO) env GOVERSION). Install it from https://go.dev/dl/, or let the go command fetch it: GOTOOLCHAIN=auto make ..." >&2; exit 1; }

build/:
	@mkdir -p build

build: go ## build the program as build/till
	$(GO) build $(TAGS) -o build/till ./cmd/till

demo: build ## the main job: play the whole way of a card PIN with real parts, and check each step
	@build/till demo

deps: build/ ## print and install the Debian packages that some tests need, and axe-core below build
	@.ci/deps $(PACKAGES)
	@[ -f build/node_modules/axe-core/axe.min.js ] || npm install --silent --no-save --no-package-lock --no-audit --no-fund --prefix build $(AXE)

# Of each package; the largest take minutes under the race detector.
TIMEOUT ?= 30m

test: go ## run all tests whose parts are here, list those left out
	@rm -f $(LEFT_OUT)
	TILL_LEFT_OUT=$(LEFT_OUT) $(GO) test $(TAGS) -race -count=1 -timeout $(TIMEOUT) ./...
	@if [ -s $(LEFT_OUT) ]; then echo "left out:"; sort $(LEFT_OUT) | sed 's/^/  /'; else echo "left out: nothing"; fi

check: go ## gofmt, vet and staticcheck
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$unformatted" ] || { echo "gofmt wants:" $$unformatted >&2; exit 1; }
	$(GO) vet ./... $(TESTDATA)
	$(GO) vet $(TAGS) ./... $(TESTDATA)
	$(GO) run $(STATICCHECK) ./... $(TESTDATA)
	$(GO) run $(STATICCHECK) $(TAGS) ./... $(TESTDATA)

# Systems that the sources must build for beside this one, without cgo and so
# without PC/SC where that needs it.
CROSS := windows/amd64 darwin/arm64

cross: go ## vet and build for the other systems, without cgo
	@for target in $(CROSS); do \
	  echo "GOOS=$${target%/*} GOARCH=$${target#*/} go vet ./..."; \
	  CGO_ENABLED=0 GOOS=$${target%/*} GOARCH=$${target#*/} $(GO) vet ./... $(TESTDATA) || exit 1; \
	  CGO_ENABLED=0 GOOS=$${target%/*} GOARCH=$${target#*/} $(GO) build -o /dev/null ./cmd/till || exit 1; \
	done

release: go ## build the archives of a release in build/release, with check sums
	@rm -rf build/release
	$(GO) run ./cmd/release -out build/release

BENCH ?=
bench: go ## measure till beside its floors and peers, in one table; BENCH=-short is quicker
	$(GO) run ./bench/speed -raw build/bench.txt $(BENCH)

FUZZTIME ?= 30s
fuzz: go ## run every fuzz target for FUZZTIME each
	@for package in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz'); do \
	    echo "$$package $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
	  done; \
	done

nightly: check build ## the long walks: everything with TILL_NIGHTLY=1, all pairs of faults, and 5 minutes for each fuzz target
	TILL_NIGHTLY=1 $(MAKE) test TIMEOUT=4h
	build/till sim --pairs
	$(MAKE) fuzz FUZZTIME=5m
