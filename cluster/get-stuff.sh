#!/bin/sh
# What is there, and where to knock.
set -eu
. "$(dirname "$0")/preflight.sh"
. "$(dirname "$0")/gateway-url.sh"

need_cluster
"$KUBECTL" get pods --namespace "$NAMESPACE"
"$KUBECTL" get services --namespace "$NAMESPACE"
need_istio
"$KUBECTL" get gateways.networking.istio.io,virtualservices.networking.istio.io --namespace "$NAMESPACE"
"$KUBECTL" get service istio-ingressgateway --namespace istio-system
url=$(gateway_url)
if [ -n "$url" ]; then
  say "export GATEWAY_URL=$url"
else
  say 'The gateway has no address yet: make get-stuff again in a minute. Without load balancers:'
  say '  kubectl port-forward --namespace istio-system service/istio-ingressgateway 8090:80   # GATEWAY_URL=localhost:8090'
fi
