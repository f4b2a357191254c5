# mesh101: `make up` shows the whole story, `make test` proves it. `make help` lists everything, the cluster's targets too.
.DEFAULT_GOAL := help
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory

BIN := node_modules/.bin
NODE := $(BIN)/node
MESH := bin/mesh
INSTALLED := node_modules/.package-lock.json

##@ Laptop

.PHONY: up
up: setup ## Start the mesh on this laptop and show the first answer (APP=chain|bookinfo|httpbin|tcp-echo|userapi|all, or several; BARE=1: the services alone; ARGS="…": see mesh up --help)
	@$(MESH) up $(if $(filter file,$(origin APP)),,$(APP)) $(if $(BARE),--bare) $(ARGS)

.PHONY: shell
shell: setup ## Open a shell in which kubectl, istioctl and mesh talk to the laptop mesh
	@$(MESH) shell

.PHONY: down
down: ## Stop the laptop mesh and everything it started
	@if [ -f $(INSTALLED) ]; then $(MESH) down; else echo 'nothing is installed here, so nothing is running'; fi

.PHONY: walkthrough
walkthrough: setup ## Run a walkthrough and compare its output (TARGET=laptop|cluster DOC=istio/chain/README.md)
	@$(NODE) test/walkthrough/main.ts --target $(or $(TARGET),laptop) $(or $(DOC),istio/chain/README.md)

.PHONY: postman
postman: setup ## Send the Postman collection with newman (GATEWAY_URL=host:port, ARGS="-n 20")
	@$(NODE) $(BIN)/newman run test/mesh101.postman_collection.json \
	  --env-var gateway=http://$(or $(GATEWAY_URL:http://%=%),localhost:8080) $(ARGS)

##@ Development

.PHONY: test
test: setup ## Check types, style and behaviour: everything that CI checks
	@$(NODE) $(BIN)/tsc -p .
	@$(NODE) $(BIN)/biome check --error-on-warnings .
	@CI=1 $(NODE) $(BIN)/vitest run $(ARGS)

.PHONY: format
format: setup ## Format the sources and mend what the linter can
	@$(NODE) $(BIN)/biome check --write .

.PHONY: golden
golden: setup ## Rewrite the golden files and docs/supported.md; read the diff
	@UPDATE_GOLDEN=1 $(NODE) $(BIN)/vitest run --project unit

.PHONY: bench
bench: setup ## Measure start-up, apply, throughput and memory, as ratios in one run (ONLY="name …")
	@$(NODE) test/bench/main.ts $(ONLY)

.PHONY: setup
setup: $(INSTALLED) ## Install the dependencies and Envoy (the other targets do it by themselves)
	@$(MESH) setup --quiet

$(INSTALLED): package.json package-lock.json
	@echo 'Installing the dependencies (npm ci) …'
	@npm ci --loglevel=error
	@touch $@

.PHONY: clean
clean: down ## Remove what was installed and the mesh's state
	rm -rf node_modules .mesh

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*##"} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*##/ {printf "  make %-26s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

include cluster/cluster.mk
