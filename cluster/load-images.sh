#!/bin/sh
# load-images.sh kind|minikube: puts the built images into the local cluster's node.
set -eu
. "$(dirname "$0")/preflight.sh"
. "$(dirname "$0")/names.sh"

settle_registry
settle_tag
for service in $SERVICES; do
  case $1 in
    kind) kind load docker-image "$(image "$service")" --name "$CLUSTER_NAME" ;;
    minikube) minikube image load "$(image "$service")" --profile "$CLUSTER_NAME" ;;
  esac
done
