#!/bin/sh
# Removes everything that k8s/ and istio/APP/ can have put into NAMESPACE. What is not there is passed over.
set -eu
. "$(dirname "$0")/preflight.sh"

[ -f "k8s/$APP.yaml" ] || fail "APP=$APP: there is no file k8s/$APP.yaml"
need_cluster
say "namespace: $NAMESPACE"

# Foreground: a Deployment is gone only when its pods are.
remove() {
  "$KUBECTL" delete --namespace "$NAMESPACE" --ignore-not-found --cascade=foreground --timeout "${TIMEOUT}s" --filename "$1"
}

# The cluster's DNS first: it may not lead to a Service that is gone.
if "$KUBECTL" get service time-standin --namespace "$NAMESPACE" >/dev/null 2>&1; then sh "$(dirname "$0")/time-standin.sh" down; fi

# Rules next, or a request meets a route to something that is already gone. Without Istio there are none.
if "$KUBECTL" get customresourcedefinition virtualservices.networking.istio.io >/dev/null 2>&1; then
  for rules in "istio/$APP"/*.yaml; do [ ! -f "$rules" ] || remove "$rules"; done
fi
# The application with its variants (chain-opentelemetry-…, bookinfo-ratings-…), then what its walkthrough has put beside it.
case $APP in
  bookinfo) guests='k8s/mysql.yaml k8s/curl.yaml' ;;
  *) guests='k8s/outsider.yaml k8s/scale.yaml k8s/time-standin.yaml' ;;
esac
for file in "k8s/$APP.yaml" "k8s/$APP"-*.yaml $guests; do [ ! -f "$file" ] || remove "$file"; done
