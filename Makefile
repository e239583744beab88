# Everything is built and tested with Go alone. Chromium (tests) and Node (checking types) are installed by apt-get
# where they are missing and apt-get can be used; otherwise the target says what to install.

SHELL := /bin/sh
.DEFAULT_GOAL := help

GO ?= go
# Module versions come from go.mod, never from the network's latest; builds do not depend on the state of the checkout.
export GOFLAGS := $(strip $(filter-out -mod=% -buildvcs=%,$(GOFLAGS)) -mod=readonly -buildvcs=false)
export CGO_ENABLED ?= 0

# Bounded for small machines: a browser test starts processes of its own.
TESTFLAGS ?= -p 2 -timeout 15m
# Time for each fuzz target of `make fuzz`.
FUZZTIME ?= 5s
# Arguments of `make serve`, for example: make serve ARGS="-addr 127.0.0.1:9000"
ARGS ?= -gateway demo

OUT := .build
SERVE := $(OUT)/serve
# The packages compiled for the browser as well.
JS := GOOS=js GOARCH=wasm

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1@\2/p' Makefile | awk -F@ '{ printf "%-19s %s\n", $$1, $$2 }'

.PHONY: build
build: ## web/dist, the login page and the server, in .build/serve
	$(GO) run ./web/build
	$(GO) run ./app/build
	$(GO) build -trimpath -o $(SERVE) ./cmd/serve

.PHONY: serve
serve: build ## the login page with the sandbox (ARGS="-h" lists the flags)
	$(SERVE) $(ARGS)

.PHONY: test
test: chromium build ## go vet and every test, in a real browser too
	$(GO) vet ./...
	$(GO) test $(TESTFLAGS) $$($(GO) list ./... | grep -v '/e2e$$')
	@# What these drive (web/dist, the browser) is unknown to Go's test cache, so they run every time.
	$(GO) test $(TESTFLAGS) -count=1 ./e2e

.PHONY: lint
lint: node ## formatting, vet, staticcheck and jsguard for both targets, the border to JavaScript, types, shell
	@bad=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$bad" ] || { echo "not formatted; run gofmt -w on:"; echo "$$bad"; exit 1; }
	$(GO) vet ./...
	$(JS) $(GO) vet ./wasm/... ./app/...
	@# `go tool` would compile the tools themselves for GOOS=js.
	$(GO) build -o $(OUT)/staticcheck honnef.co/go/tools/cmd/staticcheck
	$(GO) build -o $(OUT)/jsguard github.com/hack-pad/safejs/jsguard/cmd/jsguard
	$(OUT)/staticcheck ./...
	$(JS) $(OUT)/staticcheck ./wasm/... ./app/...
	$(JS) $(GO) vet -vettool=$(abspath $(OUT)/jsguard) ./wasm ./wasm/webapi
	@# The border to JavaScript under Node; Go's start fails with a large environment.
	$(JS) $(GO) test -exec "env -i PATH=$$PATH $$($(GO) env GOROOT)/lib/wasm/go_js_wasm_exec" ./wasm/webapi
	cd web && npm ci --no-audit --no-fund --loglevel=error && npx --no-install tsc --noEmit
	sh -n .ci/run
	sh -n deploy/bench.sh

# What is stamped into the server: the version, and when the sources were last changed (Last-Modified of embedded files).
VERSION = $(shell sed -n 's/^ *"version": *"\([^"]*\)".*/\1/p' web/package.json)
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null)

.PHONY: dist
dist: ## .build/exactlogin-serve: one static program with all files in it, compressed
	$(GO) run ./web/build
	$(GO) run ./app/build
	$(GO) run ./cmd/serve/pack
	CGO_ENABLED=0 $(GO) build -trimpath -tags embed -o $(OUT)/exactlogin-serve \
		-ldflags "-s -w -buildid= -X main.version=$(VERSION) -X main.builtAt=$(SOURCE_DATE_EPOCH)" ./cmd/serve

.PHONY: reproducible
reproducible: ## builds the program twice, in two directories without a common cache, and compares
	@dir=$$(mktemp -d) && trap 'chmod -R u+w "$$dir" && rm -rf "$$dir"' EXIT && \
	mkdir "$$dir/one" "$$dir/another-one" && \
	git ls-files -z | xargs -0 tar cf "$$dir/sources.tar" && \
	for copy in one another-one; do \
		tar xf "$$dir/sources.tar" -C "$$dir/$$copy" && \
		GOCACHE="$$dir/cache-$$copy" $(MAKE) -C "$$dir/$$copy" --no-print-directory dist || exit 1; \
	done && \
	sha256sum "$$dir/one/$(OUT)/exactlogin-serve" "$$dir/another-one/$(OUT)/exactlogin-serve" && \
	cmp "$$dir/one/$(OUT)/exactlogin-serve" "$$dir/another-one/$(OUT)/exactlogin-serve"

.PHONY: container
container: dist ## the container image exactlogin, by podman or docker
	$$(command -v podman || echo docker) build -f deploy/Containerfile -t exactlogin .

.PHONY: bench-server
bench-server: dist ## requests per second beside nginx with brotli_static; installs nginx and wrk
	@if ! { command -v nginx && command -v wrk && command -v curl; } >/dev/null 2>&1; then \
		$(call apt,nginx libnginx-mod-http-brotli-static wrk curl,nginx$(comma) its module brotli_static and wrk are needed to compare); fi
	./deploy/bench.sh

.PHONY: size
size: ## sizes of what pages load; fails where one is over its budget
	$(GO) run ./web/build
	$(GO) run ./web/size

.PHONY: fuzz
fuzz: ## every fuzz target for a few seconds (FUZZTIME=5s)
	@$(GO) list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}} {{.Dir}}{{end}}' ./... | while read -r pkg dir; do \
		for f in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$$dir"/*_test.go); do \
			echo "fuzz $$pkg $$f"; \
			$(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -timeout 10m "$$pkg" </dev/null || exit 1; \
		done; \
	done

.PHONY: clean
clean: ## takes away what the other targets made
	rm -rf $(OUT) web/dist web/node_modules app/dist cmd/serve/site

.PHONY: chromium
chromium:
	@if [ -n "$$CHROMIUM" ]; then exit 0; fi; \
	for b in chromium chromium-browser google-chrome google-chrome-stable; do \
		if command -v $$b >/dev/null 2>&1; then exit 0; fi; \
	done; \
	$(call apt,chromium,Chromium or Chrome is missing: install one or set CHROMIUM to its path)

.PHONY: node
node:
	@if command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1; then exit 0; fi; \
	$(call apt,nodejs npm,Node and npm are missing; they check the types: see https://nodejs.org/)

comma := ,

# $(call apt,packages,what to say where that cannot be done)
define apt
if ! command -v apt-get >/dev/null 2>&1; then echo "$(2)" >&2; exit 1; fi; \
sudo=; if [ "$$(id -u)" != 0 ]; then sudo="sudo -n"; fi; \
{ $$sudo apt-get update -q && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -qy --no-install-recommends $(1); } || { echo "$(2)" >&2; exit 1; }
endef
