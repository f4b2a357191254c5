#!/bin/sh
# The last words of kind-up and minikube-up.
set -eu
. "$(dirname "$0")/preflight.sh"

say ''
say 'Everything runs. Next:'
say '  open istio/'"$APP"'/README.md               the walkthrough, with the GATEWAY_URL above'
say '  make start-monitoring-services           in another terminal: Jaeger, Grafana, Kiali, Prometheus'
say '  make '"$1"'                           delete the cluster'
