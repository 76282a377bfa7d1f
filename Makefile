# What can be done here: make help
.DEFAULT_GOAL := help

# gin links a MessagePack codec that nothing uses; the tag leaves it out.
TAGS      := -tags nomsgpack
VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS   := -s -w -X main.version=$(VERSION)
TESTFLAGS ?=
FUZZTIME  ?= 30s

# What measures keeps off the core of what is measured.
OTHERCORE := $(shell command -v taskset >/dev/null && echo taskset -c 1)

.PHONY: help
help: ## Show what can be done
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: ## Serve the demo on localhost:6730
	go run $(TAGS) ./cmd/mpe serve

.PHONY: build
build: ## Build bin/mpe, a static binary
	CGO_ENABLED=0 go build -trimpath $(TAGS) -ldflags '$(LDFLAGS)' -o bin/mpe ./cmd/mpe

.PHONY: test
test: ## Run every test (with a Redis server and a Cluster, where redis-server is installed)
	go vet $(TAGS) ./...
	.ci/with-redis go test $(TAGS) -shuffle=on $(TESTFLAGS) ./...

.PHONY: race
race: ## Run every test with the race detector (needs a C compiler)
	.ci/with-redis go test $(TAGS) -race -shuffle=on $(TESTFLAGS) ./...

.PHONY: bench
bench: build ## Measure tokens per second beside the crypto bound, calls and decisions (two cores; 20 minutes)
	MPE_BENCH_BINARY=$(CURDIR)/bin/mpe $(OTHERCORE) .ci/with-redis go test $(TAGS) -run '^$$' -bench . -benchtime 1x ./compose
	go test $(TAGS) -run '^$$' -bench Authorize -cpu 1 ./altinn/authorization

.PHONY: fuzz
fuzz: ## Fuzz each reader for FUZZTIME
	go test $(TAGS) -run '^$$' -fuzz FuzzParseGrant -fuzztime $(FUZZTIME) ./oauth
	go test $(TAGS) -run '^$$' -fuzz FuzzReadJSON -fuzztime $(FUZZTIME) ./oauth
	go test $(TAGS) -run '^$$' -fuzz FuzzParse -fuzztime $(FUZZTIME) ./oauth/org
	go test $(TAGS) -run '^$$' -fuzz FuzzRead -fuzztime $(FUZZTIME) ./compose/seed
	go test $(TAGS) -run '^$$' -fuzz FuzzParsePolicy -fuzztime $(FUZZTIME) ./altinn/pdp
	go test $(TAGS) -run '^$$' -fuzz FuzzParseJSON -fuzztime $(FUZZTIME) ./altinn/pdp

.PHONY: screens
screens: ## Take a picture of every page in every state into bin/screens (needs Chromium)
	mkdir -p bin/screens
	MPE_SCREENS=$(CURDIR)/bin/screens go test $(TAGS) -run TestScreens -timeout 30m ./compose/console

.PHONY: lint
lint: ## Vet, and lint with golangci-lint where it is installed
	go vet $(TAGS) ./...
	test -z "$$(gofmt -l .)"
	if command -v golangci-lint >/dev/null; then golangci-lint run; fi

.PHONY: image
image: ## Build the container image mpe:$(VERSION)
	docker build -f compose/Dockerfile --build-arg VERSION=$(VERSION) -t mpe:$(VERSION) .
