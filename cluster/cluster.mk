# From laptop to cluster: docs/cluster.md. Every variable can be set on the command line or in the environment.
include cluster/versions.mk

# Asked of gcloud and git only by the targets that need them, so they stay empty here.
PROJECT_ID ?=
REGISTRY ?=
TAG ?=

ZONE ?= us-east1-b
CLUSTER_NAME ?= my-istio-cluster
NODES ?= 4
MACHINE_TYPE ?= e2-standard-2
NAMESPACE ?= default
APP ?= chain
VARIANT ?= simple
SERVICES ?= $(sort $(notdir $(patsubst %/,%,$(wildcard services/*/))))
ADDONS ?= jaeger prometheus grafana kiali
JAEGER_PORT ?= 16686
GRAFANA_PORT ?= 3001
KIALI_PORT ?= 20001
PROMETHEUS_PORT ?= 9090
KIND_CONFIG ?= cluster/kind.yaml
TIMEOUT ?= 300
CACHE ?= .cache
BASE_IMAGE ?=
PLATFORM ?=
STANDIN ?=
ROUTES ?=
PULL_POLICY ?= Always
OPERATOR ?= cluster/istio-operator.yaml
DOCKER ?= docker
KUBECTL ?= kubectl
ISTIOCTL ?=

SETTINGS := PROJECT_ID ZONE CLUSTER_NAME NODES MACHINE_TYPE GKE_CHANNEL REGISTRY TAG APP VARIANT NAMESPACE SERVICES BASE_IMAGE \
  PLATFORM STANDIN ROUTES PULL_POLICY ISTIO_VERSION GATEWAY_API_VERSION ISTIOCTL OPERATOR ADDONS KUBERNETES_VERSION KIND_IMAGE KIND_CONFIG JAEGER_PORT \
  GRAFANA_PORT KIALI_PORT PROMETHEUS_PORT TIMEOUT CACHE DOCKER KUBECTL
# A script sees exactly these, so the laptop's targets are not touched by any of them. `exec`, so that a signal to make
# reaches the script and not a shell in between.
WITH = @exec env GOAL='$@' GOALS='$(MAKECMDGOALS)' $(foreach name,$(SETTINGS),$(name)='$(subst ','\'',$($(name)))') sh cluster/

# Images go from Docker straight into the node, so nothing is pushed, and the gateway is a port of the node.
LOCAL = REGISTRY=mesh101 PULL_POLICY=IfNotPresent OPERATOR='$(OPERATOR) cluster/local-gateway.yaml'

# The order of the targets on the command line is the order of the work, also with -j.
.NOTPARALLEL:

##@ Cluster

.PHONY: create-cluster
create-cluster: ## Create a GKE cluster and point kubectl at it (PROJECT_ID, ZONE, CLUSTER_NAME, NODES)
	$(WITH)create-cluster.sh

.PHONY: kind-up
kind-up: ## Create everything on kind: cluster, Istio, images, services
	$(WITH)local-cluster.sh kind
	@$(MAKE) deploy-istio build load-into-kind deploy-stuff get-stuff $(LOCAL)
	$(WITH)what-next.sh kind-down

.PHONY: minikube-up
minikube-up: ## Create everything on minikube: cluster, Istio, images, services
	$(WITH)local-cluster.sh minikube
	@$(MAKE) deploy-istio build load-into-minikube deploy-stuff get-stuff $(LOCAL)
	$(WITH)what-next.sh minikube-down

.PHONY: load-into-kind load-into-minikube
load-into-kind load-into-minikube:
	$(WITH)load-images.sh $(@:load-into-%=%)

.PHONY: download-istio
download-istio: ## Download the Istio release into .cache (ISTIO_VERSION)
	$(WITH)download-istio.sh

.PHONY: deploy-istio
deploy-istio: ## Install Istio and its add-ons into kubectl's cluster (OPERATOR, ADDONS, NAMESPACE)
	$(WITH)deploy-istio.sh

.PHONY: build
build: ## Build the services' images (REGISTRY, TAG, SERVICES, BASE_IMAGE, PLATFORM)
	$(WITH)build.sh

.PHONY: push
push: ## Push the images (default: the project's Artifact Registry, created when missing)
	$(WITH)push.sh

.PHONY: deploy-stuff
deploy-stuff: ## Deploy the services and wait until they are ready (APP as for up, NAMESPACE, STANDIN=1; ROUTES=istio|gateway-api: their first routes too)
	$(WITH)deploy-stuff.sh

.PHONY: deploy-opentelemetry-code
deploy-opentelemetry-code: ## Deploy the chain with OpenTelemetry in its programs (VARIANT=simple|full); deploy-stuff takes it back
	$(WITH)deploy-opentelemetry-code.sh

# Its name while the library was OpenCensus.
.PHONY: deploy-opencensus-code
deploy-opencensus-code:
	@echo 'OpenCensus has become OpenTelemetry: run `make deploy-opentelemetry-code`'; exit 2

.PHONY: get-stuff
get-stuff: ## Show pods, services, gateway and the GATEWAY_URL
	$(WITH)get-stuff.sh

.PHONY: rollout-check
rollout-check: setup ## Restart every Deployment under load and count failed requests (ARGS="--rounds 3")
	@$(NODE) test/rollout/main.ts $(ARGS)

.PHONY: start-monitoring-services
start-monitoring-services: ## Keep Jaeger, Grafana, Kiali and Prometheus open on this machine, until Ctrl-C
	$(WITH)start-monitoring-services.sh

.PHONY: time-standin time-standin-down
time-standin: ## Point time.jsontest.com to the deployed stand-in, for a cluster without internet
	$(WITH)time-standin.sh

time-standin-down: ## Point time.jsontest.com to the real one again
	$(WITH)time-standin.sh down

.PHONY: undeploy
undeploy: ## Remove the services and their Istio rules from the cluster (APP, NAMESPACE)
	$(WITH)undeploy.sh

.PHONY: undeploy-istio
undeploy-istio: ## Remove Istio and its add-ons from the cluster
	$(WITH)undeploy-istio.sh

.PHONY: delete-cluster
delete-cluster: ## Delete the GKE cluster; from then on it costs nothing
	$(WITH)delete-cluster.sh

.PHONY: kind-down
kind-down: ## Delete the kind cluster
	$(WITH)local-cluster.sh kind down

.PHONY: minikube-down
minikube-down: ## Delete the minikube cluster
	$(WITH)local-cluster.sh minikube down
