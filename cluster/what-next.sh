#!/bin/sh
# The last words of kind-up and minikube-up.
set -eu
. "$(dirname "$0")/preflight.sh"
. "$(dirname "$0")/apps.sh"

settle_apps
say ''
say 'Everything runs. Next:'
for app in $APP; do
  ! is_app "$app" || printf '  open %-35s the walkthrough, with the GATEWAY_URL above\n' "istio/$app/README.md"
done
say '  make start-monitoring-services           in another terminal: Jaeger, Grafana, Kiali, Prometheus'
say '  make '"$1"'                           delete the cluster'
