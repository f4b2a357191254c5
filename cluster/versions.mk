# The one place that pins what a cluster runs. Each can be overridden: make deploy-istio ISTIO_VERSION=…

ISTIO_VERSION ?= 1.31.1

# Its definitions, where the cluster has none of its own (ROUTES=gateway-api). `retry` is in its experimental channel.
GATEWAY_API_VERSION ?= v1.6.3

# For minikube and kind. The digest is the one that kind v0.33.0 was released with; change both lines together.
KUBERNETES_VERSION ?= v1.35.8
KIND_IMAGE ?= kindest/node:v1.35.8@sha256:07b2536e30b803ed61d1677a79df6115f798ce64c80f9e22f6ed45afd09323c0

# GKE keeps its clusters up to date by itself, within a channel.
GKE_CHANNEL ?= regular
