# mesh101: `make up` shows the whole story, `make test` proves it. `make help` lists everything, the cluster's targets too.
.DEFAULT_GOAL := help
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory

BIN := node_modules/.bin
NODE := $(BIN)/node
MESH := bin/mesh
INSTALLED := node_modules/.package-lock.json
# CI=1: without it vitest writes a golden file that is not there.
VITEST := CI=1 $(NODE) $(BIN)/vitest run

##@ Laptop

.PHONY: up
up: $(INSTALLED) ## Start the mesh on this laptop and show the first answer (APP=chain|bookinfo|httpbin|tcp-echo|userapi|all, or several; BARE=1: the services alone; ARGS="…": see mesh up --help)
	@$(MESH) up $(if $(filter file,$(origin APP)),,$(APP)) $(if $(BARE),--bare) $(ARGS)

.PHONY: shell
shell: $(INSTALLED) ## Open a shell in which kubectl, mesh, and your istioctl and helm talk to the laptop mesh
	@$(MESH) shell

.PHONY: down
down: ## Stop the laptop mesh and everything it started
	@if [ -f $(INSTALLED) ] || [ -f .mesh/mesh.pid ]; then $(MESH) down; \
	  else echo 'nothing is installed here, so nothing is running'; fi

.PHONY: walkthrough
walkthrough: setup ## Run a walkthrough and compare its output (TARGET=laptop|cluster DOC=istio/chain/README.md)
	@$(NODE) test/walkthrough/main.ts --target $(or $(TARGET),laptop) $(or $(DOC),istio/chain/README.md)

.PHONY: clients
clients: setup ## Run the tables of kubectl's and helm's commands, and istioctl's checks (TARGET=laptop|cluster; see docs/kubectl.md)
	@TARGET=$(or $(TARGET),laptop) $(VITEST) --project mesh --project slow test/clients/kubectl test/clients/helm test/istioctl-mesh $(ARGS)

.PHONY: postman
postman: setup ## Send the Postman collection with newman (GATEWAY_URL=host:port, ARGS="-n 20")
	@$(NODE) $(BIN)/newman run test/mesh101.postman_collection.json \
	  --env-var gateway=http://$(or $(GATEWAY_URL:http://%=%),localhost:8080) $(ARGS)

##@ Development

.PHONY: check
check: setup ## Check types, style, and what needs no other process: for the loop of a change, under a minute
	@$(NODE) $(BIN)/tsc -p .
	@$(NODE) $(BIN)/biome check --error-on-warnings .
	@$(VITEST) --project unit $(ARGS)

.PHONY: test
test: setup ## Check types, style and behaviour, on real processes and Envoys (ARGS="--project mesh mesh/run": some of it)
	@$(NODE) $(BIN)/tsc -p .
	@$(NODE) $(BIN)/biome check --error-on-warnings .
	@$(VITEST) $(if $(findstring --project,$(ARGS)),,--project unit --project process --project mesh) $(ARGS)

.PHONY: test-slow
test-slow: setup ## Check what is slow by its nature: walkthroughs, tables of commands, images, faults, long loads; CI runs it after `make test` (ARGS="name …")
	@$(VITEST) $(if $(findstring --project,$(ARGS)),,--project slow --project alone) $(ARGS)

.PHONY: conformance
conformance: setup ## Compare the laptop with what Istio is recorded to do; with ISTIOD=…, ENVOY=… and PILOT_AGENT=… record anew (ARGS="gateways -k=tls": some of it)
	@$(if $(ISTIOD),ISTIOD=$(ISTIOD) ENVOY=$(ENVOY) PILOT_AGENT=$(PILOT_AGENT) $(NODE) test/conformance/reference/record.ts $(ARGS))
	@$(NODE) test/conformance/main.ts $(ARGS)

.PHONY: package
package: setup ## Write the npm package into dist/: compiled JavaScript, and the archive that `npm publish` takes
	@$(NODE) --disable-warning=ExperimentalWarning test/packaging/npm-package.ts

.PHONY: screenshots
screenshots: setup ## Take the pictures of docs/img anew, from meshes of their own (needs Chromium)
	@$(NODE) test/screenshots/pages.ts
	@$(NODE) test/screenshots/first-minute.ts
	@$(NODE) test/screenshots/console.ts

.PHONY: soak
soak: setup ## Run the chain under load and changes, watch its memory, and write docs/soak.md (DURATION=20m)
	@DURATION=$(or $(DURATION),20m) $(NODE) test/soak/main.ts

.PHONY: format
format: setup ## Format the sources and mend what the linter can
	@$(NODE) $(BIN)/biome check --write .

.PHONY: golden
golden: setup ## Rewrite the golden files, docs/supported.md and docs/conformance.md; read the diff (ARGS="mesh/istiod/config/build": some of it)
	@UPDATE_GOLDEN=1 $(NODE) $(BIN)/vitest run --project unit --project process $(ARGS)

.PHONY: shapes
shapes: ## Rewrite mesh/apiserver/shapes/data, and how Kubernetes answers the cases of field managers, from the modules that tools/shapes/go.mod pins (needs Go)
	@cd tools/shapes && go run . ../../mesh/apiserver/shapes/data ../../mesh/apiserver/field-managers/cases

.PHONY: translation
translation: setup ## Print what the mesh would tell each Envoy, without starting one (FILES="k8s/chain.yaml istio/chain/ingress.yaml")
	@$(NODE) test/dump-translation.ts $(FILES)

.PHONY: envoy-types
envoy-types: ## Rewrite the fields and types of Envoy's messages (mesh/istiod/xds/envoy-types.json, mesh/istiod/envoy/generated, mesh/istiod/messages) from the module that tools/envoy-types/go.mod pins (needs Go)
	@cd tools/envoy-types && go run . ../../mesh/istiod/xds/envoy-types.json ../../mesh/istiod/envoy/generated/messages.ts ../../mesh/istiod/messages/whole-types.json

.PHONY: bench
bench: setup ## Measure start-up, apply, throughput and memory, as ratios in one run (ONLY="name …")
	@$(NODE) test/bench/main.ts $(ONLY)

.PHONY: setup
setup: $(INSTALLED) ## Install the dependencies, Envoy and kubectl (the other targets do it by themselves)
	@$(MESH) setup --quiet

$(INSTALLED): package.json package-lock.json
	@[ -w . ] || { echo "$$(id -un) cannot write into $(CURDIR): clone the project into a folder of yours"; exit 1; }
	@[ -f $@ ] || ! [ -d node_modules ] || echo 'An npm ci was interrupted here; beginning again.'
	@echo 'Installing the dependencies (npm ci) …'
	@npm ci --loglevel=error $$([ -w "$$HOME" ] || echo --cache=.cache/npm)
	@$(NODE) --version >/dev/null 2>&1 || { echo 'No Node could be installed for this machine: there is one for Linux with glibc, on x64 and arm64.'; rm -f $@; exit 1; }
	@touch $@

.PHONY: clean
clean: down ## Remove what was installed and the mesh's state
	rm -rf node_modules .mesh dist

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*##"} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*##/ {printf "  make %-26s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

include cluster/cluster.mk
