#!/bin/sh
# Removes everything that k8s/ and istio/ can have put into NAMESPACE for APP. What is not there is passed over.
set -eu
. "$(dirname "$0")/preflight.sh"
. "$(dirname "$0")/apps.sh"

settle_apps
need_cluster
say "namespace: $NAMESPACE"

# Foreground: a Deployment is gone only when its pods are.
remove() {
  "$KUBECTL" delete --namespace "$NAMESPACE" --ignore-not-found --cascade=foreground --timeout "${TIMEOUT}s" --filename "$1"
}

# An IstioOperator is read by istioctl; the cluster knows no such kind.
rules() {
  for file in "istio/$1"/*.yaml; do
    if [ -f "$file" ] && ! grep -q '^kind: IstioOperator' "$file"; then say "$file"; fi
  done
}

# What the app's walkthrough has put beside it goes first, as it may need what the app has.
manifests=$(for app in $APP; do said "$app" others; services "$app"; done)

# The cluster's DNS first of all: it may not lead to a Service that is gone.
if say "$manifests" | grep -qx k8s/time-standin.yaml &&
  "$KUBECTL" get service time-standin --namespace "$NAMESPACE" >/dev/null 2>&1; then
  sh "$(dirname "$0")/time-standin.sh" down
fi

# Rules next, or a request meets a route to something that is already gone. Without Istio there are none.
if "$KUBECTL" get customresourcedefinition virtualservices.networking.istio.io >/dev/null 2>&1; then
  for app in $APP; do
    for file in $(rules "$app"); do remove "$file"; done
  done
fi
if "$KUBECTL" get customresourcedefinition gateways.gateway.networking.k8s.io >/dev/null 2>&1; then
  for app in $APP; do
    for file in $(rules "$app/gateway-api"); do remove "$file"; done
  done
fi
for file in $manifests; do remove "$file"; done
