#!/bin/sh
# local-cluster.sh kind|minikube [down]: creates or deletes CLUSTER_NAME there, and points kubectl at it.
set -eu
. "$(dirname "$0")/preflight.sh"
. "$(dirname "$0")/istio-release.sh"

kind_exists() { kind get clusters 2>/dev/null | grep -qx "$CLUSTER_NAME"; }

kind_up() {
  if kind_exists; then
    say "The kind cluster $CLUSTER_NAME exists already."
  else
    kind create cluster --name "$CLUSTER_NAME" --image "$KIND_IMAGE" --config "$KIND_CONFIG" --wait "${TIMEOUT}s"
  fi
  "$KUBECTL" config use-context "kind-$CLUSTER_NAME"
}

# `minikube start` also wakes a stopped cluster, and leaves a running one alone.
minikube_up() {
  minikube start --profile "$CLUSTER_NAME" --kubernetes-version "$KUBERNETES_VERSION" --cpus 4 --memory 8g
  "$KUBECTL" config use-context "$CLUSTER_NAME"
}

case $1 in
  kind) need kind 'https://kind.sigs.k8s.io/docs/user/quick-start/#installation' ;;
  minikube) need minikube 'https://minikube.sigs.k8s.io/docs/start/' ;;
esac
case "$1 ${2:-up}" in
  'kind down') kind delete cluster --name "$CLUSTER_NAME" ;;
  'minikube down') minikube delete --profile "$CLUSTER_NAME" ;;
  *)
    # Everything that the later steps need, before the first of them.
    need_docker
    need_kubectl
    settle_istioctl
    settle_addons
    "$1_up"
    ;;
esac
