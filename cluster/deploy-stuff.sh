#!/bin/sh
# The services of APP with this run's image names, into NAMESPACE; returns when every Deployment has rolled out.
set -eu
. "$(dirname "$0")/preflight.sh"
. "$(dirname "$0")/names.sh"
. "$(dirname "$0")/apps.sh"

settle_apps
settle_routes
need_cluster
need_istio
settle_registry
settle_tag
scratch

# A rebuilt image under an old tag changes its stamp, which changes the pod template, which starts a rollout. The same
# image again changes nothing. Without a local copy the tag alone has to tell.
stamp() {
  for service in $SERVICES; do "$DOCKER" inspect "$(image "$service")" 2>/dev/null || say "$(image "$service")"; done |
    cksum | cut -d ' ' -f 1
}

kustomization() {
  say 'resources:'
  for file in "$work"/manifests/*; do say "  - manifests/${file##*/}"; done
  say 'images:'
  for service in $SERVICES; do say "  - {name: mesh101/$service, newName: \"$REGISTRY/$service\", newTag: \"$TAG\"}"; done
  cat <<EOF
patches:
  - target: {kind: Deployment}
    patch: |-
      - {op: add, path: /spec/template/spec/containers/0/imagePullPolicy, value: $PULL_POLICY}
  - target: {kind: Deployment}
    patch: |-
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: any}
      spec: {template: {metadata: {annotations: {mesh101/images: "$(stamp)"}}}}
EOF
}

mkdir "$work/manifests"
for app in $APP; do
  for file in $(services "$app"); do cp "$file" "$work/manifests/"; done
done
[ -z "$STANDIN" ] || cp k8s/time-standin.yaml "$work/manifests/"
kustomization >"$work/kustomization.yaml"
"$KUBECTL" kustomize "$work" >"$work/all.yaml" || fail "$APP cannot be given the image names of REGISTRY=$REGISTRY TAG=$TAG"

say "namespace: $NAMESPACE, images: $REGISTRY/…:$TAG"
ensure_namespace
"$KUBECTL" apply --namespace "$NAMESPACE" --filename "$work/all.yaml"
deployments=$("$KUBECTL" get --namespace "$NAMESPACE" --filename "$work/all.yaml" --output name | grep '^deployment' || true)
for deployment in $deployments; do
  "$KUBECTL" rollout status "$deployment" --namespace "$NAMESPACE" --timeout "${TIMEOUT}s" || {
    "$KUBECTL" get pods --namespace "$NAMESPACE" >&2
    fail "$deployment is not ready within $TIMEOUT s: ImagePullBackOff means make build push first; else kubectl describe pod NAME"
  }
done
# The cluster's DNS has to lead the name there.
[ -z "$STANDIN" ] || sh "$(dirname "$0")/time-standin.sh"

# Kubernetes itself knows no Gateway API; many clusters have its definitions, and Istio carries them out.
need_gateway_api() {
  "$KUBECTL" get customresourcedefinition gateways.gateway.networking.k8s.io >/dev/null 2>&1 && return
  url=https://github.com/kubernetes-sigs/gateway-api/releases/download/$GATEWAY_API_VERSION/experimental-install.yaml
  say "This cluster has no Gateway API yet; applying $url"
  "$KUBECTL" apply --server-side --filename "$url" || fail "$url cannot be applied: ask whoever runs the cluster for Gateway API's definitions"
}

if [ -n "$ROUTES" ]; then
  [ "$ROUTES" != gateway-api ] || need_gateway_api
  for app in $APP; do
    for file in $(routes "$app"); do "$KUBECTL" apply --namespace "$NAMESPACE" --filename "$file"; done
  done
fi
if [ "$ROUTES" = gateway-api ]; then
  "$KUBECTL" get gateways.gateway.networking.k8s.io --namespace "$NAMESPACE"
  say "Each Gateway has an Envoy and an address of its own. Without load balancers: kubectl port-forward --namespace $NAMESPACE service/GATEWAY-istio 8090:80"
fi
